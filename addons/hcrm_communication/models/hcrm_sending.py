from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import CHANNELS, PURPOSES

BATCH = 5000
#: What a rehearsal rests on.
REHEARSED = frozenset(
    (
        "segment_id", "company_id", "purpose", "topic_id", "channel", "channel_after",
        "template_id", "subject_line", "body", "due_at", "expires_at",
    )
)  # fmt: skip


class HcrmSending(models.Model):
    """One message to everybody in a segment: rehearsed first, then asked for, then watched.

    Who addresses a segment need not know who is in it: recipients are found and asked for under
    sudo, after the right to read the segment was checked.
    """

    _name = "hcrm.sending"
    _description = "Message to a Segment"
    _inherit = [
        "hcrm.sending.preview.mixin",
        "hcrm.sending.progress.mixin",
        "hcrm.guarded.write.mixin",
    ]
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
    currency_id = fields.Many2one(related="company_id.currency_id")
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

    def write(self, vals):
        """What is under way stays as it was rehearsed."""
        if not self.env.su and any(sending.state != "draft" for sending in self):
            raise UserError(self.env._("This was sent already: make a new one to send again."))
        result = super().write(vals)
        if "purpose" in vals and not self.env.su:
            self.check_access("write")
        if not REHEARSED.isdisjoint(vals):
            self.sudo().preview = False  # what goes is what was looked at
        return result

    # SENDING

    def action_send(self):
        """Ask for the messages; a large segment is asked for in the background."""
        self.ensure_one()
        self._check_draft()
        if not self.is_rehearsed:
            raise UserError(
                self.env._("It was changed since it was rehearsed: rehearse it, then send.")
            )
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
