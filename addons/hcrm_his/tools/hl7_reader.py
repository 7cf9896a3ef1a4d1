"""A small tolerant reader of HL7 v2 messages.

It splits a message into segments and fields and decodes only what is asked for, so that reading a
header costs microseconds. Separators come from MSH-1 and MSH-2; segments may end with CR, LF or
both. Damaged text raises :class:`Hl7Error`, never anything else.

>>> message = parse("MSH|^~\\\\&|HIS|A\\rPID|1||7^^^A^MR~8^^^B^NI||张^伟|||\\"\\"")
>>> pid = message.first("PID")
>>> pid.get(3), pid.get(5, 2), pid.get(8) is NULL, pid.get(9)
('7', '伟', True, None)
>>> [(one.get(1), one.get(4)) for one in pid.repeats(3)]
[('7', 'A'), ('8', 'B')]
"""

import re

from .reasons import Reason

DEFAULT_ENCODING = "^~\\&"
MAX_SEGMENTS = 20_000

_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_ESCAPES = {"H": "", "N": "", ".br": "\n", ".sp": "\n", ".fi": "", ".nf": ""}


class Hl7Error(ValueError):
    """A message that cannot be used.

    :param code: of the catalogue in ``reasons.py``
    :param location: such as ``PID-7``
    :param values: of the code's text; they quote nothing of a patient's record
    """

    def __init__(self, code, location="", /, **values):
        super().__init__(code)
        self.reason = Reason(code, location, values)

    @classmethod
    def because(cls, reason):
        """Return the error for a :class:`Reason` that was found elsewhere."""
        return cls(reason.code, reason.location, **reason.values)

    def __str__(self):
        return str(self.reason)


class _Null:
    """HL7's ``""``: delete what is there."""

    def __bool__(self):
        return False

    def __repr__(self):
        return "NULL"


NULL = _Null()


class Separators:
    """The five delimiters of one message and how to undo its escapes.

    >>> plain = Separators("|", "^~\\\\&")
    >>> plain.unescape("a\\\\T\\\\b\\\\F\\\\c\\\\S\\\\\\\\X41\\\\ \\\\Zx\\\\")
    'a&b|c^A \\\\Zx\\\\'
    >>> Separators("#", "*!%?").unescape("1%T%2%X00%")
    '1?2'
    """

    __slots__ = ("_codes", "_escaped", "component", "escape", "field", "repeat", "sub")

    def __init__(self, field, encoding):
        padded = encoding + DEFAULT_ENCODING[len(encoding) :]
        self.field = field
        self.component, self.repeat, self.escape, self.sub = padded[:4]
        self._codes = {
            "F": field,
            "S": self.component,
            "T": self.sub,
            "R": self.repeat,
            "E": self.escape,
            **_ESCAPES,
        }
        mark = re.escape(self.escape)
        self._escaped = re.compile(f"{mark}([^{mark}]*){mark}")

    def unescape(self, text):
        """Return ``text`` with its escape sequences replaced; unknown ones stay."""
        if self.escape not in text:
            return text
        return self._escaped.sub(self._replace, text)

    def _replace(self, found):
        code = found[1]
        if code in self._codes:
            return self._codes[code]
        if code[:1] == "X":
            return _from_hex(code[1:]) or ""
        return found[0]


def _from_hex(digits):
    try:
        return bytes.fromhex(digits).decode("utf-8", "replace").replace("\0", "")
    except ValueError:
        return ""


class Part:
    """One repetition of a field: components, decoded on demand."""

    __slots__ = ("_components", "_separators")

    def __init__(self, raw, separators):
        self._separators = separators
        self._components = raw.split(separators.component)

    def get(self, component=1, sub=1):
        """Return the text of a component, None when absent, NULL for an explicit delete."""
        if component > len(self._components):
            return None
        raw = self._components[component - 1]
        if self._separators.sub in raw:
            subs = raw.split(self._separators.sub)
            raw = subs[sub - 1] if sub <= len(subs) else ""
        elif sub > 1:
            return None
        if raw == '""':
            return NULL
        return self._separators.unescape(raw).strip() or None

    def text(self, component=1):
        """Return a component's text, "" when absent or deleted."""
        return self.get(component) or ""


