"""Deadlines in working days."""

from bisect import bisect_right
from datetime import timedelta


def deadlines(workdays, first, last, count):
    """Return {day: last day in time} for each day from ``first`` to ``last``.

    The day of the event does not count; time is over when the ``count``-th working day after it is
    over. ``workdays`` are the dates on which is worked, in any order; a day for which they do not
    reach far enough is left out.

    >>> from datetime import date
    >>> week = [date(2026, 3, day) for day in (2, 3, 4, 5, 6, 9, 10)]
    >>> found = deadlines(week, date(2026, 3, 5), date(2026, 3, 7), 2)
    >>> [str(found[day]) for day in sorted(found)]
    ['2026-03-09', '2026-03-10', '2026-03-10']
    """
    ordered = sorted(set(workdays))
    found = {}
    day = first
    while day <= last:
        position = bisect_right(ordered, day) + count - 1
        if position < len(ordered):
            found[day] = ordered[position]
        day += timedelta(days=1)
    return found
