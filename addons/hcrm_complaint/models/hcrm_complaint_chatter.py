from odoo import models

from .hcrm_complaint_person_mixin import SHOWN

#: Values of the case that are kept in rows which departments may not write.
PERSON = {*SHOWN, "complainant_phone", "statement_text"}


class HcrmComplaint(models.Model):
    """Whoever is mentioned reads a message whatever the rights on its record say: so nobody but the
    complaint office is mentioned in a case."""

    _inherit = "hcrm.complaint"

    def write(self, vals):
        """Who may not write who complained is told so, not passed over in silence."""
        if not self.env.su and not PERSON.isdisjoint(vals):
            self.env["hcrm.complaint.complainant"].check_access("write")
            self.sudo().complainant_ids.sudo(False).check_access("write")
        return super().write(vals)

    def message_post(self, *, partner_ids=None, **kwargs):
        if partner_ids and kwargs.get("message_type") != "user_notification":
            partner_ids = self._hcrm_keep_office(partner_ids)
        return super().message_post(partner_ids=partner_ids, **kwargs)
