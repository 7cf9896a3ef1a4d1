"""When a duty is due: hours, calendar days, months or working days, and the time waited.

Counting begins on the day after the event; a day that is due is due until it is over, on the
hospital's own clock. Working days are dates that the caller knows (holidays left out, made-up
Saturdays among them), so these rules hold in every country.
"""

from datetime import datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo.addons.hcrm_base.tools import workdays as working

HOURS, DAYS, WORKING_DAYS, MONTHS = "hours", "days", "working_days", "months"
UNITS = (HOURS, DAYS, WORKING_DAYS, MONTHS)


def local_day(moment, zone):
    """Return the date of a naive UTC moment in a pytz zone.

    >>> local_day(datetime(2025, 9, 29, 17, 30), pytz.timezone("Asia/Shanghai"))
    datetime.date(2025, 9, 30)
    """
    return pytz.utc.localize(moment).astimezone(zone).date()


def end_of_day(day, zone):
    """Return the last second of a local day in naive UTC.

    >>> from datetime import date
    >>> end_of_day(date(2025, 10, 13), pytz.timezone("Asia/Shanghai"))
    datetime.datetime(2025, 10, 13, 15, 59, 59)
    """
    midnight = datetime.combine(day + timedelta(days=1), time.min)
    moment = zone.localize(midnight, is_dst=False).astimezone(pytz.utc)
    return moment.replace(tzinfo=None) - timedelta(seconds=1)


def due(started, amount, unit, zone, workdays=(), waited=0):
    """Return the naive UTC moment until which a duty is done in time.

    :param started: naive UTC
    :param workdays: dates on which is worked, reaching far enough (``horizon``)
    :param waited: what pauses add: seconds for hours, else days of the unit's kind (calendar days
        for months)

    The vectors of the Chinese national holiday of 2025:

    >>> from datetime import date
    >>> zone = pytz.timezone("Asia/Shanghai")
    >>> october = (9, 10, 11, 13, 14, 15, 16, 17, 20)
    >>> days = [date(2025, 9, 30), *(date(2025, 10, day) for day in october)]
    >>> str(due(datetime(2025, 9, 29, 1), 5, WORKING_DAYS, zone, days))[:10]
    '2025-10-13'
    >>> str(due(datetime(2025, 9, 29, 1), 10, WORKING_DAYS, zone, days))[:10]
    '2025-10-20'
    >>> due(datetime(2025, 9, 29, 1), 24, HOURS, zone, waited=3600)
    datetime.datetime(2025, 9, 30, 2, 0)
    >>> str(due(datetime(2025, 8, 30, 1), 6, MONTHS, zone))[:10]
    '2026-02-28'
    >>> str(due(datetime(2025, 8, 30, 1), 7, DAYS, zone, waited=2))[:10]
    '2025-09-08'
    """
    if unit == HOURS:
        return started + timedelta(hours=amount, seconds=waited)
    day = local_day(started, zone)
    if unit == WORKING_DAYS:
        return end_of_day(working.add(day, amount + waited, workdays), zone)
    if unit == MONTHS:
        return end_of_day(day + relativedelta(months=amount) + timedelta(days=waited), zone)
    return end_of_day(day + timedelta(days=amount + waited), zone)


def waited(since, until, unit, zone, workdays=()):
    """Return what a pause adds to a duty of this unit, as ``due`` takes it.

    >>> from datetime import date
    >>> zone, week = pytz.utc, [date(2026, 3, day) for day in (2, 3, 4, 5, 6, 9)]
    >>> waited(datetime(2026, 3, 5, 9), datetime(2026, 3, 9, 9), WORKING_DAYS, zone, week)
    2
    >>> waited(datetime(2026, 3, 5, 9), datetime(2026, 3, 9, 9), DAYS, zone)
    4
    >>> waited(datetime(2026, 3, 5, 9), datetime(2026, 3, 5, 10), HOURS, zone)
    3600
    """
    if unit == HOURS:
        return int((until - since).total_seconds())
    first, last = local_day(since, zone), local_day(until, zone)
    if unit == WORKING_DAYS:
        return working.count(first, last, workdays)
    return (last - first).days


def horizon(day, amount, waited=0):
    """Return a day by which so many working days are surely over, holidays included.

    >>> from datetime import date
    >>> horizon(date(2026, 1, 1), 10, 5) >= date(2026, 2, 15)
    True
    """
    return working.horizon(day, amount + waited)


def is_stricter(amount, unit, law_amount, law_unit):
    """True if a hospital's own time never ends after the law's.

    Different units are compared only where no calendar can turn them round: hours with days (a
    day that is due is due until it is over), days with working days and with months.

    >>> is_stricter(3, WORKING_DAYS, 5, WORKING_DAYS), is_stricter(7, WORKING_DAYS, 5, WORKING_DAYS)
    (True, False)
    >>> is_stricter(48, HOURS, 2, DAYS), is_stricter(49, HOURS, 2, DAYS)
    (True, False)
    >>> is_stricter(5, DAYS, 5, WORKING_DAYS), is_stricter(5, WORKING_DAYS, 7, DAYS)
    (True, False)
    >>> is_stricter(168, DAYS, 6, MONTHS), is_stricter(186, DAYS, 6, MONTHS)
    (True, False)
    """
    if unit == law_unit:
        return amount <= law_amount
    least = {HOURS: law_amount / 24, DAYS: law_amount, WORKING_DAYS: law_amount}
    allowed = least.get(law_unit, law_amount * 28)
    return unit in (HOURS, DAYS) and (amount / 24 if unit == HOURS else amount) <= allowed
