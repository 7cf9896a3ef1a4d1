from odoo import api, models


class HcrmContactReasonMixin(models.AbstractModel):
    """That somebody complained is told as "a rule for messages" to all but the office.

    On the mixin: reasons that are kept where others read them are worded by it, not by the policy.
    """

    _inherit = "hcrm.contact.reason.mixin"

    @api.model
    def _hidden_codes(self):
        hidden = super()._hidden_codes()
        return hidden if self.env.user._hcrm_is_complaint_office() else hidden | {"complaint"}
