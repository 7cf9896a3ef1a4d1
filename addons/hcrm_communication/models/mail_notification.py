from odoo import models
from odoo.tools.mail import email_normalize

from odoo.addons.mail.tools.discuss import Store

from ..tools.addresses import same_mailbox


class MailNotification(models.Model):
    """The envelope beside a message in the chatter tells what the outbox knows."""

    _inherit = "mail.notification"

    def _hcrm_filter_mine(self, messages):
        """Return of the messages of a mail those to the one notified."""
        self.ensure_one()
        partner = self.res_partner_id
        if partner:
            return messages.filtered(lambda message: message.subject_id == partner)
        address = email_normalize(self.mail_email_address or "", strict=False)
        return messages.filtered(
            lambda message: (
                address
                and same_mailbox(
                    message.address_asked_stored or message.subject_id.email_normalized or "",
                    address,
                )
            )
        )

    def _hcrm_show(self, status, reason):
        """Write a status; whoever looks at the message sees it change."""
        failed = status == "exception"
        self.write(
            {
                "notification_status": status,
                "failure_type": "unknown" if failed else False,
                "failure_reason": reason if failed else False,
            }
        )
        self.mail_message_id.filtered(
            lambda message: message._is_thread_message()
        )._notify_message_notification_update()

    def _hcrm_find_message(self):
        """Return the last message of the outbox behind a notification, or none."""
        self.ensure_one()
        messages = self.env["hcrm.communication"].sudo()
        if self.notification_type == "email":
            mail = self.sudo().mail_mail_id
            return self._hcrm_filter_mine(mail._hcrm_find_messages())[-1:] if mail else messages
        uuids = self.sudo().sms_tracker_ids.mapped("sms_uuid")
        keys = [f"sms/{uuid}" for uuid in uuids]
        return messages.search(
            [("idempotency_key", "in", keys), ("res_model", "=", "sms.sms")],
            order="id DESC",
            limit=1,
        )

    def format_failure_reason(self):
        return self._hcrm_get_reason() or super().format_failure_reason()

    def _hcrm_get_reason(self):
        """Return why the outbox did not send it, in the reader's language."""
        if self.notification_status not in ("exception", "canceled"):
            return ""
        return self._hcrm_find_message()._hcrm_why(self.env.lang)

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            Store.Attr("hcrm_reason", lambda notification: notification._hcrm_get_reason()),
        ]
