from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmConversationMatch(models.TransientModel):
    """Says who writes in a conversation."""

    _name = "hcrm.conversation.match"
    _description = "Who Writes"
    _hcrm = Governance(data_class="wizard")

    conversation_id = fields.Many2one("hcrm.conversation", required=True, readonly=True)
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
    is_known = fields.Boolean(compute="_compute_is_refusal")

    @api.depends("conversation_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            talk = wizard.conversation_id
            talk.check_access("read")
            ids = [one["id"] for one in talk._get_candidates()]
            wizard.sender = talk.address
            wizard.candidate_ids = self.env["res.partner"].browse(ids)

    @api.depends("conversation_id")
    def _compute_partner_id(self):
        """One is likely, of several each must be looked at."""
        for wizard in self:
            found = wizard.candidate_ids
            alone = len(found) == 1 and not wizard.conversation_id.partner_id
            wizard.partner_id = found if alone else False

    @api.depends("conversation_id")
    def _compute_is_refusal(self):
        for wizard in self:
            talk = wizard.conversation_id.sudo()
            refusal = [("conversation_id", "=", talk.id), ("question_purpose", "!=", False)]
            refusal += [("partner_id", "=", False)]
            wizard.is_refusal = bool(talk.env["hcrm.inbound"].search_count(refusal, limit=1))
            wizard.is_known = bool(talk.partner_id)

    def action_match(self):
        """Write it down, and go to the conversation that goes on."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Choose the customer first."))
        talk = self.conversation_id._name_person(self.partner_id)
        return {"type": "ir.actions.act_window_close", "infos": {"conversation_id": talk.id}}
