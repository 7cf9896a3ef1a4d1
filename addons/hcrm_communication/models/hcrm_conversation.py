from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Told

from ..tools.purposes import CHANNELS
from .hcrm_communication_text_mixin import TEXT_READERS, _show_address

_lt = LazyTranslate(__name__)

#: A conversation is of the strictest class of what was written in it.
CLASSES = ("marketing", "service", "care")
ENDED = ("closed", "spam")


class HcrmConversation(models.Model):
    """What one person, or one unknown address, and one hospital have to say to each other.

    It holds no words: the thread is read from what arrived and what was sent, under the rights of
    who looks. Rows are made by what arrives (``_gather``) and changed by verbs only.
    """

    _name = "hcrm.conversation"
    _description = "Conversation"
    _inherit = [
        "hcrm.conversation.gathering.mixin",
        "hcrm.conversation.clock.mixin",
        "hcrm.conversation.person.mixin",
        "hcrm.conversation.handing.mixin",
        "hcrm.conversation.reply.mixin",
        "hcrm.conversation.thread.mixin",
        "hcrm.conversation.desk.mixin",
        "hcrm.conversation.action.mixin",
        "hcrm.conversation.wording.mixin",
        "hcrm.guarded.write.mixin",
        "hcrm.access.logged.mixin",
    ]
    _order = "last_at DESC, id DESC"
    _rec_names_search = ["partner_id"]
    _hcrm = Governance(
        data_class="care_message",
        merge="repoint",
        erasure="blank",
        retention="message",
        blank=("address_stored",),
        dated="last_at",
        told=Told(
            shown=("started_at", "channel", "state"),
            also=("closed_at",),
            label=_lt("Conversations"),
        ),
        note="care, service or marketing by what was written in it: see message_class",
    )

    # who
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    address_stored = fields.Char(groups=".")
    address = fields.Char(string="Number or address", compute="_compute_address")
    channel = fields.Selection(
        selection=list(CHANNELS.items()),
        string="Last channel",
        required=True,
        readonly=True,
    )
    message_class = fields.Selection(
        selection=[("care", "Care"), ("service", "Service"), ("marketing", "Marketing")],
        string="Desk",
        required=True,
        readonly=True,
        default="service",
        help="Who answers: nurses and doctors, service officers, or marketing.",
    )

    # whose turn
    state = fields.Selection(
        selection=[
            ("new", "New"),
            ("open", "To be answered"),
            ("waiting", "Waiting for the customer"),
            ("closed", "Closed"),
            ("spam", "Spam"),
        ],
        required=True,
        readonly=True,
        default="new",
        group_expand=True,
    )
    user_id = fields.Many2one("res.users", string="Handled by", readonly=True, index=True)
    offered_to_id = fields.Many2one(
        "res.users", string="Offered to", readonly=True, index="btree_not_null"
    )
    department_id = fields.Many2one(
        "hr.department", string="Team", readonly=True, index="btree_not_null"
    )
    snoozed_until = fields.Datetime(string="Put aside until", readonly=True)

    # when
    started_at = fields.Datetime(string="Begun", required=True, readonly=True)
    last_at = fields.Datetime(string="Last entry", required=True, readonly=True)
    closed_at = fields.Datetime(string="Closed on", readonly=True)
    closed_by_id = fields.Many2one("res.users", string="Closed by", readonly=True)
    unanswered_since = fields.Datetime(readonly=True)
    due_at = fields.Datetime(string="Answer due", readonly=True)
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    is_snoozed = fields.Boolean(
        string="Put aside", compute="_compute_is_snoozed", search="_search_is_snoozed"
    )

    # what
    unread = fields.Integer(string="Unread messages", readonly=True, aggregator=None)
    answers = fields.Integer(string="Our answers", readonly=True, aggregator=None)
    last_inbound_id = fields.Many2one(
        "hcrm.inbound", string="Last message", readonly=True, index="btree_not_null"
    )
    undelivered_id = fields.Many2one(
        "hcrm.communication",
        string="Answer that did not arrive",
        readonly=True,
        index="btree_not_null",
    )
    merged_into_id = fields.Many2one(
        "hcrm.conversation", string="Goes on in", readonly=True, index="btree_not_null"
    )
    merge_log_id = fields.Many2one("hcrm.merge.log", readonly=True, index="btree_not_null")
    handover_ids = fields.One2many(
        "hcrm.conversation.handover",
        "conversation_id",
        string="Hand-overs",
        readonly=True,
        groups="hcrm_base.group_officer,hcrm_base.group_service_manager,hcrm_base.group_nurse,"
        "hcrm_base.group_doctor",
    )
    preview = fields.Char(string="What they wrote", compute="_compute_preview")

    _person_uniq = models.UniqueIndex(
        "(company_id, partner_id) WHERE closed_at IS NULL AND partner_id IS NOT NULL",
        "This person has an open conversation already.",
    )
    _address_uniq = models.UniqueIndex(
        "(company_id, channel, address_stored) WHERE closed_at IS NULL AND partner_id IS NULL",
        "This address has an open conversation already.",
    )
    _closed_idx = models.Index("(company_id, partner_id, closed_at) WHERE closed_at IS NOT NULL")
    _unknown_idx = models.Index(
        "(company_id, channel, address_stored, id DESC) WHERE partner_id IS NULL"
    )
    _desk_idx = models.Index("(company_id, last_at DESC) WHERE closed_at IS NULL")
    _due_idx = models.Index("(due_at) WHERE unanswered_since IS NOT NULL")
    _ended_has_time = models.Constraint(
        "CHECK ((closed_at IS NULL) = (state NOT IN ('closed', 'spam')))",
        "A conversation that ended says when.",
    )

    @api.depends("partner_id", "address_stored", "channel")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        for conversation in self:
            name = conversation.sudo().partner_id.name
            conversation.display_name = name or conversation.address or self.env._("Unknown")

    @api.depends("address_stored", "channel")
    @api.depends_context("uid")
    def _compute_address(self):
        full = self.env.user.has_group("hcrm_base.group_phone_full")
        for conversation, stored in zip(self, self.sudo(), strict=True):
            conversation.address = _show_address(stored.address_stored, stored.channel, full)

    @api.depends("last_inbound_id")
    @api.depends_context("uid", "lang")
    def _compute_preview(self):
        """The last words, for who may read them: the message itself decides."""
        readable = self.last_inbound_id.sudo(False)._filtered_access("read")
        for conversation in self:
            last = conversation.last_inbound_id.sudo(False)
            shown = last if last in readable and last.can_read_text else last.browse()
            conversation.preview = (shown.body or shown.subject_line or "")[:120] or False

    @api.depends("due_at", "unanswered_since")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for conversation in self:
            conversation.is_overdue = bool(
                conversation.unanswered_since and conversation.due_at and conversation.due_at < now
            )

    def _search_is_overdue(self, operator, _value):
        if operator != "in":
            return NotImplemented
        late = Domain("due_at", "<", fields.Datetime.now())
        return Domain("unanswered_since", "!=", False) & late

    @api.depends("snoozed_until")
    def _compute_is_snoozed(self):
        now = fields.Datetime.now()
        for conversation in self:
            conversation.is_snoozed = bool(
                conversation.snoozed_until and conversation.snoozed_until > now
            )

    def _search_is_snoozed(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return Domain("snoozed_until", ">", fields.Datetime.now())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_any(self):
        if not self.env.su:
            raise UserError(self.env._("Conversations are never deleted: close them."))

    def _can_read_text(self, message_class):
        """True if this user reads the words of messages of that class."""
        return self.env.user.has_groups(",".join(TEXT_READERS[message_class]))

    # ENDING

    def action_close(self):
        """Nothing is left to do."""
        self._end("closed")

    def action_spam(self):
        """No customer wrote this: what comes from there from now on waits for nobody."""
        if self.partner_id:
            raise UserError(self.env._("Who wrote is a customer: close the conversation instead."))
        self._end("spam")

    def action_reopen(self):
        """Something is left to do after all; an open conversation of the person takes it over."""
        self.check_access("write")
        for conversation in self.sudo().filtered("closed_at"):
            if conversation.merged_into_id or conversation._find_open():
                raise UserError(
                    self.env._("There is an open conversation with this customer: go on there.")
                )
            conversation.write(
                {
                    "state": "open",
                    "closed_at": False,
                    "closed_by_id": False,
                    "user_id": self.env.uid,
                }
            )
            conversation._log_handover("reopened")
        self._notify_desks()

    def _find_open(self):
        """Return the open conversation of the same person or address."""
        self.ensure_one()
        who = Domain("partner_id", "=", self.partner_id.id)
        if not self.partner_id:
            who &= Domain("channel", "=", self.channel)
            who &= Domain("address_stored", "=", self.address_stored)
        here = Domain("company_id", "=", self.company_id.id) & Domain("closed_at", "=", False)
        return self.search(who & here, limit=1)

    def _end(self, state):
        self.check_access("write")
        self._lock_rows(self.ids)
        self.invalidate_recordset()
        now = fields.Datetime.now()
        ended = self.sudo().filtered(lambda one: not one.closed_at)
        ended.sudo(False)._check_handled()
        ended._settle_inbounds("noise" if state == "spam" else "done")
        ended._end_turns(state)
        ended.write(
            {
                "state": state,
                "closed_at": now,
                "closed_by_id": self.env.uid,
                "unanswered_since": False,
                "due_at": False,
                "snoozed_until": False,
                "offered_to_id": False,
                "undelivered_id": False,
                "unread": 0,
            }
        )
        ended._notify_desks()

    def _settle_inbounds(self, state):
        """What arrived waits for nobody any more; a refusal nobody named an owner of ends, too.

        Return the messages that waited, the newest first.
        """
        waiting = self.env["hcrm.inbound"].sudo()
        waiting = waiting.search([("conversation_id", "in", self.ids), ("state", "=", "inbox")])
        waiting._settle(state)
        return waiting

    def action_open_desk(self):
        """Show the thread."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "hcrm_conversation_desk",
            "name": self.env._("Conversations"),
            "params": {"conversation_id": self.id},
        }
