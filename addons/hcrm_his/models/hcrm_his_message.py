import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Told

from ..tools import charset, reasons
from .reason_words import ReasonWords

_lt = LazyTranslate(__name__)

INTEGRATION = "hcrm_base.group_integration"
ADMIN = "hcrm_base.group_hcrm_admin"
READERS = f"{INTEGRATION},{ADMIN}"
#: Character sets in which a person's words are looked for in bytes.
CODECS = ("utf-8", "gb18030")


class HcrmHisMessage(models.Model):
    """A message as it was received: the queue, the archive and the dead letters in one table.

    The listener inserts rows by SQL. ``received`` waits in its lane; ``processed`` is done;
    ``dead`` waits for a person; ``ignored`` was set aside by a person. The bytes are in the column
    ``body``, which the ORM does not know, so that no export and no RPC reads them by accident.
    """

    _name = "hcrm.his.message"
    _description = "HIS Message"
    _inherit = [
        "hcrm.break.glass.mixin",
        "hcrm.his.message.replay.mixin",
        "hcrm.access.logged.mixin",
        "hcrm.his.reason.mixin",
    ]
    _order = "id DESC"
    _rec_name = "control_id"
    _rec_names_search = ["control_id"]
    _hcrm = Governance(
        data_class="inbox",
        merge="canonical",
        erasure="blank",
        retention="message",
        dated="received_at",
        expiry="delete",
        blank=(
            "patient_key", "corrected_text", "detail", "warning_list", "warning_text",
            "reason_values", "reason_text",
        ),
        told=Told(why_not=_lt("Raw messages between systems: what they said is in your records.")),
        note="the row stays, so that the same message sent again is known",
    )  # fmt: skip
    _break_glass_groups = ADMIN
    # the header tells nothing of a person; showing a body is noted where it is read
    _access_log_fields = frozenset(("partner_id", "encounter_id", "patient_key", "corrected_text"))

    # header
    sender_id = fields.Many2one("hcrm.his.sender", readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", string="Hospital", readonly=True, index=True)
    control_id = fields.Char(string="Control ID", readonly=True, help="MSH-10.")
    message_type = fields.Char(string="Type", readonly=True, help="MSH-9: ADT^A01, ORU^R01, …")
    message_time = fields.Datetime(string="Sent", readonly=True, help="MSH-7.")
    received_at = fields.Datetime(string="Received", readonly=True, default=fields.Datetime.now)
    peer = fields.Char(
        string="From", readonly=True, help="Address the message came from, or its file."
    )
    load_id = fields.Integer(readonly=True, index="btree_not_null")
    feed_id = fields.Many2one(
        "hcrm.his.feed",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The feed by which this row came; empty for HL7 and FHIR.",
    )

    # life
    state = fields.Selection(
        selection=[
            ("received", "Waiting"),
            ("processed", "Processed"),
            ("dead", "Dead letter"),
            ("ignored", "Set aside"),
        ],
        required=True,
        readonly=True,
        default="received",
    )
    accepted = fields.Boolean(readonly=True, help="The sender was told that we have it (AA).")
    ack_code = fields.Char(string="Answer", readonly=True, help="MSA-1: AA, AE or AR.")
    error_code = fields.Integer(readonly=True, aggregator=None, help="HL7 table 0357.")
    reason = fields.Char(help="Why it is a dead letter, or why it was set aside.")
    detail = fields.Text(readonly=True, groups=INTEGRATION, help="For whoever mends the program.")
    warning_list = fields.Json(readonly=True, help="Codes and values of the warnings.")
    warning_text = fields.Text(readonly=True, help="Warnings of before they had codes.")
    warnings = fields.Text(
        compute="_compute_warnings",
        search="_search_warnings",
        help="What was left out or looked odd.",
    )
    attempts = fields.Integer(readonly=True, aggregator=None)
    processed_at = fields.Datetime(string="Processed on", readonly=True)
    processed_ms = fields.Float(string="Milliseconds", readonly=True, aggregator="avg")

    # order
    lane = fields.Integer(readonly=True, aggregator=None)
    lane_other = fields.Integer(readonly=True, aggregator=None)
    patient_key = fields.Char(readonly=True, groups=INTEGRATION)

    # content
    charset = fields.Char(readonly=True)
    body_digest = fields.Char(readonly=True, groups=INTEGRATION)
    body_text = fields.Text(string="Message", compute="_compute_body", groups=READERS)
    body_file = fields.Binary(string="Original", compute="_compute_body", groups=READERS)
    corrected_text = fields.Text(
        string="Corrected copy",
        groups=INTEGRATION,
        help="Replayed in place of the original, which stays as it was received.",
    )
    corrected_by = fields.Many2one("res.users", readonly=True)
    corrected_at = fields.Datetime(readonly=True)

    # what came of it
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=INTEGRATION,
    )
    encounter_id = fields.Many2one(
        "hcrm.encounter",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=INTEGRATION,
    )

    _queue_idx = models.Index("(lane, id) WHERE state = 'received'")
    _queue_other_idx = models.Index(
        "(lane_other, id) WHERE state = 'received' AND lane_other IS NOT NULL"
    )
    _received_idx = models.Index("(received_at)")
    _dead_idx = models.Index("(received_at) WHERE state = 'dead'")
    _control_idx = models.Index("(control_id)")
    _accepted_uniq = models.UniqueIndex(
        "(sender_id, control_id) WHERE accepted", "This message was already received."
    )
    _refused_uniq = models.UniqueIndex(
        "(COALESCE(sender_id, 0), control_id, body_digest) WHERE NOT accepted",
        "This message was already refused.",
    )

    def init(self):
        """Add the column for the bytes: Odoo's binary fields would keep them as base64."""
        self.env.cr.execute(
            SQL(
                "ALTER TABLE %s ADD COLUMN IF NOT EXISTS body bytea",
                SQL.identifier(self._table),
            )
        )

    @api.depends("message_type", "control_id")
    def _compute_display_name(self):
        for message in self:
            parts = [message.message_type, message.control_id or f"#{message.id}"]
            message.display_name = " ".join(part for part in parts if part)

    @api.depends("warning_list", "warning_text")
    @api.depends_context("lang")
    def _compute_warnings(self):
        told = {message: reasons.load(message.warning_list) for message in self}
        words = ReasonWords(self.env, [one for listed in told.values() for one in listed])
        for message, listed in told.items():
            lines = [words.say(one) for one in listed]
            message.warnings = "\n".join(lines) or message.warning_text

    def _search_warnings(self, operator, value):
        """Find messages without warnings, or those whose warnings hold a word."""
        if operator == "in" and set(value) == {False}:
            return Domain("warning_list", "=", False) & Domain("warning_text", "=", False)
        if operator == "ilike" and isinstance(value, str):
            codes = ReasonWords(self.env).find_codes(value)
            return Domain("warning_text", "ilike", value) | _warned_domain(codes, value)
        return NotImplemented

    @api.depends("charset")
    @api.depends_context("uid")
    def _compute_body(self):
        """The integration role reads all, an administrator what was opened by breaking glass."""
        readable = self
        if not (self.env.su or self.env.user.has_group(INTEGRATION)):
            readable = self._filtered_break_glass_open()
        (self - readable).body_text = (self - readable).body_file = False
        bodies = readable._read_bodies()
        if readable and not self.env.su:
            readable._access_log_records(["body_text"])
        for message in readable:
            body = bodies.get(message.id, b"")
            codec = charset.codec_of(message.charset) or "utf-8"
            text = body.decode(codec, "backslashreplace").replace("\0", "\\x00")
            message.body_text = text.replace("\r\n", "\n").replace("\r", "\n")
            message.body_file = base64.b64encode(body)

    def write(self, vals):
        if "corrected_text" in vals:
            self._check_correctable()
            vals = vals | {
                "corrected_by": self.env.uid,
                "corrected_at": fields.Datetime.now(),
            }
        return super().write(vals)

    def _check_correctable(self):
        """What waits was judged by its header, and what is processed is history."""
        if not self.env.su and any(one.state not in ("dead", "ignored") for one in self):
            raise UserError(self.env._("Only dead letters and those set aside can be corrected."))

    def _hcrm_break_glass_partner(self):
        return self.sudo().partner_id

    def _read_bodies(self):
        """Return {id: bytes as received}."""
        if not self.ids:
            return {}
        rows = self.env.execute_query(
            SQL("SELECT id, body FROM hcrm_his_message WHERE id = ANY(%s)", self.ids)
        )
        return {message_id: bytes(body or b"") for message_id, body in rows}

    @api.model
    def _hcrm_on_erase(self, run):
        """Empty the messages of an erased person, also those that nobody could apply.

        What was applied is found by the person, what waits by the record number, and what could not
        be read by the numbers and the name that nobody else bears, in the character sets in use.
        """
        values = [key for _system, _kind, key in run.words.numbers if key]
        words = [word.encode(codec) for word in run.words.mentions for codec in CODECS]
        rows = self._forget(
            SQL(
                """(partner_id = ANY(%s)
                    OR substring(patient_key FROM '[^|]*$') = ANY(%s)
                    OR partner_id IS NULL AND state IN ('dead', 'ignored') AND (%s))""",
                run.ids,
                values,
                SQL(" OR ").join(SQL("position(%s::bytea IN body) > 0", word) for word in words)
                if words
                else SQL("FALSE"),
            )
        )
        run.add(self._name, "blanked", rows)

    @api.model
    def _forget(self, where):
        """Empty messages; what was not applied is set aside for good. Return how many."""
        columns = [SQL("%s = NULL", SQL.identifier(name)) for name in self._hcrm.blank]
        self.env.cr.execute(
            SQL(
                """UPDATE hcrm_his_message
                      SET body = NULL, %s,
                          reason_code = CASE WHEN state = 'processed' THEN reason_code
                                             ELSE 'person_erased' END,
                          state = CASE WHEN state = 'processed' THEN state ELSE 'ignored' END
                    WHERE %s AND (body IS NOT NULL OR patient_key IS NOT NULL)""",
                SQL(", ").join(columns),
                where,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _hcrm_expiry_where(self):
        """What waits, for its turn or for a person, does not age."""
        return SQL("state IN ('processed', 'ignored')")


def _warned_domain(codes, value):
    """Return a domain for messages with a warning of one of ``codes``, or with that value in it."""
    return Domain.custom(
        to_sql=lambda model, alias, query: SQL(
            """EXISTS (SELECT FROM jsonb_array_elements(%(listed)s) AS told
                        WHERE told ->> 0 = ANY(%(codes)s)
                           OR strpos(lower(told ->> 2), %(value)s) > 0)""",
            listed=SQL.identifier(alias, "warning_list"),
            codes=codes,
            value=value.lower(),
        )
    )
