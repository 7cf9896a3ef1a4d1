from collections import namedtuple

from odoo import api, models
from odoo.tools import ormcache

from .hcrm_regulation import Situation

#: What every intake asks of a hospital.
Hospital = namedtuple("Hospital", "office_id office_level calendar_id zone_name signature lang")
#: One time limit, as a clock is begun by it.
Limit = namedtuple("Limit", "id duty amount unit starts_on")


class HcrmComplaintHospital(models.AbstractModel):
    """What intake asks of a hospital and its law, kept in memory: it changes a few times a year.

    The models it is read from (desks, packs, time limits, companies, calendars, gateways) empty it
    when a field named here changes: ``hcrm.cached.source.mixin``.
    """

    _name = "hcrm.complaint.hospital"
    _description = "What Intake Asks of a Hospital"

    @api.model
    @ormcache("company_id")
    def _get(self, company_id):
        """Return the ``Hospital`` of a company; its complaint office is made if there is none."""
        # kept for every reader, whatever the first one wished to see
        self = self.with_context(active_test=True)  # noqa: PLW0642
        company = self.env["res.company"].sudo().browse(company_id)
        desks = self.env["hcrm.complaint.desk"].sudo()
        wanted = [("is_office", "=", True), ("company_id", "=", company.id)]
        office = desks.search(wanted, limit=1)
        if not office:
            desks._ensure_offices(company)
            office = desks.search(wanted, limit=1)
        gateway = (
            self.env["hcrm.gateway"]
            .sudo()
            .search([("channel", "=", "sms"), ("company_id", "=", company.id)], limit=1)
        )
        calendar = company.resource_calendar_id
        return Hospital(
            office_id=office.id,
            office_level=office.level,
            calendar_id=calendar.id,
            zone_name=calendar.tz or "UTC",
            signature=gateway._get_signature() or f"【{company.name}】",
            lang=company.partner_id.lang or "zh_CN",
        )

    @api.model
    @ormcache("company_id", "kind", "situation")
    def _get_limits(self, company_id, kind, situation):
        """Return the ``Limit``s that hold for cases of a kind in a situation."""
        self = self.with_context(active_test=True)  # noqa: PLW0642
        company = self.env["res.company"].sudo().browse(company_id)
        pack = self.env["hcrm.complaint.desk"]._find_regulation(company).sudo()
        return tuple(
            Limit(one.id, one.duty, one.amount, one.unit, one.starts_on)
            for one in pack._choose(Situation(kind, situation))
        )
