"""When a number that was not reached is called again."""

from datetime import datetime, time, timedelta

import pytz


def next_try(now, minutes, zone, opens, closes):
    """Return the moment of the next call (naive UTC): so many minutes later, within the hours in
    which calls are made; what falls outside waits until they begin.

    >>> morning = datetime(2026, 11, 23, 2, 0)  # 10:00 in Shanghai
    >>> str(next_try(morning, 180, "Asia/Shanghai", 9.0, 20.0))
    '2026-11-23 05:00:00'
    >>> str(next_try(morning, 660, "Asia/Shanghai", 9.0, 20.0))  # 21:00: too late
    '2026-11-24 01:00:00'
    >>> str(next_try(morning, 20 * 60, "Asia/Shanghai", 9.5, 20.0))  # 6:00 next day: too early
    '2026-11-24 01:30:00'
    """
    local_zone = pytz.timezone(zone)
    local = pytz.utc.localize(now + timedelta(minutes=minutes)).astimezone(local_zone)
    begins, ends = _clock(opens), _clock(closes)
    day = local.date()
    if local.time() >= ends:
        day, local = day + timedelta(days=1), None
    if local is None or local.time() < begins:
        local = local_zone.localize(datetime.combine(day, begins))
    return local.astimezone(pytz.utc).replace(tzinfo=None)


def _clock(hours):
    minutes = min(round(hours * 60), 24 * 60 - 1)
    return time(minutes // 60, minutes % 60)
