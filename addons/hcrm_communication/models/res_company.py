from odoo import models

from ..tools.zones import first_known
from .outbox_sms_api import OutboxSmsApi


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_sms_api_class(self):
        """All SMS leave by the hospital's own gateways."""
        self.ensure_one()
        return OutboxSmsApi

    def _hcrm_zone(self):
        """Return the hospital's time zone, as ``contact_persons_sql.zones`` finds it."""
        self.ensure_one()
        working = self.resource_calendar_id.tz
        return first_known(self.partner_id.tz, working != "UTC" and working)
