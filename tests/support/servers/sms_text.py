"""How texts travel in short messages: GSM 03.38, UCS-2, and parts of a long one."""

from dataclasses import dataclass, field
from itertools import count

GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_MORE = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
GSM_BYTES = {char: bytes([number]) for number, char in enumerate(GSM) if char != "\x1b"}
GSM_BYTES |= {char: b"\x1b" + bytes([number]) for char, number in GSM_MORE.items()}
GSM_ESCAPED = {number: char for char, number in GSM_MORE.items()}
GSM_CODING, UCS2_CODING = 0, 8
#: How a caller names them; "gb" is a centre whose default alphabet is GB18030 and not GSM's.
NAMED = {"gsm": GSM_CODING, "ucs2": UCS2_CODING}
#: Octets of user data: alone, and beside the header of a part.
ALONE = {GSM_CODING: 160, UCS2_CODING: 140}
PART = {GSM_CODING: 153, UCS2_CODING: 134}
HAS_HEADER = 0x40
_references = count(1)


def is_gsm(text):
    """Can the default alphabet say it?"""
    return all(char in GSM_BYTES for char in text)


def encode(text, coding=None):
    """(data coding, octets); without a coding the smaller that can say it.

    >>> encode("Yes @ 5€"), encode("确认")
    ((0, b'Yes \\x00 5\\x1be'), (8, b'xn\\x8b\\xa4'))
    """
    if coding is None:
        coding = GSM_CODING if is_gsm(text) else UCS2_CODING
    if coding == GSM_CODING:
        return coding, b"".join(GSM_BYTES.get(char, b"?") for char in text)
    return coding, text.encode("utf-16-be")


def decode(data, coding):
    """Text of octets.

    >>> decode(b"Yes \\x00 5\\x1be", 0), decode(encode("ＴＤ 确认😀")[1], 8)
    ('Yes @ 5€', 'ＴＤ 确认😀')
    """
    if coding == UCS2_CODING:
        return data.decode("utf-16-be", "replace")
    if coding == GSM_CODING:
        return _decode_gsm(data)
    return data.decode("latin-1")


def _decode_gsm(data):
    text, rest = [], iter(data)
    for octet in rest:
        if octet == 0x1B:
            text.append(GSM_ESCAPED.get(next(rest, 0x20), " "))
        else:
            text.append(GSM[octet] if octet < 128 else "\ufffd")
    return "".join(text)


def split(text, coding=None):
    """(data coding, parts, has headers): a long text in parts, each with its header.

    ``coding`` is "gsm", "ucs2", "gb", or nothing for the smaller that can say it.

    >>> split("确认")[2], [len(part) for part in split("预" * 71)[1]]
    (False, [140, 14])
    >>> split("退订", "gb")
    (0, [b'\\xcd\\xcb\\xb6\\xa9'], False)
    """
    if coding == "gb":
        coding, data = GSM_CODING, text.encode("gb18030")
        alone, size = 140, 134
    else:
        coding, data = encode(text, NAMED.get(coding))
        alone, size = ALONE[coding], PART[coding]
    if len(data) <= alone:
        return coding, [data], False
    chunks = [data[start : start + size] for start in range(0, len(data), size)]
    reference = next(_references) % 256
    head = [bytes([5, 0, 3, reference, len(chunks), number + 1]) for number in range(len(chunks))]
    return coding, [a + b for a, b in zip(head, chunks, strict=True)], True


def part_of(data):
    """((reference, total, number), user data) of octets that begin with a header.

    >>> part_of(bytes.fromhex("050003070201") + b"ab")
    ((7, 2, 1), b'ab')
    >>> part_of(bytes.fromhex("06080401000203") + b"ab")
    ((256, 2, 3), b'ab')
    """
    end = 1 + data[0]
    header, found, at = data[1:end], None, 0
    while at + 1 < len(header):
        kind, size = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + size]
        if kind in (0, 8) and len(value) == size >= 3:
            found = (int.from_bytes(value[:-2], "big"), value[-2], value[-1])
        at += 2 + size
    return found, data[end:]


@dataclass
class Message:
    """What a telephone shows: the parts of a long text are one."""

    source: str
    destination: str
    text: str
    time: float
    total: int = 1
    records: list = field(default_factory=list)

    @property
    def complete(self):
        """Did every part arrive?"""
        return len(self.records) == self.total

    @property
    def ids(self):
        """The centre's numbers of the parts."""
        return [record["id"] for record in self.records]


def join(records):
    """Messages out of a centre's records of parts, in the order in which they were begun.

    Octets are joined before they are read: a letter may lie in two parts. A part that comes again
    begins a new message, so that nothing sent twice goes unseen.

    >>> def part(number, data):
    ...     return {"source": "1", "destination": "2", "coding": 8, "data": data.hex(),
    ...             "part": [7, 2, number], "time": 0.0, "id": str(number)}
    >>> data = "😀".encode("utf-16-be")
    >>> [one.text for one in join([part(2, data[2:]), part(1, data[:2])])]
    ['😀']
    >>> [one.complete for one in join([part(1, b""), part(1, b""), part(2, b"")])]
    [False, True]
    """
    groups, open_groups = [], {}
    for record in records:
        if not record["part"]:
            groups.append([record])
            continue
        reference, total, number = record["part"]
        key = (record["source"], record["destination"], reference, total)
        group = open_groups.get(key)
        if group is None or len(group) == total or number in _numbers(group):
            group = open_groups[key] = []
            groups.append(group)
        group.append(record)
    return [_message(group) for group in groups]


def _numbers(group):
    return {record["part"][2] for record in group}


def _message(group):
    group = sorted(group, key=lambda record: record["part"][2] if record["part"] else 0)
    first = group[0]
    data = b"".join(bytes.fromhex(record["data"]) for record in group)
    return Message(
        source=first["source"],
        destination=first["destination"],
        text=decode(data, first["coding"]),
        time=first["time"],
        total=first["part"][1] if first["part"] else 1,
        records=group,
    )
