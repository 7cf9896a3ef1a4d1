"""The few SMPP 3.4 units that an SMS centre needs, as bytes. Anything odd is `Malformed`."""

import struct
from dataclasses import dataclass

HEAD = struct.Struct(">IIII")
LARGEST = 64 * 1024
RESPONSE = 0x80000000
GENERIC_NACK, UNBIND, ENQUIRE_LINK = 0x80000000, 0x6, 0x15
BINDS = {0x1: "receiver", 0x2: "transmitter", 0x9: "transceiver"}
SUBMIT_SM, DELIVER_SM = 0x4, 0x5
RECEIPT_CLASS = 0x04
RECEIPTED_MESSAGE_ID, MESSAGE_STATE, MESSAGE_PAYLOAD = 0x1E, 0x427, 0x424
STATUS = {
    "ok": 0x00,
    "invalid_command": 0x03,
    "system_error": 0x08,
    "invalid_source": 0x0A,
    "invalid_destination": 0x0B,
    "bind_failed": 0x0D,
    "invalid_password": 0x0E,
    "queue_full": 0x14,
    "submit_failed": 0x45,
    "throttled": 0x58,
}


class Malformed(ValueError):
    """Bytes that are no unit of SMPP."""


@dataclass(frozen=True)
class Unit:
    """One protocol data unit."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    def pack(self):
        """Bytes for the wire.

        >>> Unit(ENQUIRE_LINK, 0, 7).pack().hex()
        '00000010000000150000000000000007'
        """
        size = HEAD.size + len(self.body)
        return HEAD.pack(size, self.command, self.status, self.sequence) + self.body

    def respond(self, status=0, body=b""):
        """The response to this unit."""
        return Unit(self.command | RESPONSE, status, self.sequence, body)


async def read_unit(reader):
    """The next unit of a connection."""
    head = await reader.readexactly(HEAD.size)
    size, command, status, sequence = HEAD.unpack(head)
    if not HEAD.size <= size <= LARGEST:
        raise Malformed(f"a unit of {size} bytes")
    return Unit(command, status, sequence, await reader.readexactly(size - HEAD.size))


def text(value):
    """A string with its end mark."""
    return value.encode("latin-1") + b"\0"


class Fields:
    """Takes the fields of a body one after the other."""

    def __init__(self, body):
        self.body = body
        self.at = 0

    def string(self):
        """Up to the next zero."""
        end = self.body.find(b"\0", self.at)
        if end < 0:
            raise Malformed("a string without an end")
        value = self.body[self.at : end].decode("latin-1")
        self.at = end + 1
        return value

    def octets(self, size):
        """So many bytes."""
        value = self.body[self.at : self.at + size]
        if len(value) < size:
            raise Malformed("the body is too short")
        self.at += size
        return value

    def number(self, size=1):
        """An unsigned number."""
        return int.from_bytes(self.octets(size), "big")

    def optional(self):
        """The rest: {tag: bytes}."""
        found = {}
        while self.at < len(self.body):
            tag = self.number(2)
            found[tag] = self.octets(self.number(2))
        return found


def read_bind(body):
    """(system id, password)."""
    fields = Fields(body)
    return fields.string(), fields.string()


def read_message(body):
    """The fields of submit_sm and deliver_sm that matter.

    >>> body = message_body("1069", "138", b"Hi", coding=0, optional={0x427: b"\\x02"})
    >>> told = read_message(body)
    >>> told["source"], told["destination"], told["data"], told["optional"]
    ('1069', '138', b'Hi', {1063: b'\\x02'})
    >>> read_message(body[:20])
    Traceback (most recent call last):
    smpp.Malformed: the body is too short
    """
    fields, told = Fields(body), {}
    told["service"] = fields.string()
    fields.octets(2)
    told["source"] = fields.string()
    fields.octets(2)
    told["destination"] = fields.string()
    told["esm_class"] = fields.number()
    fields.octets(2)
    told["schedule"], told["validity"] = fields.string(), fields.string()
    told["registered"] = fields.number()
    fields.octets(1)
    told["coding"] = fields.number()
    fields.octets(1)
    told["data"] = fields.octets(fields.number())
    told["optional"] = fields.optional()
    told["data"] = told["data"] or told["optional"].get(MESSAGE_PAYLOAD, b"")
    return told


def address(number):
    """A number with its type: international with a plus, else unknown, as dialled at home.

    >>> address("+8613800138000"), address("10690001")
    (b'\\x01\\x018613800138000\\x00', b'\\x00\\x0110690001\\x00')
    """
    return bytes([number.startswith("+"), 1]) + text(number.removeprefix("+"))


def message_body(source, destination, data, coding=0, esm_class=0, registered=0, optional=()):
    """The body of submit_sm or deliver_sm."""
    body = text("") + address(source) + address(destination) + bytes([esm_class, 0, 0])
    body += text("") + text("") + bytes([registered, 0, coding, 0, len(data)]) + data
    for tag, value in dict(optional).items():
        body += struct.pack(">HH", tag, len(value)) + value
    return body
