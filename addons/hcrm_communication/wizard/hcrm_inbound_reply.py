from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import sms_text
from ..tools.purposes import CHANNELS

#: An answer to a message falls under the purpose of the class its reader works in.
PURPOSE = {"care": "care", "service": "service", "marketing": "marketing"}


class HcrmInboundReply(models.TransientModel):
    """Answers a message on the channel it came by."""

    _name = "hcrm.inbound.reply"
    _description = "Answer a Message"
    _hcrm = Governance(data_class="wizard")

    inbound_id = fields.Many2one("hcrm.inbound", required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", string="To", compute="_compute_question")
    channel = fields.Selection(selection=list(CHANNELS.items()), compute="_compute_question")
    question = fields.Text(string="They wrote", compute="_compute_question")
    body = fields.Text(string="Your answer", required=True)
    size = fields.Char(compute="_compute_size")

    @api.depends("inbound_id")
    def _compute_question(self):
        for wizard in self:
            wizard.partner_id = wizard.inbound_id.partner_id
            wizard.channel = wizard.inbound_id.channel
            wizard.question = wizard.inbound_id.body

    @api.depends("body", "channel")
    def _compute_size(self):
        for wizard in self:
            size = sms_text.measure(wizard.body or "")
            wizard.size = wizard.channel == "sms" and self.env._(
                "%(units)s characters, %(parts)s parts, %(left)s left in the last",
                units=size.units,
                parts=size.parts,
                left=size.left,
            )

    def action_send(self):
        """Ask the outbox for it and close the message."""
        self.ensure_one()
        arrived = self.inbound_id
        arrived.check_access("write")
        arrived._check_open()
        if not arrived.partner_id:
            raise UserError(self.env._("First say who it is: an answer goes to a customer."))
        if not (self.body or "").strip():
            raise ValidationError(self.env._("Write the answer first."))
        arrived_sudo = arrived.sudo()
        gateway = arrived_sudo._get_gateway()
        signature = gateway._get_signature() if arrived.channel == "sms" else ""
        body = self.body.strip()
        if signature and not body.startswith("【"):
            body = signature + body
        self.env["hcrm.template.renderer"]._check_typed(
            body, self.env._("Your message to us"), "service", [arrived.channel]
        )
        number = arrived_sudo.replies + 1
        reply = arrived_sudo.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": arrived_sudo.partner_id.id,
                    "purpose": PURPOSE[arrived_sudo.message_class],
                    "topic_id": arrived_sudo.topic_id.id,
                    "channels": [arrived_sudo.channel],
                    "key": f"inbound/{arrived_sudo.id}/{number}",
                    "subject_line": self.env._("Your message to us"),
                    "body": body,
                    "is_urgent": True,
                    "is_asked_for": True,
                    "company_id": arrived_sudo.company_id.id,
                }
            ]
        )
        arrived_sudo.write({"replies": number, "reply_id": reply.id})
        arrived.action_close()
        return {"type": "ir.actions.act_window_close"}
