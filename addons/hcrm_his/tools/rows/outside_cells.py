"""Values of another database as text and back, and how far a growing column has come."""

import contextlib
import datetime
import decimal
import uuid

from ..bulk import SourceError

MAX_CELL = 100_000


def to_text(value, nothing=""):
    """Return a value of a database as text that :func:`revive` understands.

    >>> to_text(decimal.Decimal("1.50")), to_text(datetime.date(2026, 3, 1)), to_text(None)
    ('1.50', '2026-03-01', '')
    >>> to_text(True), to_text(b"\\x01"), to_text("x ")
    ('1', '01', 'x ')
    """
    if value is None:
        return nothing
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)[:MAX_CELL].hex()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    return str(value)[:MAX_CELL]


def revive(text, column):
    """Return a text as a value of the column's type; SourceError when it is none."""
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return text
    reader = {
        bool: lambda told: told.strip().lower() in ("1", "t", "true", "y"),
        datetime.datetime: datetime.datetime.fromisoformat,
        datetime.date: lambda told: datetime.date.fromisoformat(told[:10]),
        datetime.time: datetime.time.fromisoformat,
        uuid.UUID: uuid.UUID,
        int: lambda told: int(decimal.Decimal(told)),
        float: float,
        decimal.Decimal: decimal.Decimal,
    }.get(kind, str)
    try:
        return reader(text)
    except (ValueError, ArithmeticError):
        raise SourceError("sql_bad_position", columns=column.name) from None


def start_of(mark, newest, overlap):
    """Return the mark from which a pass reads: ``overlap`` before the end of the last one.

    Numbers that begin anew (a table that was emptied) are read from their start.

    >>> start_of("1000", "1200", 100), start_of("1000", "950", 100), start_of("1000", "7", 100)
    ('900', '900', '')
    >>> start_of("2026-03-01T00:00:05", "2026-02-01T00:00:00", 10), start_of("", "7", 10)
    ('2026-01-31T23:59:50', '')
    """
    start = rewound(mark, overlap)
    last = _value(newest) if newest else None
    if not start or last is None or last >= _value(start):
        return start
    return "" if isinstance(last, decimal.Decimal) else rewound(newest, overlap)


def rewound(mark, overlap):
    """Return a mark so many seconds, or numbers, earlier.

    >>> rewound("1000", 100), rewound("2026-03-01T00:00:05", 10), rewound("50", 100), rewound("", 5)
    ('900', '2026-02-28T23:59:55', '-50', '')
    """
    if not mark or not overlap:
        return mark
    value = _value(mark)
    if isinstance(value, decimal.Decimal):
        return to_text(value - overlap)
    return to_text(value - datetime.timedelta(seconds=overlap))


def _value(mark):
    """Return a mark as number or moment; SourceError for what is neither."""
    for reader in (decimal.Decimal, datetime.datetime.fromisoformat):
        with contextlib.suppress(ArithmeticError, ValueError):
            return reader(mark)
    raise SourceError("sql_bad_mark")
