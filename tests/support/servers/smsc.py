"""An SMS centre: takes messages over SMPP 3.4, reports their fate, sends what patients answer.

    python -m tests.support.servers.smsc --port 2775 --control 2776 --journal smsc.jsonl

The control port takes orders, `curl 127.0.0.1:2776/state` for example: `/state`, `/messages`,
`/rules` (POST a list of rules; without one, show them), `/forget` (rules and what waits),
`/mo?from=…&to=…&text=…`, `/disconnect`, `/binds?accept=no`.
"""

import argparse
import asyncio
import collections
import itertools
import json
import os
import time
from dataclasses import dataclass, field

from tests.support.servers import journal, smpp, sms_text
from tests.support.servers.http1 import Control
from tests.support.servers.rules import Rule, Rules

#: What a rule may make of a message: its final state in the receipt …
FATES = {
    "deliver": ("DELIVRD", 2),
    "expire": ("EXPIRED", 3),
    "delete": ("DELETED", 4),
    "undeliverable": ("UNDELIV", 5),
    "refuse": ("REJECTD", 8),
}
#: … or something else: no receipt ever, an error code (options.status), and the ways to go wrong.
OTHERS = ("accept", "reject", "silent", "garbage", "disconnect")
NORMAL = Rule("", "deliver")
#: By hand (`--numbers`) the end of the number chooses.
NUMBERS = [
    ("90001$", "undeliverable", {}),
    ("90002$", "expire", {}),
    ("90003$", "refuse", {}),
    ("90004$", "reject", {"status": "invalid_destination"}),
    ("90005$", "reject", {"status": "throttled"}),
    ("90006$", "silent", {}),
    ("90007$", "disconnect", {}),
    ("90008$", "garbage", {}),
]
#: Kannel skips such in steps of four bytes; another length would leave it deaf for ever.
GARBAGE = b"\x00\x00\x00\x03HTTP/1.1 200 OK\r\n\r\n "
WINDOW = 50
PAUSE = 1.0


@dataclass
class Outgoing:
    """A deliver_sm that waits for a receiver of this name and for its answer."""

    system_id: str
    body: bytes
    kind: str
    note: dict
    age: int
    done: asyncio.Future = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Session:
    """One connection of a client."""

    def __init__(self, centre, reader, writer):
        self.centre = centre
        self.reader = reader
        self.writer = writer
        self.mode = self.system_id = None
        self.sequence = itertools.count(1)
        self.waiting = {}
        self.window = asyncio.Semaphore(WINDOW)
        self.delivery = None
        self.submits = set()

    async def run(self):
        """Until the other side goes or talks nonsense."""
        try:
            while True:
                unit = await smpp.read_unit(self.reader)
                await self._handle(unit)
        except (asyncio.IncompleteReadError, ConnectionError, smpp.Malformed):
            pass
        finally:
            self.close()

    def close(self):
        """What was not answered is sent again to the next receiver."""
        self.writer.close()
        self.centre.sessions.discard(self)
        if self.delivery:
            self.delivery.cancel()
        for outgoing in self.waiting.values():
            self.centre.later(0, outgoing)
        self.waiting.clear()

    def send(self, unit):
        """Write without waiting; a reader that does not read is its own trouble."""
        if not self.writer.is_closing():
            self.writer.write(unit.pack())

    async def _handle(self, unit):
        if unit.command in smpp.BINDS:
            self._bind(unit)
        elif unit.command == smpp.SUBMIT_SM and self.mode:
            # many at once share one write to the disk
            task = asyncio.get_running_loop().create_task(self._submit(unit))
            self.submits.add(task)
            task.add_done_callback(self.submits.discard)
        elif unit.command == smpp.DELIVER_SM | smpp.RESPONSE:
            await self._acknowledged(unit)
        elif unit.command in (smpp.ENQUIRE_LINK, smpp.UNBIND):
            self.send(unit.respond())
        elif not unit.command & smpp.RESPONSE:
            status = smpp.STATUS["invalid_command"]
            self.send(smpp.Unit(smpp.GENERIC_NACK, status, unit.sequence))

    def _bind(self, unit):
        self.system_id, password = smpp.read_bind(unit.body)
        status = self.centre.check_bind(password)
        self.send(unit.respond(status, smpp.text("HCRM test centre")))
        if not status:
            self.mode = smpp.BINDS[unit.command]
            if self.mode != "transmitter":
                self.delivery = asyncio.get_running_loop().create_task(self._deliver())

    async def _submit(self, unit):
        try:
            told = smpp.read_message(unit.body)
        except smpp.Malformed:
            self.send(unit.respond(smpp.STATUS["system_error"]))
            return
        rule = self.centre.rules.take(told["destination"]) or NORMAL
        record = self.centre.record(self.system_id, told, rule)
        await self.centre.journal.add("submit", **record)
        if rule.delay:
            await asyncio.sleep(rule.delay)
        self._answer(unit, rule, record)

    def _answer(self, unit, rule, record):
        if rule.act == "reject":
            self.send(unit.respond(record["status"]))
        elif rule.act == "garbage":
            self.writer.write(GARBAGE)
        elif rule.act == "disconnect":
            self.writer.transport.abort()
        elif rule.act != "silent":
            self.send(unit.respond(0, smpp.text(record["id"])))
            self.centre.plan_receipt(record, rule.options.get("receipt_delay", 0))

    async def _deliver(self):
        """Send what waits, so many at a time."""
        while True:
            await self.window.acquire()
            outgoing = await self.centre.next_outgoing(self.system_id)
            sequence = next(self.sequence)
            self.waiting[sequence] = outgoing
            self.send(smpp.Unit(smpp.DELIVER_SM, 0, sequence, outgoing.body))

    async def _acknowledged(self, unit):
        outgoing = self.waiting.pop(unit.sequence, None)
        if outgoing is None:
            return
        self.window.release()
        if unit.status or outgoing.age != self.centre.age:
            self.centre.later(PAUSE, outgoing)
            return
        await self.centre.journal.add(outgoing.kind, **outgoing.note)
        if not outgoing.done.done():
            outgoing.done.set_result(None)


