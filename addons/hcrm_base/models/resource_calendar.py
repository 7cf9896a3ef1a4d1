from datetime import date, datetime, time, timedelta

from pytz import timezone

from odoo import fields, models
from odoo.tools import ormcache

from ..tools import workdays as workday_tools


class ResourceCalendar(models.Model):
    _name = "resource.calendar"
    _inherit = ["resource.calendar", "hcrm.cached.source.mixin"]

    def _hcrm_workdays(self, first, last):
        """Return the working days from ``first`` to ``last``: no holidays, but made-up days.

        Odoo's calendars know weekly hours and holidays; the Saturdays on which China works for a
        bridged holiday are in ``hcrm.makeup.day``. Without a calendar, Monday to Friday.
        """
        return {
            day
            for year in range(first.year, last.year + 1)
            for day in self._hcrm_workdays_of(year)
            if first <= day <= last
        }

    @ormcache("self.id", "year")
    def _hcrm_workdays_of(self, year):
        """Return the working days of a year: read by every deadline, changed a few times a year."""
        first, last = date(year, 1, 1), date(year, 12, 31)
        calendar_sudo = self.sudo()  # kept for every reader, whatever the first one may see
        if calendar_sudo:
            zone = timezone(calendar_sudo.tz or "UTC")
            begin = zone.localize(datetime.combine(first, time.min))
            end = zone.localize(datetime.combine(last + timedelta(days=1), time.min))
            leaves = [("time_type", "=", "leave")]
            if calendar_sudo.company_id:  # a holiday of all calendars is one of its hospital alone
                leaves.append(("company_id", "in", (False, calendar_sudo.company_id.id)))
            intervals = calendar_sudo._work_intervals_batch(begin, end, domain=leaves, tz=zone)[
                False
            ]
            days = {start.astimezone(zone).date() for start, _stop, _meta in intervals}
        else:
            span = (first + timedelta(days=step) for step in range((last - first).days + 1))
            days = {day for day in span if day.weekday() < 5}
        makeups = self.env["hcrm.makeup.day"].sudo()
        found = makeups.search([("date", ">=", first), ("date", "<=", last)])
        days |= set(found.mapped("date"))
        return tuple(sorted(days))

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
