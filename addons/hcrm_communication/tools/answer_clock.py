"""Deadlines in working hours: time runs while somebody is at work, and stands else. No ORM."""

from datetime import timedelta


def add(moment, minutes, periods):
    """Return when so many working minutes after ``moment`` are over.

    :param periods: (begin, end) of working time in order, reaching far enough; where they end
        before, the end of the last is the answer, and ``moment`` itself where there are none

    >>> from datetime import datetime as at
    >>> day = [(at(2026, 3, 2, 8), at(2026, 3, 2, 12)), (at(2026, 3, 3, 8), at(2026, 3, 3, 12))]
    >>> add(at(2026, 3, 2, 11), 120, day)
    datetime.datetime(2026, 3, 3, 9, 0)
    >>> add(at(2026, 3, 1, 23), 240, day), add(at(2026, 3, 2, 9), 0, [])
    (datetime.datetime(2026, 3, 2, 12, 0), datetime.datetime(2026, 3, 2, 9, 0))
    """
    left, last = timedelta(minutes=minutes), moment
    for begin, end in periods:
        begin = max(begin, moment)
        if end <= begin:
            continue
        last = end
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return last


def count(begin, end, periods):
    """Return how many working minutes lie between two moments.

    >>> from datetime import datetime as at
    >>> day = [(at(2026, 3, 2, 8), at(2026, 3, 2, 12)), (at(2026, 3, 3, 8), at(2026, 3, 3, 12))]
    >>> count(at(2026, 3, 2, 11), at(2026, 3, 3, 9), day)
    120
    >>> count(at(2026, 3, 4), at(2026, 3, 1), day)
    0
    """
    seconds = sum(
        (min(last, end) - max(first, begin)).total_seconds()
        for first, last in periods
        if min(last, end) > max(first, begin)
    )
    return int(seconds // 60)


def merge(periods):
    """Return periods in order, those that touch joined.

    >>> merge([(3, 5), (1, 2), (2, 3), (7, 8)])
    [(1, 5), (7, 8)]
    """
    merged = []
    for begin, end in sorted(periods):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged
