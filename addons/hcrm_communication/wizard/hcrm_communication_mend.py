from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.hcrm_communication_mending_mixin import MENDABLE
from ..tools.message_lint import HEALTH, errors, veil
from ..tools.purposes import CHANNELS
from ..tools.sms_text import measure

#: Which field of the customer is the address of a channel.
ADDRESS_FIELDS = {"sms": "phone", "voice": "phone", "email": "email"}
#: How long a mended message may still go when its last day is over.
NEW_LIFE = timedelta(days=2)


class HcrmCommunicationMend(models.TransientModel):
    """Corrects what kept messages back and puts them into the queue again.

    A number is corrected where it is kept, on the customer, by those who may: whatever is sent to
    the customer next goes there, too. The policy decides anew when the message is claimed.
    """

    _name = "hcrm.communication.mend"
    _description = "Mend a Message"
    _hcrm = Governance(data_class="wizard")

    communication_ids = fields.Many2many("hcrm.communication", string="Messages", required=True)
    count = fields.Integer(compute="_compute_single")
    communication_id = fields.Many2one("hcrm.communication", compute="_compute_single")
    # computed, not related: what the user sees of the message is read as the user, and logged
    recipient_id = fields.Many2one("res.partner", string="To", compute="_compute_single")
    explanation = fields.Html(compute="_compute_single", sanitize=False)
    address_now = fields.Char(string="Went to", compute="_compute_single")
    can_read_text = fields.Boolean(compute="_compute_single")
    is_perhaps_sent = fields.Boolean(compute="_compute_single", export_string_translation=False)
    may_correct = fields.Boolean(compute="_compute_may_correct")

    channel = fields.Selection(
        selection=list(CHANNELS.items()),
        compute="_compute_start",
        store=True,
        readonly=False,
        help="Empty: each as before.",
    )
    new_address = fields.Char(
        string="Correct number or address",
        help="Is kept with the customer: the next messages go there, too.",
    )
    subject_line = fields.Char(
        string="Subject line", compute="_compute_start", store=True, readonly=False
    )
    body = fields.Text(string="Message", compute="_compute_start", store=True, readonly=False)
    text_size = fields.Char(string="Length", compute="_compute_text_size")
    expires_at = fields.Datetime(
        string="Not after",
        compute="_compute_start",
        store=True,
        readonly=False,
        help="What is not sent by then is not worth sending. Empty: each as before.",
    )

    def _get_messages(self):
        """Return the messages that the user may change: ids come from the client."""
        messages = self.env["hcrm.communication"].sudo(False).browse(self.communication_ids.ids)
        return messages._filtered_access("write")

    @api.depends("communication_ids")
    @api.depends_context("uid")
    def _compute_single(self):
        for wizard in self:
            messages = wizard._get_messages()
            wizard.count = len(messages)
            message = messages if len(messages) == 1 else messages.browse()
            wizard.communication_id = message
            wizard.recipient_id = message.recipient_id
            wizard.explanation = message.explanation
            wizard.address_now = message.address
            wizard.can_read_text = message.can_read_text
            wizard.is_perhaps_sent = bool(message._filter_perhaps_sent())

    @api.depends("communication_ids")
    def _compute_start(self):
        """Begin with what the messages are."""
        now = fields.Datetime.now()
        for wizard in self:
            messages = wizard._get_messages()
            channels = set(messages.mapped("channel"))
            wizard.channel = channels.pop() if len(channels) == 1 else False
            late = [one for one in messages.mapped("expires_at") if one and one <= now]
            wizard.expires_at = now + NEW_LIFE if late else False
            wizard.body = len(messages) == 1 and messages.body
            wizard.subject_line = len(messages) == 1 and messages.sudo().subject_line_stored
            if not wizard.body:
                wizard.subject_line = False

    @api.depends("communication_ids", "channel")
    @api.depends_context("uid")
    def _compute_may_correct(self):
        for wizard in self:
            message = wizard.communication_id.sudo(False)
            wizard.may_correct = bool(
                message
                and not message.is_outside
                and wizard.channel in ADDRESS_FIELDS
                and message.recipient_id.has_access("write")
            )

    @api.depends("body", "channel")
    def _compute_text_size(self):
        for wizard in self:
            size = measure(wizard.body or "")
            wizard.text_size = wizard.channel == "sms" and self.env._(
                "%(units)s characters, %(parts)s parts", units=size.units, parts=size.parts
            )

    def action_replay(self):
        """Save what was corrected and put the messages into the queue again, each once."""
        self.ensure_one()
        messages = self._get_messages()
        self._check_messages(messages)
        values = self._prepare_values()
        self._correct_address()
        moved = messages._move_where_possible(MENDABLE, "waiting", values)
        if not moved or len(moved) < len(messages):
            raise UserError(
                self.env._(
                    "%(count)s of these messages cannot be sent again: a colleague was faster, "
                    "or they have no words. Close this and look at their state.",
                    count=len(messages) - len(moved),
                )
            )
        self.env["hcrm.outbox"]._trigger()
        return {"type": "ir.actions.act_window_close"}

    def _check_messages(self, messages):
        """Refuse what may not go again like this, many at once or by another channel."""
        perhaps = len(messages) > 1 and messages._filter_perhaps_sent()
        if perhaps:
            raise UserError(messages._say_perhaps_sent(len(perhaps)))
        changed = messages.filtered(lambda one: self.channel and one.channel != self.channel)
        if changed.filtered("is_outside"):
            raise UserError(
                self.env._("A number that is no customer's is reached by its own channel only.")
            )
        if not self._has_new_words():
            self._check_kept_words(changed)

    def _check_kept_words(self, messages):
        """Words that were fit for another channel are looked at for the new one.

        A missing subject keeps nothing back: it stands on the form.
        """
        renderer = self.env["hcrm.template.renderer"]
        found = {}
        for message, stored in zip(messages, messages.sudo(), strict=True):
            words = (stored.texts_stored or {}).get(self.channel) or {
                "body": stored.body_stored,
                "subject_line": stored.subject_line_stored,
            }
            for one in errors(
                renderer._lint(
                    words["body"],
                    words["subject_line"],
                    stored.purpose,
                    self.channel,
                    is_clinical=stored.template_id.is_clinical,
                    is_made=True,
                )
            ):
                if one.code != "no_subject":
                    found[renderer._say(one if message.can_read_text else veil(one))] = None
        if found:
            raise ValidationError(
                self.env._(
                    "As they are, these words do not go by this channel:\n%(findings)s\n\nChoose "
                    "another channel, or mend the messages one by one, in other words.",
                    findings="\n".join(found),
                )
            )

    def _prepare_channel(self):
        """Return the new channel: it is spare no more, and the old one's address is not its."""
        field = ADDRESS_FIELDS.get(self.channel)
        alike = [code for code, name in ADDRESS_FIELDS.items() if name == field] or [self.channel]
        return {
            "channel": self.channel,
            "channels_left": SQL(
                "NULLIF(array_to_string("
                "array_remove(string_to_array(channels_left, ','), %s), ','), '')",
                self.channel,
            ),
            "address_asked_stored": SQL(
                "CASE WHEN channel = ANY(%s) THEN address_asked_stored END", alike
            ),
        }

    def _prepare_values(self):
        """Return the columns that were corrected."""
        values = self._prepare_channel() if self.channel else {}
        if self.expires_at:
            if self.expires_at <= fields.Datetime.now():
                raise ValidationError(self.env._("“Not after” lies in the past."))
            values["expires_at"] = self.expires_at
        if self._has_new_words():
            self._check_new_words()
            values |= {
                "body_stored": self.body.strip(),
                "subject_line_stored": self.subject_line or None,
                "html_stored": None,
                "texts_stored": None,
                "trouble_stored": None,
            }
        if self.new_address:
            values["address_asked_stored"] = None
        return values

    def _check_new_words(self):
        """Refuse typed words; those for a closed channel may reach an open one that is spare."""
        message = self.communication_id
        renderer = self.env["hcrm.template.renderer"]
        words = self.body, self.subject_line, message.purpose
        renderer._check_typed(*words, [self.channel or message.channel])
        renderer._check_typed(*words, (message.channels_left or "").split(","), HEALTH)

    def _has_new_words(self):
        message = self.communication_id
        if not message or not message.can_read_text or not (self.body or "").strip():
            return False
        subject = message.sudo().subject_line_stored or ""
        return (self.body, self.subject_line or "") != (message.body or "", subject)

    def _correct_address(self):
        """Write the new number or address where it is kept, with the user's own rights."""
        address = (self.new_address or "").strip()
        if not address:
            return
        if not self.may_correct:
            raise UserError(
                self.env._("Whoever keeps the customer's file corrects the number or address.")
            )
        self.communication_id.recipient_id.write({ADDRESS_FIELDS[self.channel]: address})
