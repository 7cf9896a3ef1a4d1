from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hcrm_outbox_state = fields.Selection(
        selection=[
            ("open", "Open"),
            ("closed", "Closed: messages wait"),
            ("unopened", "Never opened here: test mode"),
            ("neutralized", "A copy: closed for good"),
        ],
        compute="_compute_hcrm_outbox_state",
    )
    hcrm_outbox_due = fields.Integer(
        compute="_compute_hcrm_outbox_state", help="Messages that leave as soon as it is opened."
    )
    hcrm_care_user_id = fields.Many2one(related="company_id.hcrm_care_user_id", readonly=False)

    @api.depends("company_id")
    def _compute_hcrm_outbox_state(self):
        state = self.env["hcrm.safety.switch"].get_state()
        self.hcrm_outbox_state = state
        due = [("state", "=", "waiting"), ("next_at", "<=", fields.Datetime.now())]
        messages = self.env["hcrm.communication"].sudo()
        self.hcrm_outbox_due = 0 if state == "open" else messages.search_count(due)

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
