from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hcrm_outbox_state = fields.Selection(
        selection=[
            ("open", "Open"),
            ("closed", "Closed"),
            ("neutralized", "A copy: closed for good"),
        ],
        compute="_compute_hcrm_outbox_state",
    )

    @api.depends("company_id")
    def _compute_hcrm_outbox_state(self):
        self.hcrm_outbox_state = self.env["hcrm.safety.switch"].get_state()

    def set_values(self):
        """Quiet hours follow the hospital's time zone."""
        result = super().set_values()
        contact_sudo = self.company_id.sudo().partner_id
        if self.hcrm_timezone and contact_sudo.tz != self.hcrm_timezone:
            contact_sudo.tz = self.hcrm_timezone
        return result

    def action_open_outbox(self):
        """Let this database send; the web client's badge goes."""
        self.env["hcrm.safety.switch"].action_open()
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_close_outbox(self):
        """Stop all sending."""
        self.env["hcrm.safety.switch"].action_close()
        return {"type": "ir.actions.client", "tag": "reload"}
