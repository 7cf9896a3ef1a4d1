import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.purposes import CHANNELS

#: By these somebody types to a person and is answered.
WRITTEN = ("sms", "wechat", "email", "portal")


class HcrmConversationBegin(models.TransientModel):
    """The first words to a customer: there is no conversation before they are sent."""

    _name = "hcrm.conversation.begin"
    _description = "Write to a Customer"
    _hcrm = Governance(data_class="wizard")

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        domain=[("is_customer_person", "=", True)],
    )
    channel = fields.Selection(
        selection=[(code, CHANNELS[code]) for code in WRITTEN],
        string="Send by",
        required=True,
        compute="_compute_channel",
        compute_sudo=False,
        store=True,
        precompute=True,
        readonly=False,
    )
    ways = fields.Char(string="Can be reached by", compute="_compute_ways")
    is_open = fields.Boolean(compute="_compute_ways")
    body = fields.Text(string="First message", required=True)
    token = fields.Char(required=True, readonly=True, default=lambda _self: uuid.uuid4().hex)
    is_at_desk = fields.Boolean()

    @api.depends("partner_id")
    def _compute_ways(self):
        talks = self.env["hcrm.conversation"]
        for wizard in self:
            codes = talks._get_reached(self.env.company, wizard.partner_id)
            names = [talks._channel_name(code) for code in WRITTEN if code in codes]
            wizard.ways = ", ".join(names) or self.env._("nothing: call instead")
            talk = wizard.partner_id and talks._find_of(wizard.partner_id)
            wizard.is_open = bool(talk) and talk.has_access("write")

    @api.depends("partner_id")
    def _compute_channel(self):
        talks = self.env["hcrm.conversation"]
        for wizard in self:
            codes = talks._get_reached(self.env.company, wizard.partner_id)
            wizard.channel = next((code for code in WRITTEN if code in codes), False)

    def action_send(self):
        """Send it, and go to the conversation; one that is open already goes on."""
        self.ensure_one()
        talks = self.env["hcrm.conversation"]
        if not (self.body or "").strip():
            raise UserError(self.env._("Write the message first."))
        if talk := talks._find_of(self.partner_id):
            talk._check_goes_on()
        else:
            talk = talks._begin(self.partner_id, self.channel)
        told = talk.reply(self.body, self.token, self.channel)
        shown = talk.action_open_desk()
        if self.is_at_desk:
            shown = {"type": "ir.actions.act_window_close", "infos": {"conversation_id": talk.id}}
        if not told["until"]:
            return shown
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("It leaves at %s.", told["until"]),
                "type": "warning",
                "next": shown,
            },
        }