class Centre:
    """Everything that outlives a connection; what was promised outlives the process."""

    def __init__(self, options):
        self.options = options
        self.journal = journal.Journal(options.journal, not options.no_sync)
        self.rules = Rules(Rule(*one[:2], options=one[2]) for one in NUMBERS if options.numbers)
        self.sessions = set()
        self.accepts_binds = True
        self.age = 0
        # numbers of messages must not come again after a restart
        self.numbers = itertools.count(1)
        self.prefix = f"{time.time_ns() // 1_000_000:x}"

    async def serve(self):
        """Take connections until killed."""
        self.outboxes = collections.defaultdict(asyncio.Queue)
        self.journal.start()
        self._resume()
        await Control(self).serve(self.options.control)
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.options.port)
        await server.serve_forever()

    def _resume(self):
        """Receipts that a killed centre owes."""
        records = journal.read(self.options.journal)
        given = {record["id"] for record in records if record["kind"] == "receipt"}
        for record in records:
            if record["kind"] == "submit" and record["id"] not in given:
                self.plan_receipt(record, 0)

    async def _connected(self, reader, writer):
        session = Session(self, reader, writer)
        self.sessions.add(session)
        await session.run()

    def check_bind(self, password):
        """The status of a bind's response; every client is its own, by its name."""
        if not self.accepts_binds:
            return smpp.STATUS["bind_failed"]
        good = password == self.options.password
        return smpp.STATUS["ok" if good else "invalid_password"]

    def record(self, system_id, told, rule):
        """The line of the journal for a message and what is done with it."""
        part, data = None, told["data"]
        if told["esm_class"] & sms_text.HAS_HEADER and data:
            part, data = sms_text.part_of(data)
        status = rule.options.get("status", "system_error") if rule.act == "reject" else "ok"
        return {
            "id": f"{self.prefix}{next(self.numbers):x}",
            "system_id": system_id,
            "source": told["source"],
            "destination": told["destination"],
            "text": sms_text.decode(data, told["coding"]),
            "coding": told["coding"],
            "data": data.hex(),
            "part": part,
            "registered": told["registered"],
            "validity": told["validity"],
            "act": rule.act,
            "status": smpp.STATUS.get(status, status),
        }

    def plan_receipt(self, record, delay):
        """The fate of a message, if somebody asked for it and it has one."""
        if record["act"] not in FATES or not record["registered"] & 1:
            return
        stat, state = FATES[record["act"]]
        note = {"id": record["id"], "stat": stat, "destination": record["destination"]}
        body = receipt_body(record, stat, state)
        self.later(delay, Outgoing(record["system_id"], body, "receipt", note, self.age))

    async def next_outgoing(self, system_id):
        """What waits longest for a client; what was forgotten is dropped."""
        while (outgoing := await self.outboxes[system_id].get()).age != self.age:
            pass
        return outgoing

    def later(self, delay, outgoing):
        """Into the client's queue after so many seconds."""
        put = self.outboxes[outgoing.system_id].put_nowait
        if delay:
            asyncio.get_running_loop().call_later(delay, put, outgoing)
        else:
            put(outgoing)

    # orders ------------------------------------------------------------------------------------

    async def on_state(self, _told):
        """Who is bound and what waits."""
        waiting = sum(len(session.waiting) for session in self.sessions)
        queued = sum(outbox.qsize() for outbox in self.outboxes.values())
        return {
            "bound": [session.system_id for session in self.sessions if session.mode],
            "outgoing": queued + waiting,
            "process": os.getpid(),
            "rules": len(self.rules.rules),
        }

    async def on_messages(self, _told):
        """What telephones show."""
        records = accepted(journal.read(self.options.journal))
        return [
            {"from": one.source, "to": one.destination, "text": one.text, "parts": one.total}
            for one in sms_text.join(records)
        ]

    async def on_rules(self, told):
        """Add rules; those told first decide first."""
        told = told or []
        for one in told:
            if one["act"] not in FATES and one["act"] not in OTHERS:
                raise ValueError(f"{one['act']}: choose {', '.join([*FATES, *OTHERS])}")
        self.rules.add(told)
        return self.rules.told()

    async def on_forget(self, _told):
        """All messages are delivered again; receipts and texts that wait are dropped."""
        self.rules.clear()
        self.age += 1
        return []

    async def on_mo(self, told):
        """A patient writes; answers when the receiver took it."""
        coding, parts, headed = sms_text.split(told["text"], told.get("coding"))
        esm_class = sms_text.HAS_HEADER if headed else 0
        source, destination = told["from"], told["to"]
        waiting = []
        for part in parts:
            body = smpp.message_body(source, destination, part, coding, esm_class)
            note = {"source": source, "destination": destination, "text": told["text"]}
            receiver = told.get("system_id") or self.options.system_id
            waiting.append(Outgoing(receiver, body, "mo", note, self.age))
            self.later(0, waiting[-1])
        taken = asyncio.gather(*(outgoing.done for outgoing in waiting))
        await asyncio.wait_for(taken, float(told.get("timeout", 10)))
        return {"parts": len(parts), "coding": coding}

    async def on_disconnect(self, _told):
        """Hang up on everybody."""
        count = len(self.sessions)
        for session in list(self.sessions):
            session.writer.transport.abort()
        return {"disconnected": count}

    async def on_binds(self, told):
        """Refuse new binds, or take them again."""
        self.accepts_binds = str(told["accept"]).lower() not in ("no", "false", "0")
        return {"accept": self.accepts_binds}


