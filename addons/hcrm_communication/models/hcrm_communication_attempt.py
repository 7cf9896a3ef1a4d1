from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.failures import FAILURES
from ..tools.purposes import CHANNELS


class HcrmCommunicationAttempt(models.Model):
    """A try that did not end the matter: put off, refused by the far end, uncertain."""

    _name = "hcrm.communication.attempt"
    _description = "Try to Send"
    _order = "id DESC"
    _hcrm = Governance(
        data_class="care_message",
        retention="message",
        log_reads=False,
        note="says how a message went, nothing of what it said nor to whom",
    )

    communication_id = fields.Many2one(
        "hcrm.communication", required=True, index=True, readonly=True, ondelete="cascade"
    )
    at = fields.Datetime(required=True, readonly=True)
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True, readonly=True)
    gateway_id = fields.Many2one("hcrm.gateway", readonly=True, ondelete="set null")
    status = fields.Selection(
        selection=[
            ("later", "Put off"),
            ("refused", "Refused by the far end"),
            ("unknown", "Uncertain"),
            ("repeated", "Repeated after being uncertain"),
            ("given_up", "Not repeated"),
            ("next_channel", "Next channel"),
            ("undelivered", "Not delivered"),
        ],
        required=True,
        readonly=True,
    )
    code = fields.Char(readonly=True)
    detail = fields.Char(string="The far end's words", readonly=True)
    reason = fields.Char(compute="_compute_reason")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_reason(self):
        for attempt in self:
            words = FAILURES.get(attempt.code)
            attempt.reason = words._translate(self.env.lang or "en_US") if words else attempt.code
