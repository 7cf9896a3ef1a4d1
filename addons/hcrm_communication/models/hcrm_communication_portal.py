from odoo import api, models

from ..tools.kannel_gateway import DLR_DELIVERED


class HcrmCommunication(models.Model):
    """Messages that the person reads on the portal: opened there, they are delivered."""

    _inherit = "hcrm.communication"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _portal_message_domain(self):
        """What the login may read: the own messages, and those to children it decides for."""
        persons_sudo = self.env["hcrm.consent"]._portal_persons()
        return [
            ("channel", "=", "portal"),
            ("state", "in", ("sent", "delivered")),
            ("recipient_id", "in", persons_sudo._hcrm_known_as().ids),
            ("is_sandboxed", "=", False),
            ("is_secret", "=", False),
        ]

    @api.model
    def _portal_messages(self, limit=None, offset=0):
        """Return the messages of the login under sudo, the newest first."""
        return self.sudo().search(
            self._portal_message_domain(), limit=limit, offset=offset, order="id DESC"
        )

    @api.model
    def _portal_message(self, message_id):
        """Return one message of the login, or nothing, whether it exists or not."""
        domain = [*self._portal_message_domain(), ("id", "=", message_id)]
        return self.sudo().search(domain, limit=1)

    @api.model
    def _portal_counts(self):
        """Return (messages, unread ones)."""
        domain = self._portal_message_domain()
        messages_sudo = self.sudo()
        unread = [*domain, ("state", "=", "sent")]
        return messages_sudo.search_count(domain), messages_sudo.search_count(unread)

    def _portal_note_read(self):
        """The person opened it: that is its receipt. The reading is in the access log."""
        for message_sudo in self:
            self.env["hcrm.access.log"]._note(
                self._name, message_sudo.ids, message_sudo.subject_id.ids
            )
            if message_sudo.state == "sent":
                self.env["hcrm.outbox"].sudo()._take_receipt(
                    message_sudo.gateway_id,
                    message_sudo.ref,
                    message_sudo.claim,
                    DLR_DELIVERED,
                    "",
                )
        self.invalidate_recordset(["state"])

    def _portal_replies(self):
        """Return what the login answered to this message, the oldest first."""
        self.ensure_one()
        domain = [
            ("channel", "=", "portal"),
            ("company_id", "=", self.company_id.id),
            ("answered_refs", "=", self.ref),
            ("address_stored", "=", self.env.user.login),
        ]
        return self.env["hcrm.inbound"].sudo().search(domain, order="id")

    def _portal_files(self):
        """Return the files of a message."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "files_stored"),
                    ("res_id", "=", self.id),
                ],
                order="id",
            )
        )

    def _portal_reply(self, text, form):
        """Hand in what the person answers; it goes where answers of any channel go.

        :param form: the name of the page on which it was written: a second click is the same
            answer, the same words to another message or an hour later are not
        """
        self.ensure_one()
        return (
            self.env["hcrm.inbound"]
            .sudo()
            ._receive(
                "portal",
                self.company_id,
                self.env.user.login,
                text,
                gateway=self.gateway_id,
                refs=[self.ref],
                provider_key=f"{self.ref}/{form}/{text}",
            )
        )