def receipt_body(record, stat, state):
    """A delivery receipt in the form that every gateway reads."""
    now = time.strftime("%y%m%d%H%M")
    good = stat == "DELIVRD"
    told = (
        f"id:{record['id']} sub:001 dlvrd:00{int(good)} submit date:{now} done date:{now} "
        f"stat:{stat} err:{'000' if good else '001'} text:"
    )
    return smpp.message_body(
        record["destination"],
        record["source"],
        told.encode(),
        esm_class=smpp.RECEIPT_CLASS,
        optional={
            smpp.RECEIPTED_MESSAGE_ID: smpp.text(record["id"]),
            smpp.MESSAGE_STATE: bytes([state]),
        },
    )


def accepted(records):
    """Submitted parts that the centre took: those with an answer that said so.

    >>> accepted([{"kind": "submit", "act": "reject"}, {"kind": "submit", "act": "deliver"}])
    [{'kind': 'submit', 'act': 'deliver'}]
    """
    taken = (*FATES, "accept")
    return [one for one in records if one["kind"] == "submit" and one["act"] in taken]


def main():
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=2775)
    parser.add_argument("--control", type=int, default=2776)
    parser.add_argument("--journal", default="smsc.jsonl")
    parser.add_argument("--system-id", default="hcrm", help="who gets what patients write")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--numbers", action="store_true", help="the end of a number decides")
    parser.add_argument("--no-sync", action="store_true", help="no fsync, for benchmarks")
    parser.add_argument("--rules", type=json.loads, default=[], help="a JSON list of rules")
    options = parser.parse_args()

    async def serve():
        centre = Centre(options)
        await centre.on_rules(options.rules)
        await centre.serve()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
