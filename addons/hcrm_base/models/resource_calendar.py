from datetime import datetime, time, timedelta

from pytz import timezone

from odoo import fields, models

from ..tools import workdays as workday_tools


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _hcrm_workdays(self, first, last):
        """Return the working days from ``first`` to ``last``: no holidays, but made-up days.

        Odoo's calendars know weekly hours and holidays; the Saturdays on which China works for a
        bridged holiday are in ``hcrm.makeup.day``. Without a calendar, Monday to Friday.
        """
        if self:
            zone = timezone(self.tz or "UTC")
            begin = zone.localize(datetime.combine(first, time.min))
            end = zone.localize(datetime.combine(last + timedelta(days=1), time.min))
            intervals = self._work_intervals_batch(begin, end, tz=zone)[False]
            days = {start.astimezone(zone).date() for start, _stop, _meta in intervals}
        else:
            span = (first + timedelta(days=step) for step in range((last - first).days + 1))
            days = {day for day in span if day.weekday() < 5}
        makeups = self.env["hcrm.makeup.day"].sudo()
        return days | set(
            makeups.search([("date", ">=", first), ("date", "<=", last)]).mapped("date")
        )

    def _hcrm_count_workdays(self, after, until):
        """Return how many working days lie after the one day, the other included."""
        if until <= after:
            return 0
        return workday_tools.count(after, until, self._hcrm_workdays(after, until))

    def _hcrm_local_date(self, moment):
        """Return the day of a UTC moment in the time zone of this calendar."""
        return fields.Datetime.context_timestamp(
            self.with_context(tz=self.tz or "UTC"), moment
        ).date()
