from base64 import b64encode

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance
from odoo.addons.hcrm_communication.tools import qr_svg

PICTURE = Markup('<img width="220" height="220" alt="QR" src="data:image/svg+xml;base64,%s"/>')


class HcrmComplaintConfirm(models.TransientModel):
    """Let the person confirm what was typed: they read and sign it on a screen, or tell the code
    that was sent to their phone."""

    _name = "hcrm.complaint.confirm"
    _description = "Let a Statement be Confirmed"
    _hcrm = Governance(data_class="wizard")

    confirmation_id = fields.Many2one(
        "hcrm.complaint.confirmation", required=True, readonly=True, ondelete="cascade"
    )
    text = fields.Text(related="confirmation_id.statement_id.text", related_sudo=False)
    sent_to = fields.Char(related="confirmation_id.sent_to", related_sudo=False)
    outcome = fields.Selection(related="confirmation_id.outcome", related_sudo=False)
    qr_html = fields.Html(string="QR code", compute="_compute_page", sanitize=False)
    phone = fields.Char(string="Phone of the person", compute="_compute_page")
    code = fields.Char(string="Code told by the person", size=12)

    @api.depends("confirmation_id")
    def _compute_page(self):
        for one in self:
            asked_sudo = one._get_asked()
            drawn = b64encode(qr_svg.draw(asked_sudo._get_address()).encode()).decode()
            one.qr_html = PICTURE % drawn
            one.phone = asked_sudo._get_masked_phone()

    def _get_asked(self):
        """Return the confirmation under sudo, once it is clear that this user may write down who
        complained."""
        self.ensure_one()
        self.confirmation_id.complaint_id._check_may_confirm()
        return self.confirmation_id.sudo()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Let the person confirm these words"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_show(self):
        """Open the page in a tab of its own, for the person before us."""
        return {
            "type": "ir.actions.act_url",
            "url": self._get_asked()._get_path(),
            "target": "new",
        }

    def action_send(self):
        """Send the code to the person's phone."""
        self._get_asked()._send_code()
        return self._show()

    def action_check(self):
        """Confirm by the code that the person told us."""
        asked_sudo = self._get_asked()
        if not asked_sudo._try_code(self.code) and asked_sudo.outcome != "right":
            raise UserError(
                self.env._("This code is wrong, used or too old. Look again, or send a new one.")
            )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
