import xmlrpc.client

from odoo import api, models
from odoo.tools import html2plaintext

from ..tools import inbound_mail
from ..tools.message_lint import HEALTH
from .ir_mail_server import MARKS


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        """Chinese e-mail is read as it was written, whatever it calls its alphabet."""
        if isinstance(message, xmlrpc.client.Binary):
            message = bytes(message.data)
        if isinstance(message, bytes):
            message = inbound_mail.mend_charsets(message)
        return super().message_process(model, message, *args, **kwargs)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """What a customer answers, and what did not reach one, belongs to the inbox of HCRM.

        It goes no further: a copy in chatter would be read by who may not read the answer.
        """
        if self.env["hcrm.inbound"].sudo()._take_mail(message, message_dict, model):
            return []
        return super().message_route(message, message_dict, model, thread_id, custom_values)

    def _notify_thread_by_email(self, message, recipients_data, *, msg_vals=False, **kwargs):
        """What somebody types to a customer says nothing about health; about rows of health it
        goes behind a secure link, whatever it says."""
        told = msg_vals or {}
        typed = (told.get("message_type") or message.message_type) == "comment"
        model = told.get("model") or message.model
        if (
            typed
            and self.env.user._is_internal()
            and not self.env["hcrm.road"]._is_confidential(model)
            and self._hcrm_is_to_customers(recipients_data)
        ):
            self.env["hcrm.template.renderer"]._check_typed(
                html2plaintext(told.get("body") or message.body or "", include_references=False),
                told.get("subject") or message.subject,
                "service",
                ["email"],
                HEALTH,
            )
        return super()._notify_thread_by_email(
            message, recipients_data, msg_vals=msg_vals, **kwargs
        )

    def _notify_by_email_get_headers(self, headers=None):
        """A client may name headers; our marks are no client's."""
        told = super()._notify_by_email_get_headers(headers=headers) or {}
        return {name: told[name] for name in told if name.strip().lower() not in MARKS}

    @api.model
    def _hcrm_is_to_customers(self, recipients_data):
        """True when an e-mail goes to somebody who is treated here and no employee."""
        outside = [one for one in recipients_data if one["notif"] == "email" and one["share"]]
        ids = [one["id"] for one in outside if one["id"]]
        domain = [("id", "in", ids), ("is_customer_person", "=", True)]
        people = self.env["res.partner"].sudo().with_context(active_test=False)
        if ids and people.search_count(domain, limit=1):
            return True
        typed = [one["email_normalized"] for one in outside if not one["id"]]
        return bool(self.env["hcrm.address.book"]._find_by_email(filter(None, typed)))
