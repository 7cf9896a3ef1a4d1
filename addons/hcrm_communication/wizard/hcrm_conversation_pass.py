from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.hcrm_conversation_handing_mixin import ANSWERERS


class HcrmConversationPass(models.TransientModel):
    """Hands a conversation over: to a colleague, a team, the other desk, or back to the queue."""

    _name = "hcrm.conversation.pass"
    _description = "Hand a Conversation Over"
    _hcrm = Governance(data_class="wizard")

    conversation_id = fields.Many2one("hcrm.conversation", required=True, readonly=True)
    way = fields.Selection(
        selection=[
            ("user", "A colleague"),
            ("team", "A team"),
            ("desk", "The other desk"),
            ("queue", "Back to the queue"),
        ],
        string="Hand over to",
        required=True,
        default="user",
    )
    user_id = fields.Many2one("res.users", string="Colleague")
    user_ids = fields.Many2many("res.users", compute="_compute_user_ids")
    department_id = fields.Many2one("hr.department", string="Team")
    company_id = fields.Many2one("res.company", compute="_compute_user_ids")
    note = fields.Text(string="Note for the colleague")

    @api.depends("conversation_id")
    def _compute_user_ids(self):
        """Who may answer this conversation at all."""
        for wizard in self:
            talk = wizard.conversation_id
            wizard.company_id = talk.company_id
            users = self.env["res.users"].sudo()
            for name in ANSWERERS[talk.message_class]:
                users |= self.env.ref(f"hcrm_base.group_{name}").sudo().all_user_ids
            here = users.filtered(
                lambda user, talk=talk: (
                    user.active and talk.company_id in user.company_ids and user != self.env.user
                )
            )
            wizard.user_ids = here.sudo(False)

    def action_pass(self):
        """Do it, with a line in the log."""
        self.ensure_one()
        talk = self.conversation_id
        if self.way == "user":
            if not self.user_id:
                raise UserError(self.env._("Choose the colleague first."))
            talk._offer(self.user_id, self.note)
        elif self.way == "team":
            if not self.department_id:
                raise UserError(self.env._("Choose the team first."))
            talk._pass_to_team(self.department_id, self.note)
        elif self.way == "queue":
            talk.action_return(self.note)
        elif talk.message_class == "care":
            talk.action_to_service(self.note)
        else:
            talk.action_to_care(self.note)
        return {"type": "ir.actions.act_window_close"}
