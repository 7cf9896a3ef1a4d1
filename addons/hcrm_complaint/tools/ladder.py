"""When a case climbs the ladder by the clock: a share of a duty's time, or too long on a rung."""

from . import clocks


def alarm(started, amount, unit, share, zone, *, due_at, workdays=(), waited=0):
    """Return the naive UTC moment at which ``share`` percent of a duty's time are used up.

    Days are used up when they are over, so that what is left is whole days: of five working days
    four are gone at the end of the fourth, not in the middle of a holiday.

    >>> from datetime import date, datetime
    >>> import pytz
    >>> zone = pytz.timezone("Asia/Shanghai")
    >>> days = [date(2025, 9, 30), *(date(2025, 10, d) for d in (9, 10, 11, 13, 14))]
    >>> received, due_at = datetime(2025, 9, 29, 1), datetime(2025, 10, 13, 15, 59, 59)
    >>> str(alarm(received, 5, "working_days", 80, zone, due_at=due_at, workdays=days))
    '2025-10-11 15:59:59'
    >>> str(alarm(received, 5, "working_days", 80, zone, due_at=due_at, workdays=days, waited=1))
    '2025-10-13 15:59:59'
    >>> str(alarm(received, 48, "hours", 50, zone, due_at=due_at))
    '2025-09-30 01:00:00'
    >>> str(alarm(received, 48, "hours", 50, zone, due_at=due_at, waited=3600))
    '2025-09-30 02:00:00'
    >>> str(alarm(datetime(2026, 1, 1), 6, "months", 50, zone, due_at=datetime(2026, 7, 1)))
    '2026-04-01 12:00:00'

    Never after the deadline itself:

    >>> alarm(received, 1, "days", 100, zone, due_at=received)
    datetime.datetime(2025, 9, 29, 1, 0)
    """
    if unit == clocks.MONTHS:
        moment = started + (due_at - started) * share / 100
    elif unit == clocks.HOURS:
        moment = clocks.due(started, amount * share / 100, unit, zone, waited=waited)
    else:
        moment = clocks.due(started, amount * share // 100, unit, zone, workdays, waited)
    return min(moment, due_at)


def overlap(pauses, since, until):
    """Return the parts of pauses (since, until or None) that lie between two moments.

    >>> overlap([(1, 3), (5, None), (9, 11)], 2, 10)
    [(2, 3), (5, 10), (9, 10)]
    >>> overlap([(1, 2)], 4, 10)
    []
    """
    cut = [(max(begin, since), min(end or until, until)) for begin, end in pauses]
    return [(begin, end) for begin, end in cut if begin < end]
