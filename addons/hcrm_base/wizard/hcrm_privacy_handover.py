from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.governance import Governance

#: Signs that a reason has at least: “本人来取” says enough.
SHORTEST = 4


class HcrmPrivacyHandover(models.TransientModel):
    """Why a service manager takes somebody's whole record in hand; good for one download."""

    _name = "hcrm.privacy.handover"
    _description = "Handing Over a Whole Record"
    _inherit = ["hcrm.guarded.write.mixin"]  # is_used is set by code alone
    _hcrm = Governance(data_class="wizard")

    request_id = fields.Many2one("hcrm.privacy.request", string="For which request", required=True)
    part = fields.Selection(
        selection=[("document", "Document for the person"), ("data", "File for other programs")],
        string="What is handed over",
        required=True,
        default="document",
    )
    reason = fields.Char(
        string="Why you take it in hand", required=True, help="Leaders and the person read it."
    )
    is_used = fields.Boolean(readonly=True, export_string_translation=False)

    def action_fetch(self):
        """Download what was asked for."""
        self.ensure_one()
        self._check_reason()
        self.request_id._check_fetch_as_staff()
        return {
            "type": "ir.actions.act_url",
            "url": f"/hcrm/privacy/handover/{self.id}",
            "target": "new",
            "close": True,
        }

    def _check_reason(self):
        signs = "".join((self.reason or "").split())
        if len(signs) < SHORTEST or len(set(signs)) == 1:
            raise UserError(
                self.env._(
                    "Write in a few words why you take these data in hand: leaders and the person "
                    "read it."
                )
            )

    def _fetch(self):
        """Return (file name, bytes), once; all checks are made again."""
        self.ensure_one()
        if self.create_uid != self.env.user:
            raise AccessError(self.env._("Who gives the reason hands the data over."))
        self._check_reason()
        self.request_id._check_fetch_as_staff()
        if self.is_used:
            raise UserError(
                self.env._("This was downloaded: press the button of the request once more.")
            )
        self.sudo().is_used = True
        return self.request_id._fetch_package(self.part, reason=self.reason.strip())
