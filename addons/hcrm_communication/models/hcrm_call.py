from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools import masking
from odoo.addons.hcrm_base.tools.governance import Governance, Timeline, Told

from ..tools.purposes import PURPOSES
from ..tools.voice.causes import OUTCOMES
from ..tools.voice.line import Known

_lt = LazyTranslate(__name__)


class HcrmCall(models.Model):
    """One telephone call: who with, what for, what it is at, how it ended.

    Made by the outbox, by the process that speaks with the telephone system, and by click-to-dial;
    never twice for one channel. ``number`` shows who looks as much as the role may see: code reads
    ``number_stored`` of a sudoed call.
    """

    _name = "hcrm.call"
    _description = "Phone Call"
    _inherit = [
        "hcrm.call.message.mixin",
        "hcrm.call.person.mixin",
        "hcrm.call.recording.mixin",
        "hcrm.call.program.mixin",
        "hcrm.call.conversation.mixin",
        "hcrm.canonical.mixin",
        "hcrm.guarded.write.mixin",
        "hcrm.access.logged.mixin",
    ]
    _order = "id DESC"
    _rec_name = "number"
    _hcrm = Governance(
        data_class="care_message",
        merge="repoint",
        erasure="blank",
        retention="message",
        blank=("number_stored", "program_state", "pending"),
        dated="started_at",
        told=Told(
            shown=("started_at", "direction", "purpose", "outcome"),
            also=("answered_at", "ended_at", "state"),
        ),
        note="care, service or marketing by its purpose: see message_class",
        timeline=Timeline(
            date="started_at",
            title="summary",
            icon="fa-phone",
            color=5,
            label=_lt("Phone calls"),
            subtitle=("purpose", "user_id"),
            badge="outcome",
            levels={
                "answered": "success",
                "busy": "info",
                "no_answer": "info",
                "abandoned": "warning",
                "failed": "danger",
                "lost": "warning",
            },
            where=(("communication_id", "=", False),),
        ),
    )

    # who
    channel_ref = fields.Char(
        string="Line name",
        required=True,
        readonly=True,
        help="Our own name of it, which the telephone system takes once.",
    )
    direction = fields.Selection(
        selection=[("out", "Outgoing"), ("in", "Incoming")], required=True, readonly=True
    )
    gateway_id = fields.Many2one("hcrm.gateway", readonly=True, index="btree_not_null")
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    number_stored = fields.Char(groups=".", index="btree_not_null")
    number = fields.Char(string="Phone number", compute="_compute_number")
    number_called = fields.Char(string="Number called", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        ondelete="restrict",
        help="Empty as long as nobody knows who of several it is.",
    )
    user_id = fields.Many2one(
        "res.users", string="Spoke with", readonly=True, index="btree_not_null"
    )

    # what for
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()],
        required=True,
        readonly=True,
        default="service",
    )
    message_class = fields.Selection(
        selection=[("care", "Care"), ("service", "Service"), ("marketing", "Marketing")],
        compute="_compute_message_class",
        store=True,
        help="Who may know and hear it: the row of the table of roles this call falls under.",
    )
    communication_id = fields.Many2one(
        "hcrm.communication", string="Spoken message", readonly=True, index="btree_not_null"
    )
    attempt = fields.Integer(readonly=True, help="The claim under which the outbox made it.")
    urgency = fields.Selection(
        selection=[("0", "Normal"), ("1", "Urgent"), ("2", "Emergency")],
        required=True,
        readonly=True,
        default="0",
    )

    # what it is at
    state = fields.Selection(
        selection=[
            ("ringing", "Ringing"),
            ("menu", "Hears us"),
            ("queued", "Waits for a person"),
            ("talking", "Speaks"),
            ("ended", "Over"),
        ],
        required=True,
        readonly=True,
        default="ringing",
    )
    outcome = fields.Selection(selection=list(OUTCOMES.items()), readonly=True)
    cause = fields.Integer(readonly=True, help="Why it ended: the network's number (Q.850).")
    started_at = fields.Datetime(
        string="Began", required=True, readonly=True, default=fields.Datetime.now
    )
    answered_at = fields.Datetime(string="Picked up", readonly=True)
    queued_at = fields.Datetime(string="Waits since", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    seconds = fields.Integer(string="Length (seconds)", compute="_compute_seconds")
    summary = fields.Char(compute="_compute_summary")
    event_ids = fields.One2many("hcrm.call.event", "call_id", readonly=True)

    _channel_ref_uniq = models.UniqueIndex("(channel_ref)", "This call was made already.")
    _open_idx = models.Index("(gateway_id, id) WHERE state <> 'ended'")
    _queue_idx = models.Index("(company_id, queued_at) WHERE state = 'queued'")
    _latest_idx = models.Index("(partner_id, started_at DESC)")
    _day_idx = models.Index("(company_id, started_at)")
    _ended_has_outcome = models.Constraint(
        "CHECK (state <> 'ended' OR (outcome IS NOT NULL AND ended_at IS NOT NULL))",
        "A call that is over says how it ended.",
    )

    @api.depends("purpose")
    def _compute_message_class(self):
        for call in self:
            purpose = PURPOSES.get(call.purpose)
            call.message_class = purpose and purpose.data_class.removesuffix("_message")

    @api.depends("number_stored")
    @api.depends_context("uid")
    def _compute_number(self):
        full = self.env.user.has_group("hcrm_base.group_phone_full")
        for call, stored in zip(self, self.sudo(), strict=True):
            number = stored.number_stored
            call.number = number if full or not number else masking.keep_tail(number, 4)

    @api.depends("answered_at", "ended_at")
    def _compute_seconds(self):
        for call in self:
            length = call.ended_at and call.answered_at and call.ended_at - call.answered_at
            call.seconds = length.total_seconds() if length else 0

    @api.depends("direction", "seconds")
    @api.depends_context("lang")
    def _compute_summary(self):
        for call in self:
            words = self.env._("Called us") if call.direction == "in" else self.env._("We called")
            minutes, seconds = divmod(call.seconds, 60)
            call.summary = f"{words} · {minutes}:{seconds:02}" if call.seconds else words

    @api.ondelete(at_uninstall=False)
    def _unlink_except_any(self):
        if not self.env.su:
            raise UserError(self.env._("Calls are never deleted."))

    # THE ENGINE

    def _prepare_known(self):
        """Return what the process that speaks must know of a call."""
        self.ensure_one()
        return Known(
            call_id=self.id,
            channel_ref=self.channel_ref,
            program=self.program,
            state=self.state,
            number=self.number_stored or "",
            user_id=self.user_id.id or 0,
            age=(fields.Datetime.now() - self.started_at).total_seconds(),
            is_fresh=not self.event_ids,
        )
