"""New Year comes to each hospital on its own clock, while people complain."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.complaint.conftest import Line
from tests.complaint.crowd import Crowd, Killer, check_all, check_whole

MIDNIGHT = datetime(2030, 12, 31, 16, tzinfo=UTC)  # in Shanghai; in London it is the afternoon
BEFORE, SPEED = timedelta(hours=3), 3600  # an hour in a second
ZONES = ("Asia/Shanghai", "Europe/London")


class Clock:
    """Passes the New Year of both hospitals while they write."""

    def __init__(self):
        self.begun = time.monotonic()

    def __call__(self):
        """Return the moment it shows, in UTC."""
        now = MIDNIGHT - BEFORE + timedelta(seconds=(time.monotonic() - self.begun) * SPEED)
        return now.strftime("%Y-%m-%d %H:%M:%S")


def _year(moment, zone):
    """Return the year on a hospital's clock, of naive UTC as the database tells it."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return at.astimezone(ZoneInfo(zone)).year


def _check_serials(numbers, digits):
    """Each year counts from 1; what is missing was in the hand of a killed process."""
    by_year = {}
    for year, number in numbers:
        by_year.setdefault(year, []).append(int(number[digits:-1]))
    assert set(by_year) == {2030, 2031}, by_year.keys()
    for year, serials in by_year.items():
        assert len(set(serials)) == len(serials), year
    return by_year


@pytest.mark.soak
def test_the_year_turns_by_each_hospitals_clock(two_hospitals, kannel, smtp_sink, soak):
    """The first of the new year is written by many at once, of whom some are killed."""
    hospital, count = two_hospitals, soak.size(80, 600)
    hospital.begin(kannel, smtp_sink)
    hospital.run(*hospital.intakes)
    crowd = Crowd(hospital, "year", count, soak.seed, forms=0, clock=Clock(), pace=8)
    killer = Killer(hospital, soak.seed, ("intake",), 2)
    cases = check_whole(hospital, crowd, crowd.write(killer))
    check_all(hospital)
    made = _moments(hospital, cases)
    zones = dict(zip(hospital.hospitals, ZONES, strict=True))
    years = []
    for number, (case_id, company) in cases.items():
        year = _year(made[case_id], zones[company])
        assert number.startswith(f"0{year % 100:02}"), (number, made[case_id], company)
        years.append((year, number))
    by_year = _check_serials(years, 3)
    # whoever came first in the new year made its sequence, or died and left it to the next one
    assert min(by_year[2031]) <= 1 + killer.in_hand.total()
    between = sum(
        _year(made[case_id], ZONES[0]) != _year(made[case_id], ZONES[1])
        for case_id, _company in cases.values()
    )
    assert between, "nobody wrote while one hospital had the new year and the other had not"
    accepted = _accept(hospital, cases, zones)
    soak.report(
        "Complaints, New Year",
        cases=len(cases),
        **{f"of_{year}": len(serials) for year, serials in by_year.items()},
        between_both_midnights=between,
        receipts=accepted,
        **killer.told(),
        wrong_year=0,
        twice=0,
    )


def _moments(hospital, cases):
    ids = ",".join(str(case_id) for case_id, _company in cases.values())
    rows = hospital.rows(f"SELECT id, received_at FROM hcrm_complaint WHERE id IN ({ids})")
    return {int(case_id): moment for case_id, moment in rows}


def _accept(hospital, cases, zones):
    """Receipts have a year of their own: that in which the case was accepted."""
    moments = [MIDNIGHT + timedelta(seconds=seconds) for seconds in (-1, 0)]
    line, told = Line(hospital.lines[0]), []
    for turn, (case_id, company) in enumerate(list(cases.values())[:12]):
        at = moments[turn % 2].strftime("%Y-%m-%d %H:%M:%S")
        number = line.ask("accept", case_id=case_id, at=at)["done"]
        assert number.startswith(str(_year(at, zones[company]))), (number, at, company)
        told.append(number)
    line.close()
    assert len(set(told)) == len(told)
    assert len(Counter(number[:4] for number in told)) == 2
    return len(told)
