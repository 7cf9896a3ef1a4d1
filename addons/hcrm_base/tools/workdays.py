"""Deadlines in working days: the day of the event does not count, the last day does."""

from bisect import bisect_right
from datetime import timedelta

#: How far ahead a deadline is looked for, in days per working day.
HORIZON = 3


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


def add(day, count, workdays):
    """Return the day on which ``count`` working days after ``day`` are over.

    :param workdays: the working days of a long enough time from ``day`` on; where they end before,
        the last of them is the answer, and ``day`` itself where there are none

    The national holiday of 2025, 11 October made up for:

    >>> from datetime import date
    >>> october = [date(2025, 9, 30), *(date(2025, 10, d) for d in (9, 10, 11, 13, 14, 15, 16, 17))]
    >>> add(date(2025, 9, 29), 5, october)
    datetime.date(2025, 10, 13)
    >>> add(date(2025, 9, 29), 0, october)
    datetime.date(2025, 9, 29)
    """
    if count <= 0:
        return day
    later = sorted(one for one in workdays if one > day)
    return later[min(count, len(later)) - 1] if later else day


def count(after, until, workdays):
    """Return how many working days lie after the one day, the other included.

    >>> from datetime import date
    >>> week = [date(2026, 3, day) for day in (2, 3, 4, 5, 6)]
    >>> count(date(2026, 3, 2), date(2026, 3, 4), week)
    2
    >>> count(date(2026, 3, 4), date(2026, 3, 4), week)
    0
    """
    return sum(after < day <= until for day in workdays)


def horizon(day, count):
    """Return a day by which ``count`` working days are surely over, holidays included.

    >>> from datetime import date
    >>> horizon(date(2026, 1, 1), 15)
    datetime.date(2026, 3, 17)
    """
    return day + timedelta(days=HORIZON * count + 30)
