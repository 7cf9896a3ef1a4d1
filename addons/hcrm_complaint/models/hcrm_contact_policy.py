from odoo import api, models


class HcrmContactPolicy(models.AbstractModel):
    _inherit = "hcrm.contact.policy"

    @api.model
    def _hidden_codes(self):
        """That somebody complained is a reason for the complaint office's eyes."""
        hidden = super()._hidden_codes()
        if not self.env.user._hcrm_is_complaint_office():
            hidden = hidden | {"complaint"}
        return hidden