class Segment:
    """One line; fields are counted from 1 as in the standard, also in MSH."""

    __slots__ = ("_fields", "_separators", "name")

    def __init__(self, fields, separators):
        self.name = fields[0]
        self._fields = fields
        self._separators = separators

    def raw(self, number):
        """Return a field as received."""
        return self._fields[number] if number < len(self._fields) else ""

    def repeats(self, number):
        """Return the non-empty repetitions of a field."""
        raw = self.raw(number)
        if not raw:
            return []
        separators = self._separators
        return [Part(one, separators) for one in raw.split(separators.repeat) if one]

    def part(self, number):
        """Return the first repetition of a field, perhaps empty."""
        return Part(self.raw(number).split(self._separators.repeat, 1)[0], self._separators)

    def get(self, number, component=1):
        """Return the text of a component of the first repetition, None or NULL."""
        return self.part(number).get(component) if self.raw(number) else None

    def text(self, number, component=1):
        """Return as :meth:`get`, with "" for nothing."""
        return self.get(number, component) or ""

    def whole(self, number):
        """Return a text field whole, with its repetitions as lines (TX, FT, ST)."""
        raw = self.raw(number)
        if raw == '""':
            return NULL
        separators = self._separators
        return separators.unescape(raw.replace(separators.repeat, "\n")).strip() or None


class Message:
    """Segments in order."""

    __slots__ = ("segments", "separators")

    def __init__(self, segments, separators):
        self.segments = segments
        self.separators = separators

    @property
    def header(self):
        """MSH."""
        return self.segments[0]

    def first(self, name):
        """Return the first segment called ``name`` or None."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def all(self, name):
        """Return all segments called ``name``."""
        return [segment for segment in self.segments if segment.name == name]

    def groups(self, *leaders):
        """Yield lists of segments that begin with one of ``leaders``; what precedes is left out.

        >>> orders = parse("MSH|^~\\\\&\\rPID|1\\rORC|1\\rRXE|1\\rORC|2").groups("ORC")
        >>> [[segment.name for segment in group] for group in orders]
        [['ORC', 'RXE'], ['ORC']]
        """
        group = []
        for segment in self.segments:
            if segment.name in leaders:
                if group:
                    yield group
                group = [segment]
            elif group:
                group.append(segment)
        if group:
            yield group


def split_lines(text):
    r"""Return the non-empty lines of a message.

    >>> split_lines("MSH|1\r\nPID|1\n\rPV1|1\r")
    ['MSH|1', 'PID|1', 'PV1|1']
    """
    if "\n" in text:
        text = text.replace("\n", "\r")
    return [line for line in text.split("\r") if line]


def read_separators(line):
    """Return the separators of an MSH line.

    >>> read_separators("MSH|||")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: MSH-2: the encoding characters are missing
    """
    if not line.startswith("MSH") or len(line) < 5:
        raise Hl7Error("no_header")
    field = line[3]
    if field.isalnum() or field.isspace():
        raise Hl7Error("bad_separator", "MSH-1")
    encoding = line[4:].split(field, 1)[0]
    if not encoding:
        raise Hl7Error("no_encoding", "MSH-2")
    used = field + encoding
    if len(encoding) > 5 or len(set(used)) != len(used) or any(c.isalnum() for c in encoding):
        raise Hl7Error("bad_encoding", "MSH-2")
    return Separators(field, encoding)


def parse(text):
    """Return the :class:`Message` in ``text``.

    >>> parse("PID|1")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: the message does not begin with a whole MSH segment
    >>> parse("MSH|^~\\\\&|A\\roops")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: line 2 is not a segment
    """
    lines = split_lines(text.lstrip("\ufeff \t\r\n"))
    if not lines:
        raise Hl7Error("empty")
    if len(lines) > MAX_SEGMENTS:
        raise Hl7Error("too_many_segments", limit=MAX_SEGMENTS)
    separators = read_separators(lines[0])
    mark = separators.field
    header = lines[0].split(mark)
    header.insert(1, mark)
    segments = [Segment(header, separators)]
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split(mark)
        if not _NAME.fullmatch(fields[0]):
            raise Hl7Error("not_a_segment", line=number)
        segments.append(Segment(fields, separators))
    return Message(segments, separators)
