"""The day that a stranger writes into a form."""

from datetime import date, datetime, time, timedelta

import pytz

EARLIEST = date(1950, 1, 1)


def read(text, today):
    """Return the day, None if nothing was written; what cannot be is a ``ValueError``.

    The day where the reader sits may have begun already when it has not here.

    >>> today = date(2026, 11, 23)
    >>> read("2026-11-20", today), read(" ", today)
    (datetime.date(2026, 11, 20), None)
    >>> read("20.11.2026", today)
    Traceback (most recent call last):
    ValueError: Invalid isoformat string: '20.11.2026'
    >>> read("2026-12-24", today)
    Traceback (most recent call last):
    ValueError: not yet, or too long ago
    """
    if not (text or "").strip():
        return None
    day = date.fromisoformat(text.strip())
    if not EARLIEST <= day <= today + timedelta(days=1):
        raise ValueError("not yet, or too long ago")
    return day


def noon(day, zone_name):
    """Return noon of a day in a zone, in UTC without a zone: the same day wherever it is read.

    >>> noon(date(2026, 11, 20), "Asia/Shanghai")
    datetime.datetime(2026, 11, 20, 4, 0)
    """
    zone = pytz.timezone(zone_name)
    local = zone.localize(datetime.combine(day, time(12)))
    return local.astimezone(pytz.utc).replace(tzinfo=None)
