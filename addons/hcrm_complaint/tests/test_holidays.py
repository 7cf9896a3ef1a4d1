import random
from datetime import date, datetime, timedelta

import chinese_calendar

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..tools import clocks, holidays
from .common import ComplaintCase

FIRST, LAST = date(2022, 1, 1), date(2026, 12, 31)


@tagged("post_install", "-at_install")
class TestHolidays(ComplaintCase):
    """The hospital's own calendar beside an independent library: every day of five years."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["hcrm.makeup.day"].search([]).unlink()
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "门诊", "tz": "Asia/Shanghai", "company_id": cls.company.id}
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.office.regulation_id = cls.env.ref("hcrm_complaint.regulation_cn_standard")

    def _count(self):
        return self.env["resource.calendar.leaves"].search_count(
            [("calendar_id", "=", self.calendar.id)]
        ), self.env["hcrm.makeup.day"].search_count([])

    def test_every_day_of_five_years(self):
        self.calendar._hcrm_load_holidays()
        found = self.calendar._hcrm_workdays(FIRST, LAST)
        span = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
        expected = {day for day in span if chinese_calendar.is_workday(day)}
        self.assertEqual(sorted(found ^ expected), [])

    def test_clocks_of_cases_with_pauses(self):
        """Deadlines as the database keeps them, against a clerk who counts day by day."""
        self.calendar._hcrm_load_holidays()
        dice, zone = random.Random(7), self.calendar._hcrm_zone()
        for _turn in range(40):
            at = datetime(dice.randint(2022, 2025), dice.randint(1, 12), dice.randint(1, 28))
            at += timedelta(hours=dice.randint(0, 23))
            day = clocks.local_day(at, zone)
            case = self._complain(received_at=at, is_history=True).sudo()
            since = at + timedelta(days=dice.randint(0, 3))
            until = since + timedelta(days=dice.randint(0, 12))
            answer = case.clock_ids.filtered(lambda one: one.duty == "answer")
            stands = since <= answer.due_at
            case.with_context(hcrm_complaint_at=since)._stop_clocks("等病历")
            case.with_context(hcrm_complaint_at=until)._restart_clocks()
            begin, end = (clocks.local_day(moment, zone) for moment in (since, until))
            with self.subTest(received=at, since=since, until=until):
                expected = self._walk(day, 5, begin, end if stands else begin)
                self.assertEqual(clocks.local_day(answer.due_at, zone), expected)

    def _walk(self, day, amount, begin, end):
        """Count day by day; a working day on which we waited at its end does not count."""
        left = amount
        while left:
            day += timedelta(days=1)
            left -= chinese_calendar.is_workday(day) and not begin < day <= end
        return day

    def test_entered_once(self):
        spans, days = len(holidays.days_off()), len(holidays.made_up())
        self.assertEqual(self.calendar._hcrm_load_holidays(), spans)
        self.assertEqual(self._count(), (spans, days))
        self.assertEqual(self.calendar._hcrm_load_holidays(), 0)
        self.assertEqual(self._count(), (spans, days))

    def test_what_somebody_entered_stays(self):
        mine = self.env["resource.calendar.leaves"].create(
            {
                "name": "国庆（本院）",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2025, 9, 30, 16),
                "date_to": datetime(2025, 10, 4, 16),
            }
        )
        self.assertEqual(self.calendar._hcrm_load_holidays(), len(holidays.days_off()) - 1)
        self.assertEqual(mine.date_to, datetime(2025, 10, 4, 16))

    def test_only_the_administrator(self):
        with self.assertRaises(AccessError):
            self.calendar.with_user(self.users["officer"]).action_load_holidays()
        told = self.calendar.with_user(self.users["hcrm_admin"]).action_load_holidays()
        self.assertIn("2026", told["params"]["message"])
