"""What arrives from a gateway, as text: bytes of whatever alphabet, numbers of whatever form."""

import hashlib
import re
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from odoo.addons.hcrm_base.tools import phone

#: Names under which gateways know their alphabets; anything else is found by trying.
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "utf-16be": "utf-16-be",
    "ucs-2": "utf-16-be",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}
LONGEST = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode(raw, charset=""):
    """Return the text of ``raw`` bytes; never raises, and PostgreSQL takes whatever comes back.

    >>> decode("退订".encode("gb18030")), decode("退订".encode()), decode(b"R\\x00")
    ('退订', '退订', 'R')
    >>> decode("退订".encode("utf-16-be"), "UTF-16BE"), decode(b"caf\\xe9", "iso-8859-1")
    ('退订', 'café')
    >>> decode("退订".encode("gb18030"), "UTF-8"), decode(b"\\xff\\xff\\xff")
    ('退订', '���')
    """
    names = [_CHARSETS.get((charset or "").strip().lower(), ""), "utf-8", "gb18030"]
    for name in filter(None, names):
        try:
            return clean(raw.decode(name))
        except UnicodeDecodeError:
            continue
    return clean(raw.decode("utf-8", "replace"))


def clean(text):
    """Drop what no database and no screen takes; cut what nobody reads.

    >>> clean("a\\x00b\\ud800c"), len(clean("x" * 20_000))
    ('ab?c', 10000)
    """
    text = _CONTROL.sub("", text or "").replace("\r\n", "\n").strip()
    return text.encode("utf-8", "replace").decode()[:LONGEST]


def query_values(query):
    """Return {name: raw bytes} of a query string: what Odoo decoded as UTF-8 may have been GB18030.

    >>> query_values(b"text=%CD%CB%B6%A9&sender=%2B86138&x")["text"]
    b'\\xcd\\xcb\\xb6\\xa9'
    """
    found = {}
    for piece in query.split(b"&"):
        name, _equals, value = piece.partition(b"=")
        found.setdefault(
            unquote_to_bytes(name).decode("latin-1"), unquote_to_bytes(value.replace(b"+", b" "))
        )
    return found


def number(raw, region="CN"):
    """Return a sender as persons' numbers are kept, else what was told.

    >>> number("8613800138000"), number("13800138000"), number("85291234567"), number("10086")
    ('+8613800138000', '+8613800138000', '+85291234567', '10086')
    """
    text = clean(str(raw or ""))[:64]
    found = phone.normalize(text, region)
    if not found and text.isdecimal():
        found = phone.normalize("+" + text, region)
    return found or text


def digest(*parts):
    """Return a short name for a content.

    >>> digest("a", "b") == digest("ab", ""), len(digest("a"))
    (False, 32)
    """
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:32]


def moment(told):
    """Return the far end's clock as naive UTC: seconds since 1970, or what Kannel's header says.

    >>> moment("1795341600"), moment("2026-11-22 10:00:00"), moment("soon"), moment("")
    (datetime.datetime(2026, 11, 22, 10, 0), datetime.datetime(2026, 11, 22, 10, 0), None, None)
    """
    told = (told or "").strip()
    if told.isascii() and told.isdecimal() and len(told) == 10:
        return datetime.fromtimestamp(int(told), UTC).replace(tzinfo=None)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(told, form)
        except ValueError:
            continue
    return None
