from pytz import timezone

from odoo import models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _hcrm_zone(self):
        """Return the pytz zone in which days of this calendar begin."""
        return timezone(self.tz or "UTC")
