from ast import literal_eval

from lxml import html

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.hcrm_road import for_purpose, given_purpose
from ..models.ir_mail_server import PURPOSE_MARK


class MailComposeMessage(models.TransientModel):
    _name = "mail.compose.message"
    _inherit = ["mail.compose.message", "hcrm.composer.mixin"]
    _hcrm = Governance(data_class="wizard")

    def action_send_mail(self):
        """One press of the button writes to many: what for, and in which words."""
        many = self.filtered(lambda composer: composer.composition_mode == "mass_mail")
        for composer in many:
            composer._hcrm_check_many(composer._hcrm_get_words(), composer.subject, "email")
            with for_purpose(composer._hcrm_get_purpose()):
                super(MailComposeMessage, composer).action_send_mail()
        (self - many)._hcrm_check_comments()
        return super(MailComposeMessage, self - many).action_send_mail()

    def _hcrm_get_words(self):
        """Return what is read, behind the addresses to which its links lead."""
        links = html.fromstring(f"<div>{self.body or ''}</div>").xpath("//@href")
        return "\n".join([*links, html2plaintext(self.body or "", include_references=False)])

    def _hcrm_check_comments(self):
        """Comments bear no purpose: on several records at once only notes for colleagues go."""
        for composer in self:
            is_note = composer.subtype_is_log and not (composer.partner_ids or composer.template_id)
            if composer.composition_batch and not is_note:
                raise UserError(
                    self.env._(
                        "This goes to several records at once: write an e-mail to many instead, "
                        "from the list, and choose there what it is sent as."
                    )
                )

    def _prepare_mail_values(self, res_ids):
        """Each mail of many says what a person sends it for; programs write as they did."""
        values = super()._prepare_mail_values(res_ids)
        if self.composition_mode == "mass_mail" and given_purpose():
            mark = {PURPOSE_MARK: given_purpose()}
            for one in values.values():
                one["headers"] = repr({**literal_eval(one.get("headers") or "{}"), **mark})
        return values
