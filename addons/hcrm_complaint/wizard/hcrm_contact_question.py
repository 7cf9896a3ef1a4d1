from odoo import models


class HcrmContactQuestion(models.TransientModel):
    """Of a closed file other reasons are hidden, and this one still."""

    _inherit = "hcrm.contact.question"

    def _get_hidden_codes(self):
        hidden = super()._get_hidden_codes()
        return hidden if self.env.user._hcrm_is_complaint_office() else hidden | {"complaint"}
