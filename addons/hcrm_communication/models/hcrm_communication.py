import secrets
import time
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Timeline, Told

from ..tools import states
from ..tools.failures import FAILURES
from ..tools.purposes import CHANNELS, PURPOSES

_lt = LazyTranslate(__name__)


class HcrmCommunication(models.Model):
    """One message to one person: asked for once, decided, sent at most once, proved.

    Other addons make rows by ``_ask`` only; :class:`hcrm.outbox` moves them. Which state may follow
    which is guarded by a trigger: no code and no hand sends twice what left.
    """

    _name = "hcrm.communication"
    _description = "Message to a Customer"
    _inherit = [
        "hcrm.communication.asking.mixin",
        "hcrm.communication.text.mixin",
        "hcrm.communication.template.mixin",
        "hcrm.communication.care.mixin",
        "hcrm.communication.cost.mixin",
        "hcrm.communication.mending.mixin",
        "hcrm.communication.thread.mixin",
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
        partner=("recipient_id", "subject_id", "asked_recipient_id"),
        blank=(
            "subject_line_stored",
            "body_stored",
            "html_stored",
            "address_stored",
            "address_asked_stored",
            "headers_stored",
            "texts_stored",
            "trouble_stored",
            "linked_text_stored",
            "failure_values",
            "failure_detail",
        ),
        told=Told(
            shown=("shown_at", "channel", "purpose", "subject_line_stored", "body_stored")
            + ("linked_text_stored", "state"),
            also=("subject_id", "recipient_id", "topic_id", "sent_at"),
        ),
        note="by purpose a message of care, service or marketing: see message_class",
        timeline=Timeline(
            date="shown_at",
            title="subject_line",
            icon="fa-paper-plane-o",
            color=4,
            label=_lt("Messages"),
            subtitle=("channel", "purpose", "topic_id", "why"),
            badge="state",
            levels={
                "waiting": "info",
                "sent": "info",
                "delivered": "success",
                "uncertain": "warning",
                "failed": "danger",
                "refused": "warning",
            },
        ),
    )

    # who
    # indexes: each is written at the claim and at the result, at two microseconds, if its condition
    # does not leave them out; see _subject_latest_idx, _key_uniq
    subject_id = fields.Many2one(
        "res.partner", string="About", required=True, readonly=True, ondelete="restrict"
    )
    recipient_id = fields.Many2one(
        "res.partner", string="To", required=True, readonly=True, ondelete="restrict"
    )
    asked_recipient_id = fields.Many2one(
        "res.partner",
        string="First asked for",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Whom the message was asked for, where a guardian gets it: each try decides anew.",
    )
    company_id = fields.Many2one("res.company", string="Hospital", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sharers = fields.Json(
        readonly=True,
        groups=".",
        help="Persons who share the address, when nobody knows whom of them is meant: what is "
        "refused or delayed for one of them is for all.",
    )
    is_outside = fields.Boolean(
        string="To no customer",
        readonly=True,
        help="The number of an employee or of nobody we know: no rule for customers applies.",
    )

    # what for
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()],
        required=True,
        readonly=True,
    )
    message_class = fields.Selection(
        selection=[("care", "Care"), ("service", "Service"), ("marketing", "Marketing")],
        required=True,
        readonly=True,
        help="Who may read it: the row of the table of roles this message falls under.",
    )
    topic_id = fields.Many2one("hcrm.message.topic", readonly=True, index="btree_not_null")
    is_urgent = fields.Boolean(string="Urgent", readonly=True)
    is_asked_for = fields.Boolean(
        string="Asked for", readonly=True, help="The person asked for it or is enrolled."
    )
    is_mined = fields.Boolean(
        string="From a mined score", readonly=True, help="Refused to who refused profiling."
    )
    is_rating = fields.Boolean(
        string="Rating of an answer",
        readonly=True,
        help="A rating link inside an answer, or its one reminder: no survey of its own.",
    )
    priority = fields.Integer(required=True, readonly=True)
    res_model = fields.Char(string="Asked by", readonly=True)
    res_id = fields.Many2oneReference("About row", model_field="res_model", readonly=True)
    idempotency_key = fields.Char(
        required=True, readonly=True, help="What is asked for twice under one key is sent once."
    )

    conversation_id = fields.Many2one(
        "hcrm.conversation", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    # when
    due_at = fields.Datetime(string="Not before", required=True, readonly=True)
    expires_at = fields.Datetime(readonly=True)
    next_at = fields.Datetime(string="Next try", required=True, readonly=True)
    shown_at = fields.Datetime(string="Moment", required=True, readonly=True)

    # how
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True, readonly=True)
    channels_left = fields.Char(
        readonly=True, help="What is tried when this channel cannot: codes, in their order."
    )
    spare_channels = fields.Char(string="Else by", compute="_compute_spare_channels")
    lang = fields.Char(string="Language", readonly=True)

    # life
    state = fields.Selection(
        selection=list(states.STATES.items()), required=True, default="waiting", readonly=True
    )
    reasons = fields.Json(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="Codes and values of the policy: some tell of illness, readers get words.",
    )
    gateway_id = fields.Many2one("hcrm.gateway", readonly=True)  # few: no index could find any
    ref = fields.Char(
        string="Reference", required=True, readonly=True, help="The same at each try."
    )
    claim = fields.Integer(readonly=True)
    claimed_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    settled_at = fields.Datetime(string="Ended", readonly=True)
    attempts = fields.Integer(readonly=True)
    is_sandboxed = fields.Boolean(
        string="Sandbox", readonly=True, help="Went through everything and left nothing."
    )
    failure_code = fields.Char(readonly=True)
    failure_values = fields.Json(readonly=True)
    failure_detail = fields.Char(string="The far end's words", readonly=True)
    is_untold = fields.Boolean(readonly=True, help="The asker does not know yet.")
    tell_after = fields.Datetime(readonly=True, help="The asker could not listen: told again then.")
    wants_person = fields.Boolean(
        readonly=True, help="Care ended unsent, and nobody has been asked yet to see to the person."
    )
    why = fields.Char(compute="_compute_why", help="Why it did not go, or waits.")
    attempt_ids = fields.One2many(
        "hcrm.communication.attempt",
        "communication_id",
        string="Tries",
        readonly=True,
        groups="hcrm_base.group_officer,hcrm_base.group_service_manager,hcrm_base.group_nurse,"
        "hcrm_base.group_doctor,hcrm_base.group_hcrm_admin,hcrm_base.group_marketing",
    )

    _key_uniq = models.UniqueIndex(
        "(company_id, idempotency_key)", "This message was asked for already."
    )
    _ref_uniq = models.UniqueIndex("(ref)", "Two messages cannot share a reference.")
    # the queue, as a worker reads it: one hospital and channel, the most important first
    _queue_idx = models.Index(
        "(company_id, channel, priority, next_at, id) WHERE state = 'waiting'"
    )
    _claim_idx = models.Index("(claim) WHERE state IN ('claimed', 'uncertain')")
    # the board: what ended badly or is in doubt, and what left on a day; _claim_idx has the rest
    _board_idx = models.Index(
        "(state, settled_at) WHERE state NOT IN ('waiting', 'claimed', 'sent', 'delivered')"
    )
    _left_idx = models.Index("(sent_at) WHERE state IN ('sent', 'delivered')")
    _cap_idx = models.Index(
        "(recipient_id, purpose, sent_at)"
        " WHERE state IN ('claimed', 'uncertain', 'sent', 'delivered')"
        " AND purpose NOT IN ('care', 'service')"
    )
    # whom an answer is from: not yet for what is being claimed, see _find_sent
    _address_idx = models.Index(
        "(address_stored) WHERE state IN ('uncertain', 'sent', 'delivered', 'failed')"
    )
    _latest_idx = models.Index("(recipient_id, shown_at DESC)")
    _subject_latest_idx = models.Index("(subject_id, shown_at DESC)")
    _untold_idx = models.Index("(id) WHERE is_untold")
    _person_idx = models.Index("(id) WHERE wants_person")
    # not for whoever reads the queue: it would promise all of it, in the order of its writing
    _expiry_idx = models.Index("(expires_at) WHERE state = 'waiting' AND expires_at IS NOT NULL")
    _secret_idx = models.Index("(id) WHERE is_secret AND body_stored <> ''")
    _asker_idx = models.Index("(res_model, res_id) WHERE res_model IS NOT NULL")
    _claimed_has_claim = models.Constraint(
        "CHECK (state <> 'claimed' OR (claim IS NOT NULL AND claimed_at IS NOT NULL"
        " AND gateway_id IS NOT NULL))",
        "A message that is being sent belongs to a worker and a gateway.",
    )
    _sent_has_time = models.Constraint(
        "CHECK (state NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL)",
        "A sent message bears the time at which it left.",
    )
    _failed_has_code = models.Constraint(
        "CHECK (state <> 'failed' OR failure_code IS NOT NULL)",
        "A failed message says why.",
    )

    def init(self):
        """Guard the life of a message in the database, where no road leads around it."""
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION hcrm_communication_guard() RETURNS trigger
                    LANGUAGE plpgsql AS $$
                BEGIN
                    IF NEW.ref IS DISTINCT FROM OLD.ref
                       OR NEW.idempotency_key IS DISTINCT FROM OLD.idempotency_key THEN
                        RAISE EXCEPTION 'message %%: reference and key stay as they are', OLD.id
                              USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF NEW.state <> OLD.state
                       AND (OLD.state || '>' || NEW.state) <> ALL (%(pairs)s) THEN
                        RAISE EXCEPTION 'message %%: %% cannot become %%',
                              OLD.id, OLD.state, NEW.state
                              USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                END
                $$;
                -- the condition is the function's: to call it for each message takes its time
                CREATE OR REPLACE TRIGGER hcrm_communication_guard
                    BEFORE UPDATE OF state, ref, idempotency_key ON hcrm_communication
                    FOR EACH ROW
                    WHEN (NEW.ref IS DISTINCT FROM OLD.ref
                          OR NEW.idempotency_key IS DISTINCT FROM OLD.idempotency_key
                          OR NEW.state <> OLD.state
                             AND (OLD.state || '>' || NEW.state) <> ALL (%(pairs)s))
                    EXECUTE FUNCTION hcrm_communication_guard();
                CREATE SEQUENCE IF NOT EXISTS hcrm_communication_claim_seq AS integer CYCLE;
                """,
                pairs=states.allowed_pairs(),
            )
        )

    @api.depends("channels_left")
    @api.depends_context("lang")
    def _compute_spare_channels(self):
        names = dict(self._fields["channel"]._description_selection(self.env))
        for message in self:
            codes = (message.channels_left or "").split(",")
            message.spare_channels = ", ".join(names.get(code, code) for code in codes)

    @api.depends("failure_code", "failure_values", "trouble_stored", "reasons", "state")
    @api.depends_context("lang", "uid")
    def _compute_why(self):
        now = fields.Datetime.now()
        for message, stored in zip(self, self.sudo(), strict=True):
            values = stored.failure_values
            if stored.trouble_stored and message.can_read_text:
                values = {"why": stored.trouble_stored}
            message.why = self._say_reasons(
                {
                    "failure_code": stored.failure_code,
                    "failure_values": values,
                    "reasons": stored.reasons,
                }
            )
        due = self.filtered(lambda one: one.state == "waiting" and one.next_at <= now)
        if due and self.env["hcrm.safety.switch"]._get_state() == "closed":
            due.why = self.env._("The outbox is closed")

    @api.model
    def _say_reasons(self, told):
        """Return why a message did not go, in the reader's language."""
        words = FAILURES.get(told["failure_code"])
        if not words:
            brief = self.env["hcrm.contact.policy"]._brief(told.get("reasons"))
            return told["failure_code"] or brief
        # an erasure empties the values
        values = defaultdict(lambda: "…", told.get("failure_values") or {})
        return words._translate(self.env.lang or "en_US") % values

    def _hcrm_why(self, lang, kept=False):
        """Return why these messages did not go, in ``lang``; an empty text if they did.

        :param kept: the text is stored where others read it, too: nothing clinical is said
        """
        told = self.with_context(lang=lang or self.env.lang).sudo()
        reader = told.env["hcrm.contact.reason.mixin"]
        if kept:
            reader = reader.with_user(self.env.ref("base.public_user")).sudo()
        names = dict(told._fields["state"]._description_selection(told.env))
        ended = told.filtered(
            lambda message: message.state in ("failed", "refused", "expired", "cancelled")
        )
        return "\n".join(
            dict.fromkeys(
                message._hcrm_explain(reader) or names[message.state] for message in ended
            )
        )

    def _hcrm_explain(self, reader):
        """Return the words of the policy if it decided the end, else those of the failure."""
        decided = self.state == "refused" or self.failure_code == "no_address"
        reasons = [
            reason
            for reason in self.reasons or ()
            if reason[1].get("effect") in ("refuse", "next_channel")
        ]
        if decided and reasons:
            return "; ".join(reader._explain(reasons))
        # not "why": it is for whoever asks now, and this may be kept
        return self.failure_code and self._say_reasons(
            {"failure_code": self.failure_code, "failure_values": self.failure_values}
        )

    @api.model
    def _new_ref(self):
        """Return a new reference: the time and eighty bits that nobody guesses.

        In the order of time, so that the index of many is written in one place.
        """
        return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_any(self):
        if not self.env.su:
            raise UserError(self.env._("Messages are never deleted: cancel what waits."))
