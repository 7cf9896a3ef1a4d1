from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.hcrm_communication.tools import inbound_mail

from ..tools import mail_files

CASES = "hcrm.complaint"


class HcrmInbound(models.Model):
    """What arrives about a case tells who complained, before it has a conversation, too."""

    _name = "hcrm.inbound"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.inbound.sms.mixin", "hcrm.inbound"]

    def _get_case_domain(self):
        service = Domain("message_class", "=", "service")
        talks = service & Domain("conversation_id.is_about_case", "=", True)
        return talks | Domain("answers_id", "any!", [("res_model", "=", CASES)])

    def _get_case_domain_of(self, cases_sudo):
        if not cases_sudo:
            return Domain.FALSE
        talks = cases_sudo.complainant_ids.conversation_id.ids
        about = Domain("res_model", "=", CASES) & Domain("res_id", "in", cases_sudo.ids)
        return Domain("conversation_id", "in", talks) | Domain("answers_id", "any!", about)

    @api.model
    def _take_mail(self, message, message_dict, model=None):
        """Files of an answer hang on who complained; its words follow when it is worked on."""
        taken = super()._take_mail(message, message_dict, model)
        if taken and message_dict.get("attachments"):
            refs = inbound_mail.references(
                *(str(message.get(name) or "") for name in ("References", "In-Reply-To"))
            )
            sent = self.env["hcrm.communication"].search([("ref", "in", refs)], limit=1)
            sender = email_normalize(message_dict.get("email_from") or "")
            if sent.res_model == CASES and sent.address_stored == sender:
                case = self.env[CASES].browse(sent.res_id).exists()
                files, _left = mail_files.take(message_dict["attachments"], guess_mimetype)
                case._create_files([{"files": case._find_new_files(files)}] if case else [])
        return taken

    def _find_all_pages(self):
        """Return the files that came with these messages; under sudo, after a check."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "files_stored"),
                ("res_id", "in", self.ids),
            ]
        )
