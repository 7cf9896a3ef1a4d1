from odoo import api, models


class HcrmLetterRenderer(models.AbstractModel):
    """Answers leave as letters of the hospital with head, number and seal, not as plain ones."""

    _inherit = "hcrm.letter.renderer"

    @api.model
    def _prepare_letter(self, message_sudo):
        letter = super()._prepare_letter(message_sudo)
        if message_sudo.res_model != "hcrm.complaint":
            return letter
        answers = self.env["hcrm.complaint.answer"].sudo()
        found = answers._find_by_keys(message_sudo).get(message_sudo)
        return letter | {"official": found._prepare_official()} if found else letter
