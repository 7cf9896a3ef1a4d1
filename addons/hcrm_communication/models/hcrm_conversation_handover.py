from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Told

_lt = LazyTranslate(__name__)


class HcrmConversationHandover(models.Model):
    """Who had a conversation when: each taking, offer, acceptance and return, never rewritten."""

    _name = "hcrm.conversation.handover"
    _description = "Hand-over of a Conversation"
    _inherit = ["hcrm.append.only.mixin", "hcrm.access.logged.mixin"]
    _order = "id"
    _append_only_except = ("conversation_id",)  # follows a conversation merged into another
    _append_only_erasable = ("note_stored",)
    _hcrm = Governance(
        data_class="care_message",
        merge="canonical",
        erasure="blank",
        blank=("note_stored",),
        retention="log",
        dated="done_at",
        told=Told(why_not=_lt("Notes of the staff to each other about who answers you.")),
    )

    conversation_id = fields.Many2one(
        "hcrm.conversation", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    message_class = fields.Selection(
        selection=[("care", "Care"), ("service", "Service"), ("marketing", "Marketing")],
        string="Desk",
        required=True,
        readonly=True,
        help="Of the conversation at that time: who reads the note.",
    )
    event = fields.Selection(
        selection=[
            ("begun", "Begun by us"),
            ("taken", "Taken"),
            ("offered", "Offered"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("returned", "Given back to the queue"),
            ("left", "Back in the queue: the colleague left"),
            ("released", "Back in the queue: the colleague's role does not answer it"),
            ("team", "Passed on to a team"),
            ("care", "Passed on to nurses and doctors"),
            ("service", "Passed on to service"),
            ("reopened", "Opened again"),
            ("named", "Customer named"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    from_user_id = fields.Many2one(
        "res.users", string="From", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    to_user_id = fields.Many2one(
        "res.users", string="To", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    department_id = fields.Many2one(
        "hr.department", string="Team", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    done_at = fields.Datetime(string="At", required=True, readonly=True)
    note_stored = fields.Text(groups=".")
    note = fields.Text(string="Note for the colleague", compute="_compute_note")

    @api.depends("note_stored", "message_class")
    @api.depends_context("uid")
    def _compute_note(self):
        talks = self.env["hcrm.conversation"]
        readable = {name: talks._can_read_text(name) for name in ("care", "service", "marketing")}
        for line, stored in zip(self, self.sudo(), strict=True):
            line.note = readable[stored.message_class] and stored.note_stored

    def _hcrm_thread_entries(self):
        """Return the lines between the messages: who gave the conversation to whom."""
        events = dict(self._fields["event"]._description_selection(self.env))
        this = self.sudo()
        return [
            {
                "text": events[line.event],
                "author": stored.user_id.name,
                "to": (stored.to_user_id - stored.user_id).name or stored.department_id.name,
                "note": line.note,
            }
            for line, stored in zip(self, this, strict=True)
        ]
