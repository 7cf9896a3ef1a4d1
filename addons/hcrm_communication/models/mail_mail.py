from ast import literal_eval
from contextlib import suppress

from odoo import models
from odoo.tools.mail import email_normalize_all

from ..tools.mail_kinds import KINDS, MARKETING, SERVICE, find_by_link, of_purpose
from ..tools.purposes import PURPOSES
from ..tools.road_states import NOTIFICATIONS, WAITING, settle
from .ir_mail_server import MAIL_MARK, PARTNER_MARK, PURPOSE_MARK


class MailMail(models.Model):
    """Odoo's queue of e-mails goes on showing what users know; the outbox carries what goes to
    customers.

    A mail whose messages wait there stays *outgoing*, dated behind their end, so that Odoo's own
    queue leaves it alone; it learns from the outbox what became of it.
    """

    _inherit = "mail.mail"

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Mails to customers need no mail server of Odoo's: its absence must not stop them."""
        mine = self._hcrm_filter_to_customers()
        for server_id, domain_id, _sender, mail_ids in mine._split_by_mail_configuration():
            self.browse(mail_ids)._send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                alias_domain_id=domain_id,
                mail_server=self.env["ir.mail_server"].browse(server_id),
                post_send_callback=post_send_callback,
            )
        return super(MailMail, self - mine).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def _hcrm_filter_to_customers(self):
        """Return the mails that name the address of a customer."""
        named = {
            mail: {
                *email_normalize_all(mail.email_to),
                *email_normalize_all(mail.email_cc),
                *(one for to in mail.recipient_ids for one in email_normalize_all(to.email)),
            }
            for mail in self.sudo()
        }
        everybody = set().union(*named.values())
        customers = self.env["hcrm.address.book"]._find_by_email(everybody).keys()
        return self.browse(mail.id for mail, addresses in named.items() if addresses & customers)

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        emails = super()._prepare_outgoing_list(mail_server, doc_to_followers)
        for email in emails:
            partner = email.get("partner_id")
            marks = {MAIL_MARK: str(self.id), PARTNER_MARK: str(partner.id if partner else "")}
            email["headers"] = {**email["headers"], **marks}
        return emails

    def _send(self, *args, **kwargs):
        result = super(MailMail, self.with_context(hcrm_sending=True))._send(*args, **kwargs)
        if not self.env["ir.mail_server"]._disable_send():
            self.exists().sudo()._hcrm_settle()
        return result

    def unlink(self):
        """Odoo deletes a mail that it believes sent; one that waits in the outbox stays."""
        if not self.env.context.get("hcrm_sending"):
            return super().unlink()
        waiting = self.browse(self._hcrm_find_messages().mapped("res_id"))
        return super(MailMail, self - waiting).unlink()

    def cancel(self):
        """Cancelling a mail takes back what has not left the outbox."""
        messages = self._hcrm_find_messages()
        messages.filtered(lambda message: message.state == "waiting")._move(
            ("waiting",), "cancelled"
        )
        return super().cancel()

    # WHAT FOR

    def _hcrm_kinds(self):
        """Return {model: kind of the mails about it}; addons add theirs."""
        return dict(KINDS)

    def _hcrm_get_kind(self):
        """Return the :class:`tools.mail_kinds.Kind` of a mail, or of none."""
        if "mailing_id" in self._fields and self.mailing_id:
            return MARKETING
        kind = find_by_link(self.body_html)
        if purpose := self._hcrm_get_purpose():
            return of_purpose(purpose, kind)
        if kind:
            return kind
        return self._hcrm_kinds().get(self.model, SERVICE)

    def _hcrm_get_purpose(self):
        """Return what the composer was told that a mail to many is for."""
        if self.message_type != "email_outgoing" or PURPOSE_MARK not in (self.headers or ""):
            return ""
        with suppress(ValueError, SyntaxError):
            purpose = literal_eval(self.headers).get(PURPOSE_MARK)
            return purpose if purpose in PURPOSES else MARKETING.purpose
        return MARKETING.purpose

    # WHAT BECAME OF IT

    def _hcrm_on_communications(self, events):
        """Called by the outbox: show what became of the messages of these mails.

        :return: the answers, as nobody here understands them: they wait in the inbox for a person
        """
        mails = self.sudo().browse({event["res_id"] for event in events}).exists()
        mails._hcrm_settle()
        return [event["inbound_id"] for event in events if event["event"] == "answered"]

    def _hcrm_find_messages(self):
        """Return the messages of these mails; of several tries for one person the last."""
        found = (
            self.env["hcrm.communication"]
            .sudo()
            .search([("res_model", "=", "mail.mail"), ("res_id", "in", self.ids)], order="id")
        )
        last = {message.idempotency_key.partition("#")[0]: message.id for message in found}
        return found.browse(sorted(last.values()))

    def _hcrm_settle(self):
        """Write the state of the outbox on mails, notifications and traces."""
        messages = self._hcrm_find_messages().grouped("res_id")
        mine = self.filtered(lambda mail: mail.id in messages)
        if not mine:
            return
        mine._hcrm_tell_notifications(messages)
        groups = {}
        for mail in mine:
            state = settle(messages[mail.id].mapped("state"))
            until = max(messages[mail.id].mapped("expires_at")) if state == WAITING else False
            reason = messages[mail.id]._hcrm_why(mail.author_id.lang, kept=True)
            groups.setdefault((state, until, reason), []).append(mail.id)
        for (state, until, reason), mail_ids in groups.items():
            self.browse(mail_ids)._hcrm_write_state(state, until, reason)

    def _hcrm_write_state(self, state, until, reason):
        self.write(
            {
                "state": "outgoing" if state == WAITING else state,
                "scheduled_date": until,
                "failure_reason": reason if state in ("exception", "cancel") else False,
                "failure_type": "unknown" if state == "exception" else False,
            }
        )
        self._hcrm_tell_traces(state)
        if state == "sent":
            self.filtered("auto_delete").unlink()

    def _hcrm_tell_notifications(self, messages):
        """Show each customer's message in the chatter: on its way, sent, or why not."""
        notifications = (
            self.env["mail.notification"]
            .sudo()
            .search([("notification_type", "=", "email"), ("mail_mail_id", "in", self.ids)])
        )
        groups = {}
        for notification in notifications:
            mine = notification._hcrm_filter_mine(messages[notification.mail_mail_id.id])
            if mine:
                told = mine[-1]
                status = NOTIFICATIONS[told.state]
                reason = told._hcrm_why(notification.author_id.lang, kept=True)
                groups.setdefault((status, reason), []).append(notification.id)
            elif self.browse(notification.mail_mail_id.id).state == "sent":
                groups.setdefault(("sent", ""), []).append(notification.id)
        for (status, reason), ids in groups.items():
            notifications.browse(ids)._hcrm_show(status, reason)

    def _hcrm_tell_traces(self, state):
        """Statistics of a mailing count what left, not what was put into a queue."""
        if "mailing_trace_ids" not in self._fields:
            return
        traces = self.mailing_trace_ids
        if state == WAITING:
            traces.write({"trace_status": "process", "sent_datetime": False})
        elif state == "sent":
            traces.set_sent()
        else:
            traces.write(
                {
                    "trace_status": "cancel" if state == "cancel" else "error",
                    "failure_type": "mail_optout" if state == "cancel" else "unknown",
                    "sent_datetime": False,
                }
            )
