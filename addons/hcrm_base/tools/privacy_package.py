"""What a person receives of the own data: names of others reduced, a file written in pieces."""

import json
from datetime import date, datetime

FORMAT = "hcrm-privacy-package"
VERSION = 1


def reduced_name(name):
    """Return what a person is told of somebody else's name: the first sign of each word.

    >>> reduced_name("王秀英"), reduced_name("Anna Berg"), reduced_name(""), reduced_name(None)
    ('王**', 'A*** B***', '', '')
    """
    return " ".join(word[0] + "*" * (len(word) - 1) for word in (name or "").split())


def as_json(value):
    """Return a value of a record as JSON knows it; times are told in UTC.

    >>> as_json(datetime(2026, 3, 1, 8)), as_json(date(2026, 3, 1)), as_json(0.5)
    ('2026-03-01T08:00:00Z', '2026-03-01', 0.5)
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return value


class JsonFile:
    """Writes one object of JSON to a binary stream; lists of rows go out as they come.

    >>> import io
    >>> stream = io.BytesIO()
    >>> with JsonFile(stream) as file:
    ...     file.add("version", 1)
    ...     file.begin_sections()
    ...     file.section({"model": "a"}, iter([{"x": 1}, {"x": 2}]))
    ...     file.section({"model": "b"}, iter([]))
    ...     file.end_sections()
    2
    0
    >>> found = json.loads(stream.getvalue())
    >>> found["sections"][0]["rows"], found["sections"][1]
    ([{'x': 1}, {'x': 2}], {'model': 'b', 'rows': []})
    """

    def __init__(self, stream):
        self._stream = stream
        self._is_first = True

    def __enter__(self):
        self._stream.write(b"{")
        return self

    def __exit__(self, *_exception):
        self._stream.write(b"\n}\n")

    def add(self, name, value):
        """Write one value of the object."""
        self._next()
        self._write(f"{_dump(name)}: {_dump(value)}")

    def begin_sections(self):
        """Begin the list of sections."""
        self._next()
        self._write('"sections": [')
        self._is_first = True

    def section(self, head, rows):
        """Write ``head`` and its rows; return how many."""
        self._next()
        self._write(_dump(head)[:-1] + ', "rows": [')
        count = 0
        for count, row in enumerate(rows, start=1):
            self._write(("," if count > 1 else "") + "\n" + _dump(row))
        self._write("]}")
        return count

    def end_sections(self):
        """End the list of sections."""
        self._write("]")
        self._is_first = False

    def _next(self):
        self._write("\n" if self._is_first else ",\n")
        self._is_first = False

    def _write(self, text):
        self._stream.write(text.encode())


def _dump(value):
    return json.dumps(value, ensure_ascii=False, default=as_json)
