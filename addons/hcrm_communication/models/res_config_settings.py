from odoo import api, fields, models

from .hcrm_communication_care_mixin import CARE_USER
from .hcrm_conversation_clock_mixin import FIRST_HOURS, NEXT_HOURS, REOPEN_DAYS


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
    hcrm_care_user_id = fields.Many2one(
        "res.users",
        string="Sees to unsent care",
        compute="_compute_hcrm_care_user_id",
        inverse="_inverse_hcrm_care_user_id",
        domain=[("share", "=", False)],
        help="Asked to reach a patient whose message of care could not go, where nobody is "
        "responsible for the patient; a nurse of the hospital, if empty.",
    )

    conversation_first_hours = fields.Float(
        string="First answer within", config_parameter=FIRST_HOURS, default=4.0
    )
    conversation_next_hours = fields.Float(
        string="Each further answer within", config_parameter=NEXT_HOURS, default=8.0
    )
    conversation_reopen_days = fields.Integer(
        string="A closed conversation goes on for (days)", config_parameter=REOPEN_DAYS, default=14
    )

    @api.depends("company_id")
    def _compute_hcrm_outbox_state(self):
        state = self.env["hcrm.safety.switch"].get_state()
        self.hcrm_outbox_state = state
        due = [("state", "=", "waiting"), ("next_at", "<=", fields.Datetime.now())]
        messages = self.env["hcrm.communication"].sudo()
        self.hcrm_outbox_due = 0 if state == "open" else messages.search_count(due)

    @api.depends("company_id")
    def _compute_hcrm_care_user_id(self):
        for settings in self:
            messages = self.env["hcrm.communication"]
            settings.hcrm_care_user_id = messages._get_care_user(settings.company_id)

    def _inverse_hcrm_care_user_id(self):
        for settings in self:
            self.env["ir.config_parameter"].set_param(
                f"{CARE_USER}{settings.company_id.id}", settings.hcrm_care_user_id.id or False
            )

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
