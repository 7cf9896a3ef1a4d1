"""Readers of HL7 data types that several message families share."""

import re

from ..hl7_reader import NULL, Hl7Error

_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})")
_DURATION = re.compile(r"(?:D|天)?(\d{1,4})(?:D|天)?|W(\d{1,3})|M(\d{1,2})", re.IGNORECASE)
MAX_TEXT = 10_000


def put(values, name, told):
    """Set ``values[name]`` unless nothing was told; HL7's null deletes.

    >>> values = {}
    >>> put(values, "a", "x"), put(values, "b", None), put(values, "c", NULL)
    (None, None, None)
    >>> values
    {'a': 'x', 'c': False}
    """
    if told is NULL:
        values[name] = False
    elif told is not None:
        values[name] = told


def number(text, location):
    """Return a float, None for nothing; raises Hl7Error for what is no plain number.

    >>> number("1.50", ""), number(None, "")
    (1.5, None)
    """
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise Hl7Error("not_a_number", location)
    return float(text)


def is_number(text):
    """Tell whether ``text`` is a plain decimal number.

    >>> is_number("-0.5"), is_number("<0.5"), is_number("1e999")
    (True, False, False)
    """
    return bool(_NUMBER.fullmatch(text or ""))


def days(text):
    """Return a duration in days: ``D7``, ``W2``, ``M1``, ``7``; None when it is none.

    >>> days("D7"), days("W2"), days("m1"), days("7"), days("x")
    (7, 14, 30, 7, None)
    """
    found = _DURATION.fullmatch((text or "").strip())
    if not found:
        return None
    if found[1]:
        return int(found[1])
    return int(found[2]) * 7 if found[2] else int(found[3]) * 30


def coded(segment, field):
    """Return (code, name, system) of a coded element; the name falls back to the code."""
    code, name = segment.text(field, 1), segment.text(field, 2)
    return code or name, name or code, segment.text(field, 3)


def from_table(table, code, location):
    """Return the entry for a code, None for nothing; raises Hl7Error for an unknown one."""
    if not code:
        return None
    try:
        return table[code.upper()]
    except KeyError:
        raise Hl7Error("not_in_table", location) from None


def clip(text):
    """Shorten a text that no screen shows; the raw message keeps it."""
    return text if not text or len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def joined(*parts):
    """Return the key made of the parts, without those at the end that are empty."""
    return ":".join(str(part or "") for part in parts).rstrip(":")


def nth(seen, key):
    """Return ``key``, numbered from its second use in a message on; ``seen`` counts.

    >>> seen = {}
    >>> nth(seen, "a"), nth(seen, "a"), nth(seen, "b")
    ('a', 'a#2', 'b')
    """
    seen[key] = seen.get(key, 0) + 1
    return key if seen[key] == 1 else f"{key}#{seen[key]}"
