from datetime import datetime, time, timedelta

import pytz

from odoo import models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _hcrm_is_open(self, moment):
        """True while the hospital works at a UTC moment: weekly hours, less holidays.

        A Saturday that is worked for a bridged holiday has the hours of a Monday.
        """
        self.ensure_one()
        zone = pytz.timezone(self.tz or "UTC")
        local = pytz.utc.localize(moment).astimezone(zone)
        day, get_intervals = local.date(), self._work_intervals_batch
        if self.env["hcrm.makeup.day"].sudo().search_count([("date", "=", day)], limit=1):
            day -= timedelta(days=day.weekday())
            get_intervals = self._attendance_intervals_batch
        begin = zone.localize(datetime.combine(day, time.min))
        end = zone.localize(datetime.combine(day, time.max))
        clock = zone.localize(datetime.combine(day, local.time()))
        hours = get_intervals(begin, end, tz=zone)[False]
        return any(start <= clock < stop for start, stop, _meta in hours)
