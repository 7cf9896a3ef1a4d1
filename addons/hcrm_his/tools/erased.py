"""News about a number that was erased: is it about who was erased, or did somebody come back?"""

from datetime import datetime, time

#: When a fact happened, by the name of its date.
DATES = (
    "observed_at", "charged_at", "recorded_at", "starts_at", "started_at", "given_on", "start_date",
)  # fmt: skip


def is_about_the_erased(event_time, erased_at, visit_begin, fact_times, is_known_again):
    """True for news that must not bring an erased person back.

    A person who comes for a visit, an examination or by booking after the erasure is a new
    customer; older news, and news of the master file alone, is about who was erased.

    :param event_time: when the source knew this
    :param visit_begin: when the visit began, or None where the message tells of none
    :param fact_times: when the facts happened
    :param is_known_again: somebody who came back has this number already

    >>> erased, before, after = datetime(2026, 5, 1), datetime(2026, 4, 1), datetime(2026, 6, 1)
    >>> is_about_the_erased(before, erased, before, [], True)
    True
    >>> is_about_the_erased(after, erased, after, [], False)
    False
    >>> is_about_the_erased(after, erased, before, [], True)
    True
    >>> is_about_the_erased(after, erased, None, [], False)
    True
    >>> is_about_the_erased(after, erased, None, [], True)
    False
    >>> is_about_the_erased(after, erased, None, [after], False)
    False
    """
    if event_time <= erased_at:
        return True
    times = [visit_begin] if visit_begin else list(fact_times)
    if times:
        return any(moment <= erased_at for moment in times)
    return not is_known_again


def fact_time(values, event_time):
    """Return when a fact happened, as a moment; the event's time where it does not say.

    >>> from datetime import date
    >>> fact_time({"given_on": date(2026, 5, 1)}, None), fact_time({}, datetime(2026, 5, 2))
    (datetime.datetime(2026, 5, 1, 0, 0), datetime.datetime(2026, 5, 2, 0, 0))
    """
    for name in DATES:
        day = values.get(name)
        if day:
            return day if isinstance(day, datetime) else datetime.combine(day, time.min)
    return event_time
