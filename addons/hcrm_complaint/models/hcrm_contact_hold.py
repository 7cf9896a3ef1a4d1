from odoo import models
from odoo.fields import Domain


class HcrmContactHold(models.Model):
    """That advertising leaves somebody alone for a complaint tells that they complained."""

    _name = "hcrm.contact.hold"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.contact.hold"]

    def _get_case_domain(self):
        return Domain("code", "=", "complaint")

    def _get_case_domain_of(self, cases_sudo):
        about = Domain("res_model", "=", "hcrm.complaint")
        return about & Domain("res_id", "in", cases_sudo.ids) if cases_sudo else Domain.FALSE
