"""Which days and hours are busy. Local time is China's: UTC+8, no summer time."""

from bisect import bisect
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from .dice import Weighted
from .disease_tables import SEASONS

UTC_OFFSET = timedelta(hours=8)
WEEKDAYS = (1.35, 1.15, 1.1, 1.05, 1.1, 0.6, 0.4)
SPRING_FESTIVAL = {
    2023: date(2023, 1, 22), 2024: date(2024, 2, 10), 2025: date(2025, 1, 29),
    2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2028: date(2028, 1, 26),
    2029: date(2029, 2, 13), 2030: date(2030, 2, 3),
}  # fmt: skip
CLINIC_HOURS = Weighted({8: 9, 9: 12, 10: 11, 11: 6, 13: 6, 14: 9, 15: 8, 16: 5}.items())
EMERGENCY_HOURS = Weighted(
    (hour, 1 + 2.2 * (18 <= hour <= 23) + 0.8 * (8 <= hour < 18)) for hour in range(24)
)


def is_holiday(day):
    festival = SPRING_FESTIVAL.get(day.year)
    if festival and -1 <= (day - festival).days <= 6:
        return True
    return (day.month == 10 and day.day <= 7) or (day.month == 5 and day.day <= 3)


def utc(local):
    return local - UTC_OFFSET


class Almanac:
    """The days from ``first`` to ``last``, each with its weight by season."""

    def __init__(self, first, last):
        self.first, self.last = first, last
        self.days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        self.years = len(self.days) / 365.2425
        clinic = [WEEKDAYS[day.weekday()] * (0.25 if is_holiday(day) else 1) for day in self.days]
        self._clinic = list(accumulate(clinic))
        self._any = {
            season: list(accumulate(months[day.month - 1] for day in self.days))
            for season, months in SEASONS.items()
        }
        self._work = {
            season: list(
                accumulate(months[d.month - 1] * w for d, w in zip(self.days, clinic, strict=True))
            )
            for season, months in SEASONS.items()
        }

    def day(self, dice, season, at_any_time=False):
        """Return a day of the season; ``at_any_time``: emergencies know no weekend."""
        steps = (self._any if at_any_time else self._work)[season]
        return self.days[bisect(steps, dice.random() * steps[-1])]

    def season_share(self, season):
        """Return the weight of a season over this period, 1 for a year."""
        return self._any[season][-1] / 365.2425

    @staticmethod
    def work_day(day):
        """Return ``day`` or the next day on which clinics are open."""
        while day.weekday() > 4 or is_holiday(day):
            day += timedelta(days=1)
        return day


def clinic_time(dice, day):
    """Return a slot of the clinic in local time: each slot is five minutes."""
    return datetime.combine(day, time(CLINIC_HOURS.pick(dice), 5 * dice.between(0, 11)))


def emergency_time(dice, day):
    return datetime.combine(day, time(EMERGENCY_HOURS.pick(dice), dice.between(0, 59)))
