"""What a cell of a row says, as a canonical value; reasons name the column, never the value."""

import json
import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from ..hl7_reader import Hl7Error

_STAMP = re.compile(
    r"(\d{4})(?:[-/.年]?(\d{1,2})(?:[-/.月]?(\d{1,2})日?)?)?"
    r"(?:[T ]*(\d{1,2})[:时]?(\d{2})(?:[:分]?(\d{2})秒?(?:\.\d{1,9})?)?)?\s*"
    r"(Z|[+-]\d{2}:?\d{2})?"
)
#: How programs write "no date".
_NO_DATE = re.compile(
    r"(0001|1900)\D?0?1\D?0?1\b.*|1899\D?12\D?3[01].*|9999\D?12\D?31.*|0{4}\D?0.*"
)
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})")
_TOKENS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_TOKEN = re.compile("|".join(_TOKENS))
EPOCHS = {"epoch": 1, "epoch ms": 1000}
YEARS = (1800, 2200)
_DIGITS = (4, 6, 8, 12, 14)  # of a stamp without separators


@lru_cache(maxsize=64)
def _zone(name):
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def strptime_form(form):
    """Return the pattern of ``strptime`` for a form that a person writes.

    >>> strptime_form("DD.MM.YYYY HH:mm")
    '%d.%m.%Y %H:%M'
    """
    return _TOKEN.sub(lambda found: _TOKENS[found[0]], form.replace("%", "%%"))


def is_form(form):
    """Tell whether a person's form of a date can be used.

    >>> is_form("DD/MM/YYYY"), is_form("epoch ms"), is_form("someday")
    (True, True, False)
    """
    return form in EPOCHS or ("%d" in strptime_form(form) and "%m" in strptime_form(form))


def moment(text, column, zone, form=""):
    """Return a naive UTC datetime, None for no date.

    >>> moment("2026-03-01 08:05", "t", "Asia/Shanghai")
    datetime.datetime(2026, 3, 1, 0, 5)
    >>> moment("2026-03-01T08:05:00.5+00:00", "t", "Asia/Shanghai").hour
    8
    >>> moment("20260301080500", "t", "UTC") == moment("01/03/2026 08:05", "t", "UTC", \
"DD/MM/YYYY HH:mm")
    True
    >>> moment("1900-01-01 00:00:00", "t", "UTC"), moment("1772352300000", "t", "UTC", "epoch ms")
    (None, datetime.datetime(2026, 3, 1, 8, 5))
    >>> moment("2026-13-01", "t", "UTC")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: t: this is not a date
    """
    if _NO_DATE.fullmatch(text):
        return None
    try:
        local = _formed(text, form) if form else _stamped(text)[0]
        if local.tzinfo is None:
            local = local.replace(tzinfo=_zone(zone))
        told = local.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        raise Hl7Error("not_a_date", column) from None
    if not YEARS[0] <= told.year <= YEARS[1]:
        raise Hl7Error("odd_date", column)
    return told


def day(text, column, form="", zone="UTC"):
    """Return (date, precision), (None, None) for no date; the day is the one that is written.

    >>> day("2026/3/1", "d"), day("194912", "d"), day("1949年", "d")[1]
    ((datetime.date(2026, 3, 1), 'day'), (datetime.date(1949, 12, 1), 'month'), 'year')
    >>> day("0000-00-00", "d")
    (None, None)
    """
    if _NO_DATE.fullmatch(text):
        return None, None
    try:
        told, precision = (_formed(text, form), "day") if form else _stamped(text)
        if form in EPOCHS:
            told = told.astimezone(_zone(zone))
    except (ValueError, OverflowError, OSError):
        raise Hl7Error("not_a_date", column) from None
    if not YEARS[0] <= told.year <= YEARS[1]:
        raise Hl7Error("odd_date", column)
    return date(told.year, told.month, told.day), precision


def _formed(text, form):
    if form in EPOCHS:
        start = datetime(1970, 1, 1, tzinfo=timezone.utc)
        return start + timedelta(seconds=float(text) / EPOCHS[form])
    return datetime.strptime(text, strptime_form(form))  # noqa: DTZ007 (the zone is set by whoever asks)


def _stamped(text):
    found = _STAMP.fullmatch(text.removesuffix("年") if len(text) == 5 else text)
    if not found or (text.isdecimal() and len(text) not in _DIGITS):
        raise ValueError(text)
    numbers = [int(part) for part in found.groups()[:6] if part]
    precision = ("year", "month")[len(numbers) - 1] if len(numbers) < 3 else "day"
    numbers += [1] * (3 - len(numbers))
    numbers[5:] = [min(second, 59) for second in numbers[5:]]  # leap seconds
    if numbers[3:4] == [24]:
        raise ValueError(text)
    told = datetime(*numbers)  # noqa: DTZ001 (the zone is set by whoever asks)
    return (told.replace(tzinfo=_offset(found[7])) if found[7] else told), precision


def _offset(text):
    if text == "Z":
        return timezone.utc
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def number(text, column, *, has_comma=False):
    """Return a float; ``has_comma``: 1.234,5 and not 1,234.5.

    >>> number("1,234.50", ""), number("1.234,5", "", has_comma=True), number(" ¥3 ", "")
    (1234.5, 1234.5, 3.0)
    >>> number("1e5", "price")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: price: this is not a number
    """
    group, point = (".", ",") if has_comma else (",", ".")
    plain = text.strip(" ¥￥元").replace(group, "").replace(point, ".")
    if not _NUMBER.fullmatch(plain):
        raise Hl7Error("not_a_number", column)
    return float(plain)


def integer(text, column, *, has_comma=False):
    """Return a whole number.

    >>> integer("7", ""), integer("7.0", "")
    (7, 7)
    """
    told = number(text, column, has_comma=has_comma)
    if told != int(told) or abs(told) > 2_000_000_000:
        raise Hl7Error("not_a_number", column)
    return int(told)


def code(text, column, table, own=None):
    """Return our code of a word: what the hospital says first, then what is usual.

    >>> code("w", "sex", {"W": "weird"}, {"w": "female"}), code("X", "sex", {}, {"*": "other"})
    ('female', 'other')
    """
    own = own or {}
    for word in (text, text.upper()):
        if word in own:
            return own[word]
        if word in table:
            return table[word]
    if "*" in own:
        return own["*"]
    raise Hl7Error("not_in_table", column)


def json_text(value):
    """Return a list or an object as text."""
    return json.dumps(value, ensure_ascii=False)
