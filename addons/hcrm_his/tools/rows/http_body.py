"""Rows out of an HTTP body: one object, an array of them, or one a line (ndjson)."""

import json

from ..charset import codec_of
from ..reasons import Reason

MAX_ROWS = 10_000
MAX_BYTES = 16 * 1024 * 1024
JSON_TYPES = frozenset(("application/json", "text/json"))
LINE_TYPES = frozenset(
    ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines")
)


class BodyError(Exception):
    """A body of which no row can be read: the status and the reason to answer with."""

    def __init__(self, code, status, /, **values):
        super().__init__(code)
        self.status = status
        self.reason = Reason(code, values=values)


def read(body, mimetype, charset=""):
    """Return [(row or None, text of what is no row, Reason or None)].

    >>> read(b'{"id": 1.50}', "application/json")
    [({'id': '1.50'}, '', None)]
    >>> found = read(b'{"id": 1}\\n[2]\\n\\n{', "application/x-ndjson")
    >>> [(row, reason and reason.code) for row, _text, reason in found]
    [({'id': 1}, None), (None, 'row_not_object'), (None, 'row_unreadable')]
    """
    text = decoded(body, charset)
    if mimetype in LINE_TYPES:
        told = [_line(line) for line in text.splitlines() if line.strip()]
    elif mimetype in JSON_TYPES:
        told = [_judged(one) for one in _elements(text)]
    else:
        raise BodyError("body_not_json", 415)
    if not told:
        raise BodyError("body_empty", 400)
    if len(told) > MAX_ROWS:
        raise BodyError("body_too_many", 413, limit=MAX_ROWS)
    return told


def decoded(body, charset):
    """Return the text of a body in UTF-8, or in the character set that its header names.

    >>> decoded("张".encode("gb18030"), "GBK")
    '张'
    """
    codec = codec_of(charset) if charset else "utf-8"
    if not codec:
        raise BodyError("unknown_charset", 415)
    try:
        return body.decode("utf-8-sig" if codec == "utf-8" else codec)
    except UnicodeDecodeError:
        raise BodyError("charset_not_true", 400, charset=charset or "utf-8") from None


def _loads(text):
    return json.loads(text, parse_float=str, parse_constant=_refuse)


def _refuse(name):
    raise ValueError(name)


def _elements(text):
    try:
        told = _loads(text)
    except (ValueError, RecursionError):
        raise BodyError("body_not_readable", 400) from None
    return told if isinstance(told, list) else [told]


def _judged(one):
    if isinstance(one, dict):
        return one, "", None
    return None, json.dumps(one, ensure_ascii=False), Reason("row_not_object")


def _line(line):
    try:
        return _judged(_loads(line))
    except (ValueError, RecursionError):
        return None, line, Reason("row_unreadable")


def told(reason):
    """Return a reason for a program: its code, the column it is about, and words in English.

    >>> told(Reason("not_a_date", "birthday"))
    {'code': 'not_a_date', 'field': 'birthday', 'text': 'birthday: this is not a date'}
    """
    return {"code": reason.code, "field": reason.location or None, "text": str(reason)}
