"""HL7 timestamps: ``YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+/-ZZZZ]``, the sender's time without offset."""

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from .hl7_reader import Hl7Error

DEFAULT_ZONE = "Asia/Shanghai"

_STAMP = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?"
)
#: The first and the last day of programs' calendars stand for "none".
_NO_DATE = re.compile(r"(?:00010101|0{8}|99991231)\d{0,6}(?:\.\d{1,6})?(?:[+-]\d{4})?")


@lru_cache(maxsize=64)
def _zone(name):
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def _numbers(text, location):
    found = _STAMP.fullmatch(text)
    if not found:
        raise Hl7Error("not_a_date", location)
    numbers = [int(part) for part in found.groups()[:6] if part]
    numbers[5:] = [59 if second == 60 else second for second in numbers[5:]]  # leap seconds
    return found, numbers


def to_utc(text, zone=DEFAULT_ZONE, location=""):
    """Return a naive UTC datetime, None for nothing; raises Hl7Error for what is no date.

    >>> to_utc("20261122090000"), to_utc("202611220900+0000"), to_utc("2026")
    (datetime.datetime(2026, 11, 22, 1, 0), datetime.datetime(2026, 11, 22, 9, 0), \
datetime.datetime(2025, 12, 31, 16, 0))
    >>> to_utc("20161231235960+0000")  # a leap second
    datetime.datetime(2016, 12, 31, 23, 59, 59)
    >>> to_utc("00010101000000"), to_utc("99991231235959")  # how programs write "no date"
    (None, None)
    >>> to_utc("20261322", location="EVN-2")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: EVN-2: this is not a date
    """
    if not text or _NO_DATE.fullmatch(text):
        return None
    found, numbers = _numbers(text, location)
    numbers += [1] * (3 - len(numbers))
    try:
        local = datetime(*numbers, tzinfo=_offset(found[7]) or _zone(zone))
        utc = local.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Hl7Error("not_a_date", location) from None
    if not 1800 <= utc.year <= 2200:
        raise Hl7Error("odd_date", location)
    return utc


def _offset(text):
    if not text:
        return None
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def to_date(text, location=""):
    """Return (date, precision): ``day``, ``month`` or ``year``; (None, None) for nothing.

    >>> to_date("19491231"), to_date("194912"), to_date("1949"), to_date("")
    ((datetime.date(1949, 12, 31), 'day'), (datetime.date(1949, 12, 1), 'month'), \
(datetime.date(1949, 1, 1), 'year'), (None, None))
    """
    if not text or _NO_DATE.fullmatch(text):
        return None, None
    numbers = _numbers(text, location)[1][:3]
    precision = ("year", "month", "day")[len(numbers) - 1]
    try:
        day = date(*(numbers + [1] * (3 - len(numbers))))
    except ValueError:
        raise Hl7Error("not_a_date", location) from None
    if not 1800 <= day.year <= 2200:
        raise Hl7Error("odd_date", location)
    return day, precision


def now_stamp(now=None):
    """Return a time as HL7 writes it, in UTC.

    >>> now_stamp(datetime(2026, 11, 22, 1, 0, 5))
    '20261122010005+0000'
    """
    now = now or datetime.now(timezone.utc)
    return now.strftime("%Y%m%d%H%M%S+0000")
