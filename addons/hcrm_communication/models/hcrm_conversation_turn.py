from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import CHANNELS


class HcrmConversationTurn(models.Model):
    """How long somebody waited for one answer: from the first unanswered message on."""

    _name = "hcrm.conversation.turn"
    _description = "Waiting for an Answer"
    _order = "asked_at DESC, id DESC"
    _rec_name = "asked_at"
    _hcrm = Governance(
        data_class="service_message",
        retention="message",
        dated="asked_at",
        log_reads=False,
        note="times of the desk; names nobody but staff",
    )

    # of statistics that every desk reads: who it was is told by the conversation, to its readers
    conversation_id = fields.Many2one(
        "hcrm.conversation",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        groups=fields.NO_ACCESS,
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    channel = fields.Selection(
        selection=list(CHANNELS.items()), string="They wrote by", required=True, readonly=True
    )
    message_class = fields.Selection(
        selection=[("care", "Care"), ("service", "Service"), ("marketing", "Marketing")],
        string="Desk",
        required=True,
        readonly=True,
    )
    department_id = fields.Many2one(
        "hr.department", string="Team", readonly=True, index="btree_not_null"
    )
    is_first = fields.Boolean(string="First answer", readonly=True)
    asked_at = fields.Datetime(string="They wrote", required=True, readonly=True)
    due_at = fields.Datetime(string="Answer due", readonly=True)
    answered_at = fields.Datetime(string="Answered", readonly=True)
    ended_at = fields.Datetime(string="Waiting ended", readonly=True)
    outcome = fields.Selection(
        selection=[
            ("waiting", "Still waiting"),
            ("answered", "Answered"),
            ("closed", "Closed without an answer"),
            ("spam", "Spam"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    minutes = fields.Integer(
        string="Working minutes", readonly=True, aggregator="avg", help="In working hours only."
    )
    user_id = fields.Many2one("res.users", string="Answered by", readonly=True, index=True)
    is_late = fields.Boolean(string="Too late", readonly=True)
    late_user_id = fields.Many2one(
        "res.users",
        string="Late with",
        readonly=True,
        index="btree_not_null",
        help="Who handled it when the time was over; empty: nobody had taken it.",
    )
    turns = fields.Integer(string="Answers asked for", readonly=True, default=1)

    _waiting_uniq = models.UniqueIndex(
        "(conversation_id) WHERE outcome = 'waiting'", "A conversation waits for one answer."
    )
    _late_idx = models.Index("(due_at) WHERE outcome = 'waiting' AND is_late IS NOT TRUE")
    _period_idx = models.Index("(company_id, asked_at)")

    def action_open_conversation(self):
        """Go to the conversation, if the user may read it."""
        self.ensure_one()
        self.check_access("read")
        talk = self.sudo().conversation_id.sudo(False)
        talk.check_access("read")
        return talk.action_open_desk()

    def _mark_late(self):
        """Write down who had the conversation when its time was over."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_conversation_turn AS turn
                   SET is_late = TRUE, late_user_id = talk.user_id
                  FROM hcrm_conversation AS talk
                 WHERE talk.id = turn.conversation_id AND turn.outcome = 'waiting'
                   AND turn.is_late IS NOT TRUE AND turn.due_at < %s
                """,
                fields.Datetime.now(),
            )
        )
        self.invalidate_model(["is_late", "late_user_id"])
