from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Timeline, Told

from ..tools.purposes import CHANNELS, PURPOSES

_lt = LazyTranslate(__name__)

TROUBLES = {
    "several": "Several persons use this number: nobody knows yet who it was.",
    "no_answer": "We asked who of them it was, and no answer came. Marketing to them rests.",
    "care_goes_on": "Reminders of care go on: nobody confirmed to stop them.",
    "unclear": "We asked back, and this answer is not clear.",
    "broken": "The program could not work on this message.",
}


class HcrmInbound(models.Model):
    """A message that arrived: from whom, in answer to what, and what became of it."""

    _name = "hcrm.inbound"
    _description = "Message from a Customer"
    _inherit = [
        "hcrm.inbound.receiving.mixin",
        "hcrm.inbound.mail.mixin",
        "hcrm.inbound.working.mixin",
        "hcrm.inbound.opt.out.mixin",
        "hcrm.inbound.call.mixin",
        "hcrm.communication.text.mixin",
        "hcrm.canonical.mixin",
        "hcrm.guarded.write.mixin",
        "hcrm.access.logged.mixin",
    ]
    _order = "id DESC"
    _rec_name = "subject_line"
    _hcrm = Governance(
        data_class="care_message",
        merge="repoint",
        erasure="blank",
        retention="message",
        blank=("subject_line_stored", "body_stored", "address_stored", "closing_note"),
        dated="received_at",
        told=Told(
            shown=("received_at", "channel", "subject_line_stored", "body_stored", "state"),
            also=("topic_id",),
        ),
        note="care, service or marketing by what it answers: see message_class",
        timeline=Timeline(
            date="received_at",
            title="subject_line",
            icon="fa-inbox",
            color=2,
            label=_lt("Messages received"),
            subtitle=("channel", "topic_id"),
            badge="state",
            levels={"inbox": "warning", "opt_out": "danger", "asked": "info"},
        ),
    )

    # from whom
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="restrict"
    )
    candidate_ids_stored = fields.Json(groups=".")
    candidate_ids = fields.Many2many(
        "res.partner", string="Who has this number", compute="_compute_candidate_ids"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )

    # how
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True, readonly=True)
    gateway_id = fields.Many2one("hcrm.gateway", readonly=True, index="btree_not_null")
    received_at = fields.Datetime(string="Arrived", required=True, readonly=True)
    happened_at = fields.Datetime(
        string="Written",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        help="By the far end's clock, if it told.",
    )
    receiver = fields.Char(string="Sent to", readonly=True)
    provider_key = fields.Char(required=True, readonly=True)
    is_automatic = fields.Boolean(string="Automatic", readonly=True)

    # what about
    answers_id = fields.Many2one(
        "hcrm.communication", string="In answer to", readonly=True, index="btree_not_null"
    )
    answered_refs = fields.Char(readonly=True)
    message_class = fields.Selection(
        selection=[("care", "Care"), ("service", "Service"), ("marketing", "Marketing")],
        required=True,
        readonly=True,
        default="service",
    )
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()], readonly=True
    )
    topic_id = fields.Many2one("hcrm.message.topic", readonly=True, index="btree_not_null")

    # what became of it
    state = fields.Selection(
        selection=[
            ("new", "Just arrived"),
            ("inbox", "For a person"),
            ("answered", "Passed on"),
            ("asked", "Asked back"),
            ("opt_out", "Refusal recorded"),
            ("noise", "Automatic message"),
            ("done", "Closed"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    trouble = fields.Selection(
        selection=list(TROUBLES.items()),
        string="What is unclear",
        readonly=True,
    )
    question = fields.Selection(
        selection=[("who", "Who it is"), ("care", "Whether care stops, too")], readonly=True
    )
    question_purpose = fields.Char(readonly=True)
    question_expires_at = fields.Datetime(string="Answer until", readonly=True)
    reply_id = fields.Many2one(
        "hcrm.communication", string="Our reply", readonly=True, index="btree_not_null"
    )
    replies = fields.Integer(readonly=True)
    replied_at = fields.Datetime(readonly=True)
    attempts = fields.Integer(readonly=True)
    settled_at = fields.Datetime(string="Ended", readonly=True)
    user_id = fields.Many2one("res.users", string="Ended by", readonly=True, index="btree_not_null")
    conversation_id = fields.Many2one(
        "hcrm.conversation", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    closing_note = fields.Char(string="How it ended", readonly=True)

    _provider_key_uniq = models.UniqueIndex(
        "(company_id, channel, provider_key)", "This message is here already."
    )
    _new_idx = models.Index("(id) WHERE state = 'new'")
    _inbox_idx = models.Index("(company_id, id) WHERE state = 'inbox'")
    _gather_idx = models.Index("(id) WHERE state = 'inbox' AND conversation_id IS NULL")
    _thread_idx = models.Index(
        "(conversation_id, happened_at DESC) WHERE conversation_id IS NOT NULL"
    )
    _asked_idx = models.Index("(question_expires_at) WHERE state = 'asked'")
    _sender_idx = models.Index("(address_stored, channel, received_at)")
    _latest_idx = models.Index("(partner_id, received_at DESC)")
    _asked_has_end = models.Constraint(
        "CHECK (state <> 'asked' OR (question IS NOT NULL AND question_expires_at IS NOT NULL))",
        "A question to a customer says until when it waits.",
    )

    @api.depends("address_stored", "channel", "state")
    @api.depends_context("uid")
    def _compute_candidate_ids(self):
        """Who has this number: as far as the reader may read them."""
        for arrived in self:
            found = self.env["res.partner"]
            if arrived.state == "inbox" and not arrived.partner_id:
                found = arrived.sudo()._find_persons().with_env(self.env)._filtered_access("read")
            arrived.candidate_ids = found

    @api.ondelete(at_uninstall=False)
    def _unlink_except_any(self):
        if not self.env.su:
            raise UserError(self.env._("What customers wrote is never deleted: close it."))

    # THE CONVERSATION'S VERBS: it checked who may

    def _settle(self, state):
        """Nothing is left to do: answered, closed, or no message of a customer."""
        self.write({"state": state, "settled_at": fields.Datetime.now(), "user_id": self.env.uid})
        self._end_holds()

    def _settle_code(self):
        """It was the code of a binding: nobody need look at it, and it is good for nothing now."""
        self.write(
            {"state": "done", "settled_at": fields.Datetime.now(), "body_stored": "[绑定码]"}
        )

    def _name_sender(self, survivor):
        """A person of the staff says who it was; what hung on that follows now."""
        for arrived in self:
            if arrived.question_purpose:
                arrived.with_company(arrived.company_id)._name_persons(survivor)
            else:
                arrived.write({"partner_id": survivor.id, "trouble": False})

    def action_open_conversation(self):
        """Go to the thread that this message stands in."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.client",
            "tag": "hcrm_conversation_desk",
            "name": self.env._("Conversations"),
            "params": {"conversation_id": self.conversation_id.id},
        }

    def _hcrm_thread_entries(self):
        """Return what a thread shows of these: words for who may read them."""
        troubles = dict(self._fields["trouble"]._description_selection(self.env))
        classes = dict(self._fields["message_class"]._description_selection(self.env))
        channels = dict(self._fields["channel"]._description_selection(self.env))
        with_pages = self._find_with_pages()
        return [
            {
                "has_pages": arrived.can_read_text and arrived.id in with_pages,
                "channel": arrived.channel,
                "channel_label": channels[arrived.channel],
                "subject": arrived.can_read_text
                and arrived.channel == "email"
                and stored.subject_line_stored,
                "text": arrived.can_read_text and (arrived.body or arrived.subject_line),
                "is_hidden": not arrived.can_read_text,
                "class_label": classes[arrived.message_class],
                "state": arrived.state,
                "note": troubles.get(arrived.trouble, False),
                "address": arrived.address,
            }
            for arrived, stored in zip(self, self.sudo(), strict=True)
        ]
