from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmInboundMatch(models.TransientModel):
    """Says whose message it was."""

    _name = "hcrm.inbound.match"
    _description = "Who Wrote This Message"
    _hcrm = Governance(data_class="wizard")

    inbound_id = fields.Many2one("hcrm.inbound", required=True, readonly=True)
    sender = fields.Char(string="Number or address", compute="_compute_candidate_ids")
    candidate_ids = fields.Many2many(
        "res.partner", string="Who has this number", compute="_compute_candidate_ids"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        readonly=False,
        store=True,
        domain=[("is_customer_person", "=", True)],
    )
    is_refusal = fields.Boolean(compute="_compute_is_refusal")

    @api.depends("inbound_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.sender = wizard.inbound_id.address
            wizard.candidate_ids = wizard.inbound_id.candidate_ids

    @api.depends("inbound_id")
    def _compute_partner_id(self):
        """One is likely, of several each must be looked at."""
        for wizard in self:
            found = wizard.inbound_id.candidate_ids
            wizard.partner_id = found if len(found) == 1 else False

    @api.depends("inbound_id")
    def _compute_is_refusal(self):
        for wizard in self:
            wizard.is_refusal = bool(wizard.inbound_id.question_purpose)

    def action_match(self):
        """Write it down."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Choose the customer first."))
        self.inbound_id._match(self.partner_id)
        return {"type": "ir.actions.act_window_close"}
