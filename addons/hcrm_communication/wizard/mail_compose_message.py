from ast import literal_eval

from odoo import models
from odoo.tools import html2plaintext

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.ir_mail_server import PURPOSE_MARK


class MailComposeMessage(models.TransientModel):
    _name = "mail.compose.message"
    _inherit = ["mail.compose.message", "hcrm.composer.mixin"]
    _hcrm = Governance(data_class="wizard")

    def action_send_mail(self):
        """One press of the button writes to many: what for, and in which words."""
        for composer in self.filtered(lambda one: one.composition_mode == "mass_mail"):
            composer._hcrm_check_many(
                html2plaintext(composer.body or "", include_references=False),
                composer.subject,
                "email",
            )
        return super().action_send_mail()

    def _prepare_mail_values(self, res_ids):
        """Each mail of many says what it is for."""
        values = super()._prepare_mail_values(res_ids)
        if self.composition_mode == "mass_mail":
            mark = {PURPOSE_MARK: self._hcrm_get_purpose()}
            for one in values.values():
                one["headers"] = repr({**literal_eval(one.get("headers") or "{}"), **mark})
        return values
