from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import states
from ..tools.purposes import CHANNELS, PURPOSES
from ..tools.sms_text import measure

BATCH = 5000
DAYS_AHEAD = 14
#: Who may not see members must not count them either, one by one.
K = 10


class HcrmSending(models.Model):
    """One message to everybody in a segment: rehearsed first, then asked for, then watched.

    Who addresses a segment need not know who is in it: recipients are found and asked for under
    sudo, after the right to read the segment was checked.
    """

    _name = "hcrm.sending"
    _description = "Message to a Segment"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "id DESC"
    _hcrm = Governance(
        data_class="service_message",
        log_reads=False,
        note="names a segment and a text, no person; class by purpose as hcrm.communication",
    )

    name = fields.Char(required=True, help="For the staff: nobody outside sees it.")
    segment_id = fields.Many2one("hcrm.segment", required=True, index=True, ondelete="restrict")
    segment_size = fields.Integer(related="segment_id.size", string="Persons")
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )

    # what
    purpose = fields.Selection(
        selection=[(code, purpose.name) for code, purpose in PURPOSES.items()],
        required=True,
        default=lambda self: self._default_purpose(),
    )
    message_class = fields.Selection(
        selection=[("care", "Care"), ("service", "Service"), ("marketing", "Marketing")],
        compute="_compute_message_class",
        store=True,
    )
    topic_id = fields.Many2one(
        "hcrm.message.topic", index="btree_not_null", domain="[('purpose', '=', purpose)]"
    )
    channel = fields.Selection(selection=list(CHANNELS.items()), required=True, default="sms")
    channel_after = fields.Selection(
        selection=list(CHANNELS.items()), string="Else by", help="Where the first cannot."
    )
    template_id = fields.Many2one(
        "hcrm.message.template",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('purpose', '=', purpose), ('text_ids.state', '=', 'approved')]",
        help="Its approved words, filled for each person with what you may read.",
    )
    subject_line = fields.Char("Subject line")
    body = fields.Text(string="Message")
    text_size = fields.Char(string="Length", compute="_compute_text_size")

    # when
    due_at = fields.Datetime(string="Not before", help="At once, if empty.")
    expires_at = fields.Datetime(help="Not sent any more after it; seven days, if empty.")

    # life
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("asking", "Being asked for"),
            ("asked", "In the outbox"),
            ("cancelled", "Taken back"),
        ],
        required=True,
        default="draft",
        readonly=True,
    )
    last_partner_id = fields.Integer(readonly=True, help="How far the list was asked for.")
    # exact counts: shown through preview_text only, which veils small ones
    preview = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    is_rehearsed = fields.Boolean(compute="_compute_preview_text")
    preview_text = fields.Text(string="Rehearsal", compute="_compute_preview_text")
    progress = fields.Char(compute="_compute_progress")

    _asking_idx = models.Index("(id) WHERE state = 'asking'")

    @api.model
    def _default_purpose(self):
        user = self.env.user
        if user.has_group("hcrm_base.group_marketing"):
            return "marketing"
        return "care" if user.has_group("hcrm_base.group_clinical_reader") else "service"

    @api.depends("purpose")
    def _compute_message_class(self):
        for sending in self:
            purpose = PURPOSES.get(sending.purpose)
            sending.message_class = purpose and purpose.data_class.removesuffix("_message")

    @api.depends("body")
    @api.depends_context("lang")
    def _compute_text_size(self):
        for sending in self:
            size = measure(sending.body or "")
            sending.text_size = self.env._(
                "%(units)s characters, %(parts)s SMS each", units=size.units, parts=size.parts
            )

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_progress(self):
        """Tell how many messages are in which state; few ones only to who may see members."""
        counts = {}
        for sending_id, state, count in self._count_states():
            counts.setdefault(sending_id, []).append((state, count))
        names = dict(
            self.env["hcrm.communication"]._fields["state"]._description_selection(self.env)
        )
        for sending in self:
            found = counts.get(sending.id, [])
            sending.progress = " · ".join(
                f"{names[state]} {self._veil(count)}"
                for state, count in sorted(found, key=lambda one: list(states.STATES).index(one[0]))
            )

    def _count_states(self):
        self.env["hcrm.communication"].flush_model(["state", "res_model", "res_id"])
        return self.env.execute_query(
            SQL(
                """
                SELECT res_id, state, count(*) FROM hcrm_communication
                 WHERE res_model = %s AND res_id IN %s
              GROUP BY res_id, state
                """,
                self._name,
                tuple(self.ids) or (0,),
            )
        )

    @api.model
    def _veil(self, count):
        if count < K and not self.env.user.has_group("hcrm_base.group_segment_member_reader"):
            return f"< {K}"
        return str(count)

    def write(self, vals):
        """What is under way stays as it was rehearsed."""
        if not self.env.su and any(sending.state != "draft" for sending in self):
            raise UserError(self.env._("This was sent already: make a new one to send again."))
        result = super().write(vals)
        if "purpose" in vals and not self.env.su:
            self.check_access("write")
        return result

    # REHEARSAL

    @api.depends("preview")
    @api.depends_context("lang", "uid")
    def _compute_preview_text(self):
        for sending in self:
            told = sending.sudo().preview
            sending.is_rehearsed = bool(told)
            sending.preview_text = told and "\n".join(
                [
                    *(sending._say_leaving(line) for line in told["leaving"]),
                    *(sending._say_held(line) for line in told["held"]),
                ]
            )

    def _say_leaving(self, line):
        return self.env._(
            "%(day)s: %(count)s by %(channel)s",
            day=format_date(self.env, line["day"]),
            count=self._veil(line["count"]),
            channel=self._name_of("channel", line["channel"]),
        )

    def _say_held(self, line):
        return self.env._(
            "%(state)s: %(count)s (%(why)s)",
            state=self._name_of("state", line["state"]),
            count=self._veil(line["count"]),
            why=line["why"] or "–",
        )

    @api.model
    def _name_of(self, field, value):
        described = self.env["hcrm.communication"]._fields[field]._description_selection(self.env)
        return dict(described).get(value, value)

    def action_preview(self):
        """Rehearse the sending over the next days; nothing leaves."""
        self.ensure_one()
        self._check_draft()
        told = self.env["hcrm.dry.run"]._run(self._prepare_requests(), days=DAYS_AHEAD)
        self.sudo().preview = self._sum_up(told)

    def _sum_up(self, told):
        """Return the rehearsal as counts, in the user's days."""
        leaving, held = Counter(), Counter()
        for line in told:
            if line["state"] in ("sent", "delivered"):
                day = fields.Datetime.context_timestamp(self, line["at"]).date()
                leaving[str(day), line["channel"]] += 1
            else:
                held[line["state"], self.env["hcrm.communication"]._say_reasons(line)] += 1
        return {
            "leaving": [
                {"day": day, "channel": channel, "count": count}
                for (day, channel), count in sorted(leaving.items())
            ],
            "held": [
                {"state": state, "why": why, "count": count}
                for (state, why), count in held.most_common()
            ],
        }

    # SENDING

    def action_send(self):
        """Ask for the messages; a large segment is asked for in the background."""
        self.ensure_one()
        self._check_draft()
        if not self.segment_size:
            raise UserError(self.env._("Nobody is in this segment: refresh it first."))
        self.sudo().state = "asking"
        self.sudo()._ask_next()
        if self.state == "asking":
            self.env.ref("hcrm_communication.ir_cron_sending").sudo()._trigger()

    def action_cancel(self):
        """Take back what has not left."""
        self.check_access("write")
        for sending in self.sudo():
            waiting = (
                self.env["hcrm.communication"]
                .sudo()
                .search(
                    [
                        ("res_model", "=", self._name),
                        ("res_id", "=", sending.id),
                        ("state", "=", "waiting"),
                    ]
                )
            )
            waiting._move_where_possible(("waiting",), "cancelled")
            sending.state = "cancelled"

    def _check_draft(self):
        self.check_access("write")
        if not self.template_id and not (self.body or "").strip():
            raise UserError(self.env._("Choose a template or write the message."))
        if self.state != "draft":
            raise UserError(self.env._("This was sent already: make a new one to send again."))
        if not self.template_id:
            self.env["hcrm.template.renderer"]._check_typed(
                self._get_signed_body(), self.subject_line, self.purpose, self._get_channels()
            )

    @api.model
    def _cron_ask(self):
        """Go on with large segments; killed anywhere, the keys keep messages from doubling."""
        commit_progress = self.env["ir.cron"]._commit_progress
        while sending := self.search([("state", "=", "asking")], limit=1).try_lock_for_update():
            sending._ask_next()
            if not commit_progress(1, remaining=self.search_count([("state", "=", "asking")])):
                break

    def _ask_next(self):
        """Ask for the next part of the list."""
        requests = self._prepare_requests(self.last_partner_id, BATCH)
        self.env["hcrm.communication"]._ask(requests)
        if len(requests) < BATCH:
            self.state = "asked"
        else:
            self.last_partner_id = requests[-1]["recipient_id"]

    def _prepare_requests(self, after_id=0, limit=None):
        """Return requests for the members after ``after_id``, as for ``_ask``."""
        self.segment_id.with_user(self.user_id).check_access("read")
        members = self.segment_id.with_user(self.user_id)._member_query()
        ids = self.env.execute_query(
            SQL(
                """
                SELECT id FROM res_partner WHERE id IN %s AND id > %s ORDER BY id %s
                """,
                members,
                after_id,
                SQL("LIMIT %s", limit) if limit else SQL(),
            )
        )
        shared = self._prepare_request()
        return [
            {**shared, "recipient_id": partner_id, "key": f"sending/{self.id}/{partner_id}"}
            for (partner_id,) in ids
        ]

    def _prepare_request(self):
        """Return what all messages of this sending share."""
        channels = self._get_channels()
        return {
            "purpose": self.purpose,
            "topic_id": self.topic_id.id,
            "channels": channels,
            "template_id": self.template_id.id,
            "user_id": self.user_id.id,
            "subject_line": self.subject_line,
            "body": self.body if self.template_id else self._get_signed_body(),
            "due_at": self.due_at,
            "expires_at": self.expires_at,
            "company_id": self.company_id.id,
            "res_model": self._name,
            "res_id": self.id,
        }

    def _get_channels(self):
        return [code for code in (self.channel, self.channel_after) if code]

    def _get_signed_body(self):
        """Return what was typed, as an SMS begins."""
        body = (self.body or "").strip()
        if "sms" not in self._get_channels() or body.startswith("【"):
            return body
        gateway = self.env["hcrm.gateway"].sudo()
        domain = [("channel", "=", "sms"), ("company_id", "=", self.company_id.id)]
        return gateway.search(domain, limit=1)._get_signature() + body

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        if any(sending.state != "draft" for sending in self):
            raise UserError(self.env._("What was sent stays on record: only drafts are deleted."))
