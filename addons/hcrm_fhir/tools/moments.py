"""FHIR's dates and times: whole or partial, and the spans that searches mean by them.

>>> span("2026-11", "Asia/Shanghai")
(datetime.datetime(2026, 10, 31, 16, 0), datetime.datetime(2026, 11, 30, 16, 0))
"""

import calendar
import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from .errors import bad_request, invalid

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)
PREFIXES = frozenset(("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"))


@lru_cache
def _zone(name):
    return ZoneInfo(name)


def to_utc(text, zone, expression=""):
    """Return the naive UTC start of a date or time, None for nothing.

    >>> to_utc("2026-11-22T09:00:00+08:00", "Asia/Shanghai"), to_utc("2026", "UTC")
    (datetime.datetime(2026, 11, 22, 1, 0), datetime.datetime(2026, 1, 1, 0, 0))
    """
    return _span(text, zone, expression)[0] if text else None


def to_day(text, expression=""):
    """Return (date, precision): ``day``, ``month``, ``year``; (None, None) for nothing.

    >>> to_day("1980-02"), to_day("2026-11-22T23:00:00Z")
    ((datetime.date(1980, 2, 1), 'month'), (datetime.date(2026, 11, 22), 'day'))
    """
    if not text:
        return None, None
    parts = [int(part) for part in _match(text, expression).groups()[:3] if part]
    return _day(parts, expression), ("year", "month", "day")[len(parts) - 1]


def local_day(text, zone, expression=""):
    """Return the calendar day of a date or time in the hospital's zone, None for nothing.

    >>> local_day("2026-11-22T23:00:00Z", "Asia/Shanghai"), local_day("2026-11-22", "UTC")
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 22))
    """
    moment = to_utc(text, zone, expression)
    return local_day_of(moment, zone) if moment else None


def local_day_of(moment, zone):
    """Return the calendar day of a naive UTC moment in a zone."""
    return moment.replace(tzinfo=timezone.utc).astimezone(_zone(zone)).date()


def span(text, zone):
    """Return (first moment, first moment after) of what a search names, naive UTC."""
    try:
        return _span(text, zone, "")
    except Exception:
        raise bad_request("this is not a date: write 2026, 2026-11, 2026-11-22 or a time") from None


def day_span(text):
    """Return (first day, first day after) of what a search names.

    >>> day_span("2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 3, 1))
    """
    try:
        first, precision = to_day(text)
    except Exception:
        raise bad_request("this is not a date: write 2026, 2026-11 or 2026-11-22") from None
    if first is None:
        raise bad_request("the date is empty")
    days = {"day": 1, "month": _month(first), "year": 366 if calendar.isleap(first.year) else 365}
    return first, first + timedelta(days=days[precision])


def split_prefix(text):
    """Return (prefix, rest) of a search value.

    >>> split_prefix("ge2026"), split_prefix("2026")
    (('ge', '2026'), ('eq', '2026'))
    """
    return (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)


def instant(moment, zone="UTC"):
    """Return a naive UTC datetime as FHIR writes it, in the hospital's zone.

    >>> instant(datetime(2026, 11, 22, 1), "Asia/Shanghai"), instant(datetime(2026, 11, 22, 1))
    ('2026-11-22T09:00:00+08:00', '2026-11-22T01:00:00+00:00')
    """
    if not moment:
        return None
    aware = moment.replace(tzinfo=timezone.utc, microsecond=0).astimezone(_zone(zone))
    return aware.isoformat()


def _match(text, expression):
    found = _MOMENT.fullmatch(text)
    if not found:
        raise invalid("this is not a date or time", expression)
    return found


def _day(parts, expression):
    try:
        day = date(*(parts + [1] * (3 - len(parts))))
    except ValueError:
        raise invalid("there is no such day", expression) from None
    if not 1800 <= day.year <= 2200:
        raise invalid("this date is not plausible", expression)
    return day


def _month(day):
    return calendar.monthrange(day.year, day.month)[1]


def _span(text, zone, expression):
    found = _match(text, expression)
    day = _day([int(part) for part in found.groups()[:3] if part], expression)
    if found[4] is None:
        start = datetime(day.year, day.month, day.day)
        first, after = day_span(text)
        end = start + (after - first)
    else:
        try:
            second = min(int(found[6] or 0), 59)  # leap seconds
            start = datetime(day.year, day.month, day.day, int(found[4]), int(found[5]), second)
        except ValueError:
            raise invalid("there is no such time", expression) from None
        end = start + timedelta(seconds=1 if found[6] else 60)
    return _utc(start, found[8], zone), _utc(end, found[8], zone)


def _utc(moment, offset, zone):
    if not offset:
        aware = moment.replace(tzinfo=_zone(zone))
    else:
        aware = datetime.fromisoformat(f"{moment.isoformat()}{offset.replace('Z', '+00:00')}")
    return aware.astimezone(timezone.utc).replace(tzinfo=None)
