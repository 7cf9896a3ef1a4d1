"""When a segment is refreshed next."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

STEPS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
}
CADENCES = ("manual", *STEPS, "monthly")


def next_due(previous, now, cadence):
    """Return the first due time after ``now`` that keeps the time of day of ``previous``.

    >>> from datetime import datetime
    >>> night = datetime(2026, 1, 31, 18, 30)
    >>> next_due(night, datetime(2026, 1, 31, 19), "daily")
    datetime.datetime(2026, 2, 1, 18, 30)
    >>> next_due(night, datetime(2026, 3, 5), "weekly")  # refreshes that were missed stay missed
    datetime.datetime(2026, 3, 7, 18, 30)
    >>> next_due(night, datetime(2026, 2, 28, 19), "monthly")
    datetime.datetime(2026, 3, 31, 18, 30)
    >>> next_due(None, night, "hourly")
    datetime.datetime(2026, 1, 31, 19, 30)
    >>> next_due(datetime(2026, 3, 1), night, "daily")  # not yet due: it stays
    datetime.datetime(2026, 3, 1, 0, 0)
    >>> next_due(night, night, "manual") is None
    True
    """
    if cadence == "manual":
        return None
    start = previous or now
    if start > now:
        return start
    if step := STEPS.get(cadence):
        return start + step * ((now - start) // step + 1)
    months = (now.year - start.year) * 12 + now.month - start.month
    due = start + relativedelta(months=months)
    return due if due > now else start + relativedelta(months=months + 1)
