from odoo import api, fields, models
from odoo.tools import email_normalize, email_split, html2plaintext

from ..tools import inbound_mail
from ..tools.failures import readable


class HcrmInboundMailMixin(models.AbstractModel):
    """E-mail that arrives through Odoo's ways in (fetchmail, ``message_process``)."""

    _name = "hcrm.inbound.mail.mixin"
    _description = "Arriving E-mail"

    @api.model
    def _take_mail(self, message, message_dict, model=None):
        """Store an e-mail that is ours to work on; False leaves it to Odoo.

        Ours is what answers a message of the outbox, what tells that one did not arrive, and what
        is sent to an address under which an e-mail gateway speaks or is fetched for the inbox.
        """
        if bounce := inbound_mail.read_bounce(message):
            return self._take_bounce(bounce)
        if message_dict.get("is_bounce"):
            return False
        refs = inbound_mail.references(
            *(str(message.get(name) or "") for name in ("References", "In-Reply-To"))
        )
        if not inbound_mail.has_one_sender(message):
            refs = ()
        answered = self.env["hcrm.communication"].search([("ref", "in", refs)], limit=1)
        gateway = answered.gateway_id or self._find_mail_gateway(message_dict)
        if not answered and not gateway and model != "hcrm.inbound":
            return False
        self._receive(
            "email",
            answered.company_id or gateway.company_id or self.env.company,
            message_dict.get("email_from"),
            self._read_text(message, message_dict),
            gateway=gateway,
            subject=message_dict.get("subject"),
            provider_key=message_dict.get("message_id"),
            refs=refs if answered else (),
            is_automatic=inbound_mail.is_automatic(message),
            receiver=message_dict.get("to"),
            happened_at=fields.Datetime.to_datetime(message_dict.get("date")),
        )
        return True

    @api.model
    def _find_mail_gateway(self, message_dict):
        """Return the gateway under whose address this e-mail was written to."""
        told = {email_normalize(one) for one in email_split(message_dict.get("recipients") or "")}
        told -= {False}
        gateways = self.env["hcrm.gateway"].search([("channel", "=", "email")])
        return gateways.filtered(
            lambda one: told & {email_normalize(one.reply_to or one.sender or "")}
        )[:1]

    @api.model
    def _read_text(self, message, message_dict):
        """Return the person's own words, of the plain part where there is one."""
        part = message.get_body(preferencelist=("plain",))
        try:
            text = part.get_content() if part else html2plaintext(message_dict.get("body") or "")
        except (LookupError, ValueError):
            text = html2plaintext(message_dict.get("body") or "")
        return inbound_mail.visible(text)

    @api.model
    def _take_bounce(self, bounce):
        """A message came back: it takes its next channel, and a dead address is remembered.

        Believed only if it names a message of ours *and* the address that went to.
        """
        sent = self.env["hcrm.communication"].search(
            [("ref", "in", bounce.refs), ("channel", "=", "email")], limit=1
        )
        if not sent:
            return False
        if sent.address_stored == bounce.address and bounce.is_failed:
            self.env["hcrm.outbox"]._mark_undelivered(
                sent.gateway_id, sent.ref, sent.claim, bounce.words
            )
            if bounce.is_final:
                words = readable(bounce.words, bounce.address)
                self.env["hcrm.dead.address"]._bury("email", bounce.address, words)
        return True
