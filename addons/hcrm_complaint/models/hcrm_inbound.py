from odoo import api, models
from odoo.tools import email_normalize
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.hcrm_communication.tools import inbound_mail

from ..tools import mail_files


class HcrmInbound(models.Model):
    _inherit = "hcrm.inbound"  # pylint: disable=consider-merging-classes-inherited

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
            if sent.res_model == "hcrm.complaint" and sent.address_stored == sender:
                case = self.env["hcrm.complaint"].browse(sent.res_id).exists()
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
