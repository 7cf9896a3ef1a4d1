"""The SMS centre by itself, seen by an SMPP client that others wrote."""

import asyncio
import struct
import time

import pytest
import smpplib.client
import smpplib.exceptions
import smpplib.gsm

from tests.support.rig import eventually
from tests.support.servers import smpp
from tests.support.smsc import Smsc

LONG = "您的预约已确认：请于明天上午八点到门诊三楼内分泌科就诊，空腹，并携带医保卡。" * 4


@pytest.fixture
def client(smsc):
    """A bound client; `read` gives the next unit, answering deliveries."""
    link = Client(smsc.port)
    yield link
    link.close()


class Client(smpplib.client.Client):
    """Keeps what was delivered."""

    def __init__(self, port, password="secret"):
        super().__init__("127.0.0.1", port, timeout=30, allow_unknown_opt_params=True)
        self.delivered = []
        self.connect()
        try:
            self.bind_transceiver(system_id="client", password=password)
        except smpplib.exceptions.PDUError:
            self.close()
            raise

    def close(self):
        """Without a word, as a kill would."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def submit(self, to, text, receipt=True):
        """Send; returns (status, id) of each part."""
        parts, coding, esm_class = smpplib.gsm.make_parts(text)
        answers = []
        for part in parts:
            self.send_message(
                source_addr="10690001",
                destination_addr=to,
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=int(receipt),
            )
            answers.append(self.read("submit_sm_resp"))
        return [(one.status, getattr(one, "message_id", None)) for one in answers]

    def read(self, command):
        """The next unit of a kind; deliveries on the way are kept and acknowledged."""
        while True:
            unit = self.read_pdu()
            if unit.command == "deliver_sm":
                self.delivered.append(unit)
                answer = smpplib.smpp.make_pdu("deliver_sm_resp", client=self)
                answer.sequence = unit.sequence
                self.send_pdu(answer)
            if unit.command == command:
                return unit


def test_text_arrives(smsc, client):
    """GSM letters, Chinese and a long text come as they were sent."""
    texts = ["Costs 5 € @ [1]", "预约已确认 👍", LONG]
    for text in texts:
        assert {status for status, _id in client.submit("13800138000", text)} == {0}
    found = smsc.messages()
    assert [one.text for one in found] == texts
    assert [one.total for one in found] == [1, 1, 3]
    assert {(one.source, one.destination) for one in found} == {("10690001", "13800138000")}
    assert time.time() - 60 < found[0].time <= time.time()


@pytest.mark.parametrize(
    ("act", "stat", "state"),
    [
        ("deliver", b"DELIVRD", 2),
        ("expire", b"EXPIRED", 3),
        ("undeliverable", b"UNDELIV", 5),
        ("refuse", b"REJECTD", 8),
    ],
)
def test_receipts(smsc, client, act, stat, state):
    """The receipt tells the fate that a rule chose."""
    smsc.rule("0000$", act)
    ((_status, number),) = client.submit("13800000000", "Hi")
    receipt = client.read("deliver_sm")
    assert b"stat:" + stat in receipt.short_message and number in receipt.short_message
    assert (receipt.receipted_message_id, receipt.message_state) == (number, state)
    assert receipt.source_addr == b"13800000000"
    eventually(smsc.receipts, "the receipt is noted")


def test_no_receipt_unasked(smsc, client):
    """Nobody asked, or the rule gives none."""
    smsc.rule("0001$", "accept")
    client.submit("13800000001", "Hi")
    client.submit("13800000002", "Hi", receipt=False)
    client.submit("13800000003", "Hi")
    client.read("deliver_sm")
    eventually(smsc.receipts)
    assert [one["destination"] for one in smsc.receipts()] == ["13800000003"]


@pytest.mark.parametrize(
    ("status", "code"), [("throttled", 0x58), ("invalid_destination", 0x0B), (0x14, 0x14)]
)
def test_refused_at_submit(smsc, client, status, code):
    """A code instead of a number; such a message did not arrive."""
    smsc.rule("9$", "reject", times=1, status=status)
    assert client.submit("139", "Hi")[0][0] == code
    assert smsc.messages() == []
    assert client.submit("139", "Hi again")[0][0] == 0
    assert [one.text for one in smsc.messages()] == ["Hi again"]


def test_slow_answer(smsc, client):
    """The answer comes late, and others are not held up."""
    smsc.rule("9$", "deliver", delay=0.5)
    client.send_message(source_addr="1", destination_addr="139", short_message=b"slow")
    client.send_message(source_addr="1", destination_addr="138", short_message=b"quick")
    started = time.monotonic()
    first, second = client.read("submit_sm_resp"), client.read("submit_sm_resp")
    assert time.monotonic() - started > 0.4
    assert first.sequence > second.sequence


def test_no_answer(smsc, client):
    """The message is noted, nothing is said, the connection lives."""
    smsc.rule("9$", "silent")
    client.send_message(source_addr="1", destination_addr="139", short_message=b"lost?")
    eventually(lambda: smsc.records("submit"))
    client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=client))
    assert client.read_pdu().command == "enquire_link_resp"


@pytest.mark.parametrize("act", ["disconnect", "garbage"])
def test_connection_is_spoilt(smsc, client, act):
    """The message is noted before the connection goes wrong."""
    smsc.rule("9$", act)
    with pytest.raises((smpplib.exceptions.ConnectionError, OSError, struct.error)):
        client.submit("139", "Hi")
    assert smsc.records("submit")[0]["act"] == act


def test_wrong_password(smsc):
    """Only who may binds."""
    with pytest.raises(smpplib.exceptions.PDUError):
        Client(smsc.port, password="wrong")
    smsc.accept_binds(False)
    with pytest.raises(smpplib.exceptions.PDUError):
        Client(smsc.port)
    smsc.accept_binds()
    Client(smsc.port).close()


def test_odd_bytes_end_one_connection_only(smsc, client):
    """A unit of nonsense length, then a client as usual."""
    other = Client(smsc.port)
    other._socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert other._socket.recv(100) == b""
    other.close()
    assert client.submit("138", "Hi")[0][0] == 0


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [("YES @ 5€", 0, 1), ("确认 ＴＤ", 8, 1), ("TD", 8, 1), ("Ok " * 100, 0, 2), (LONG, 8, 3)],
)
def test_patients_write(smsc, client, text, coding, parts):
    """Texts go to the bound client, long ones in parts with their header."""
    with pytest.raises(ValueError, match="in time"):  # nobody reads yet
        named = "ucs2" if coding else "gsm"
        smsc.mo("13800138000", "10690001", text, named, system_id="client", timeout=0.1)
    units = [client.read("deliver_sm") for _ in range(parts)]
    assert {unit.data_coding for unit in units} == {coding}
    assert {unit.esm_class for unit in units} == {0x40 if parts > 1 else 0}
    assert [unit.short_message[5] for unit in units if parts > 1] == list(range(1, parts + 1)) * (
        parts > 1
    )
    eventually(lambda: len(smsc.records("mo")) == parts)


def test_unacknowledged_receipt_comes_again(smsc, client):
    """A receiver that goes before it answers is told again when it is back."""
    client.submit("138", "Hi")
    client.read_pdu()
    client.close()
    again = Client(smsc.port)
    assert b"stat:DELIVRD" in again.read("deliver_sm").short_message
    again.close()


def test_killed_centre_keeps_its_promises(tmp_path):
    """kill -9 with receipts due: nothing noted is lost, receipts come after the restart."""
    centre = Smsc(tmp_path).start()
    try:
        link = Client(centre.port)
        centre.rule("", "deliver", receipt_delay=3600)
        numbers = [link.submit("138", f"Hi {number}")[0][1] for number in range(20)]
        centre.kill()
        link.close()
        with centre.journal.open("ab") as file:
            file.write(b'{"kind": "submit", "id": "torn')
        assert len(centre.messages()) == 20
        centre.restart()
        link = Client(centre.port)
        while len(link.delivered) < 20:
            link.read("deliver_sm")
        assert {one.receipted_message_id for one in link.delivered} == set(numbers)
        link.submit("138", "after")
        assert [one.text for one in centre.messages()][-1] == "after"
        link.close()
    finally:
        centre.stop()


def test_a_thousand_a_second(smsc):
    """Every one is on the disk before its answer; the best of three, for other work goes on."""
    rates = [asyncio.run(_flood(smsc.port, 2000)) for _ in range(3)]
    assert len(smsc.parts()) == 6000
    assert max(rates) > 1000, rates


async def _flood(port, count):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bind = smpp.text("hcrm") + smpp.text("secret") + smpp.text("") + b"\x34\0\0" + smpp.text("")
    writer.write(smpp.Unit(0x2, 0, 1, bind).pack())
    assert (await smpp.read_unit(reader)).status == 0
    body = smpp.message_body("10690001", "13800138000", "确认".encode("utf-16-be"), coding=8)
    started = time.perf_counter()
    window = asyncio.Semaphore(100)

    async def send():
        for number in range(count):
            await window.acquire()
            writer.write(smpp.Unit(smpp.SUBMIT_SM, 0, number + 2, body).pack())

    sending = asyncio.create_task(send())
    for _ in range(count):
        assert (await smpp.read_unit(reader)).status == 0
        window.release()
    await sending
    writer.close()
    return count / (time.perf_counter() - started)
