"""Seeded traffic of a hospital, and senders that keep sending until all is acknowledged."""

import random
import re
import socket
import threading
import time
from collections import Counter, deque

from tests.his.messages import adt, header, message, patient, segment, visit

ANSWER = re.compile(rb"\x0b(.*?)\x1c\r", re.DOTALL)
MSA = re.compile(rb"\rMSA(.)(\w\w)(?:\1([^\r]*?))?(?:\1|\r|$)", re.DOTALL)


def stamp(index):
    """Times grow with the index, so that the last message of a patient is the newest."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(1_770_000_000 + index))


class Traffic:
    """Messages of one sender for its own patients.

    ``charges`` counts DFT messages, whose charge has no number of its own: applied twice, it would
    be there twice but for the message's control id.
    """

    KINDS = (
        *("register", "admit", "update", "discharge"),
        *("result", "charge", "drug", "book", "twin", "merge"),
    )

    def __init__(self, name, count, seed):
        self.name = name
        self.random = random.Random(f"{seed}-{name}")
        self.patients = max(3, count // 12)
        self.counts = Counter()
        self.messages = {}
        self.phones = {}
        self.twins = []
        self.merged = {}
        for index in range(count):
            self._add(index)

    def _add(self, index):
        number = self.random.randrange(self.patients)
        some = self.KINDS
        kind = some[index] if index < len(some) else self.random.choice(some)
        kind = "twin" if kind == "merge" and not self.twins else kind
        control = f"{self.name}-{index}"
        self.counts[kind] += 1
        self.messages[control] = getattr(self, f"_{kind}")(control, number, index)

    def _pid(self, number, index=None):
        more = {}
        if index is not None:
            more["f13"] = self.phones[number] = f"139{index % 100_000_000:08d}"
        record = f"{self.name}{number}"
        return patient(record, f"王^{record}", f3=f"{record}^^^{self.name}^MR", **more)

    def _pv1(self, number, kind="O"):
        return visit(f"{self.name}V{number}", kind)

    def _adt(self, event, control, number, index):
        pid = self._pid(number, index)
        return adt(event, control, pid, self._pv1(number), time=stamp(index), sender=self.name)

    def _register(self, control, number, index):
        return self._adt("A04", control, number, index)

    def _admit(self, control, number, index):
        return self._adt("A01", control, number, index)

    def _update(self, control, number, index):
        return self._adt("A08", control, number, index)

    def _discharge(self, control, number, index):
        return self._adt("A03", control, number, index)

    def _twin(self, control, number, index):
        """Somebody registered a second time, under a number of its own."""
        self.twins.append(f"{self.name}T{index}")
        pid = patient(self.twins[-1], "王^二", f3=f"{self.twins[-1]}^^^{self.name}^MR")
        return adt("A28", control, pid, time=stamp(index), sender=self.name)

    def _merge(self, control, number, index):
        """The twin turns out to be one of the patients."""
        twin = self.twins.pop(self.random.randrange(len(self.twins)))
        self.merged[twin] = f"{self.name}{number}"
        line = segment("MRG", f1=f"{twin}^^^{self.name}^MR")
        pid = self._pid(number)
        return adt("A40", control, pid, line, time=stamp(index), sender=self.name)

    def _other(self, kind, control, number, index, *lines):
        head = header(kind, control, time=stamp(index), sender=self.name)
        return message(head, self._pid(number), self._pv1(number), *lines)

    def _result(self, control, number, index):
        result = segment("OBX", f1="1", f2="NM", f3="K^Potassium^L", f5="4.1", f11="F")
        order = segment("OBR", f1="1", f3=control)
        return self._other("ORU^R01", control, number, index, order, result)

    def _charge(self, control, number, index):
        line = segment("FT1", f1="1", f4=stamp(index), f6="CG", f7="D1^Drug", f10="1", f11="10")
        return self._other("DFT^P03", control, number, index, line)

    def _drug(self, control, number, index):
        order = segment("ORC", f1="NW", f2=control)
        line = segment("RXE", f1="^BID^D7", f2="A^Aspirin", f3="1", f5="mg")
        return self._other("RDE^O11", control, number, index, order, line)

    def _book(self, control, number, index):
        line = segment("SCH", f2=control, f6="R", f11=f"^^^{stamp(index)}")
        head = header("SIU^S12", control, time=stamp(index), sender=self.name)
        return message(head, line, self._pid(number))


class Sender(threading.Thread):
    """Sends in order over one connection, some in flight; reconnects and sends again."""

    def __init__(self, port, traffic, window=10, pace=0.0):
        super().__init__(daemon=True)
        self.port = port
        self.traffic = traffic
        self.window = window
        self.pace = pace
        self.acked = Counter()
        self.refused = Counter()
        self.resent = 0
        self.connections = 0
        self.stopping = False

    def run(self):
        waiting = deque(self.traffic.messages.items())
        while waiting and not self.stopping:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=15) as link:
                    self.connections += 1
                    self._talk(link, waiting)
            except OSError:
                time.sleep(0.2)

    def _talk(self, link, waiting):
        """Keep a window of unanswered messages; what is unanswered when it breaks is sent again."""
        flying = deque()
        data = b""
        try:
            while (waiting or flying) and not self.stopping:
                while waiting and len(flying) < self.window:
                    control, text = waiting.popleft()
                    flying.append((control, text))
                    link.sendall(b"\x0b" + text.encode() + b"\x1c\r")
                    time.sleep(self.pace)
                received = link.recv(65536)
                if not received:
                    return
                data = self._take(data + received, flying, waiting)
        finally:
            self.resent += len(flying)
            waiting.extendleft(reversed(flying))

    def _take(self, data, flying, waiting):
        end = 0
        for found in ANSWER.finditer(data):
            end = found.end()
            _mark, code, control = MSA.search(found[1]).groups()
            sent, text = flying.popleft()
            assert control.decode() == sent, "answers come in the order of the messages"
            if code == b"AA":
                self.acked[sent] += 1
            else:
                self.refused[code.decode()] += 1
                waiting.append((sent, text))
                time.sleep(0.2)
        return data[end:]


def talk(port, frames, due, controls, seconds=60):
    """Send bytes; return the answers as (code, control id).

    Ends when ``due`` answers and those to all ``controls`` have come, or time is up.
    """
    answers, missing = [], set(controls)
    deadline = time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.settimeout(1)
        sending = threading.Thread(target=_send, args=(link, b"".join(frames)), daemon=True)
        sending.start()
        data = b""
        while (missing or len(answers) < due) and time.monotonic() < deadline:
            try:
                received = link.recv(65536)
            except TimeoutError:
                continue
            if not received:
                break
            data += received
            for found in ANSWER.finditer(data):
                _mark, code, control = MSA.search(found[1]).groups()
                answers.append((code.decode(), (control or b"").decode(errors="replace")))
                missing.discard(answers[-1][1])
            data = data[data.rfind(b"\x1c\r") + 2 :] if b"\x1c\r" in data else data
        sending.join(5)
    return answers


def _send(link, data):
    for start in range(0, len(data), 65536):
        try:
            link.sendall(data[start : start + 65536])
        except TimeoutError:
            return
