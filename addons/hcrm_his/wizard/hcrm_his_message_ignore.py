from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmHisMessageIgnore(models.TransientModel):
    """Asks why dead letters are set aside."""

    _name = "hcrm.his.message.ignore"
    _description = "Set Dead Letters Aside"
    _hcrm = Governance(data_class="wizard")

    message_ids = fields.Many2many(
        "hcrm.his.message",
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char(required=True)

    def action_ignore(self):
        """Set the chosen messages aside."""
        self.message_ids.action_ignore(self.reason)
