from datetime import date, datetime

from odoo.tests import tagged

from .common import HcrmCommon

MONDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 28)


@tagged("post_install", "-at_install")
class TestWorkdays(HcrmCommon):
    """Working days are kept in memory: whatever changes them is seen at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.company.resource_calendar_id
        cls.calendar.tz = "Asia/Shanghai"

    def _is_worked(self, day):
        return day in self.calendar._hcrm_workdays(day, day)

    def test_a_holiday_that_comes_moves_and_goes(self):
        self.assertTrue(self._is_worked(MONDAY))
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "A day off",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 11, 22, 16),
                "date_to": datetime(2026, 11, 23, 15, 59, 59),
            }
        )
        self.assertFalse(self._is_worked(MONDAY))
        holiday.write(
            {
                "date_from": datetime(2026, 11, 23, 16),
                "date_to": datetime(2026, 11, 24, 15, 59, 59),
            }
        )
        self.assertTrue(self._is_worked(MONDAY))
        self.assertFalse(self._is_worked(date(2026, 11, 24)))
        holiday.unlink()
        self.assertTrue(self._is_worked(date(2026, 11, 24)))

    def test_a_made_up_day(self):
        self.assertFalse(self._is_worked(SATURDAY))
        day = self.env["hcrm.makeup.day"].create({"date": SATURDAY, "name": "Made up"})
        self.assertTrue(self._is_worked(SATURDAY))
        day.unlink()
        self.assertFalse(self._is_worked(SATURDAY))

    def test_weekly_hours_and_zone(self):
        mondays = self.calendar.attendance_ids.filtered(lambda one: one.dayofweek == "0")
        mondays.write({"dayofweek": "5"})
        self.assertFalse(self._is_worked(MONDAY))
        self.assertTrue(self._is_worked(SATURDAY))
        self.calendar.attendance_ids.filtered(lambda one: one.dayofweek == "5").unlink()
        self.assertFalse(self._is_worked(SATURDAY))

    def test_a_holiday_of_another_hospital_is_none_here(self):
        other = self.env["res.company"].create({"name": "East campus"})
        self.calendar.company_id = self.company
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Their day off",
                "date_from": datetime(2026, 11, 22, 16),
                "date_to": datetime(2026, 11, 23, 15, 59, 59),
            }
        )
        self.assertFalse(self._is_worked(MONDAY))
        holiday.company_id = other
        self.assertTrue(self._is_worked(MONDAY))

    def test_leave_of_one_employee_is_nobody_elses(self):
        resource = self.env["resource.resource"].create(
            {"name": "Nurse", "calendar_id": self.calendar.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Leave",
                "resource_id": resource.id,
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 11, 22, 16),
                "date_to": datetime(2026, 11, 23, 15, 59, 59),
            }
        )
        self.assertTrue(self._is_worked(MONDAY))
