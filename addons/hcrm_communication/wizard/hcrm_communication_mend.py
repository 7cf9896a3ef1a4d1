from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..models.hcrm_communication_mending_mixin import MENDABLE
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

    def _prepare_values(self):
        """Return the columns that were corrected."""
        values = {}
        if self.channel:
            values["channel"] = self.channel
        if self.expires_at:
            if self.expires_at <= fields.Datetime.now():
                raise ValidationError(self.env._("“Not after” lies in the past."))
            values["expires_at"] = self.expires_at
        if self._has_new_words():
            channels = [self.channel or self.communication_id.channel]
            self.env["hcrm.template.renderer"]._check_typed(
                self.body, self.subject_line, self.communication_id.purpose, channels
            )
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
