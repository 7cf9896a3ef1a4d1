import logging
from contextvars import ContextVar

from odoo import api, models
from odoo.tools.mail import email_normalize

from ..tools.addresses import ascii_address, same_mailbox

_logger = logging.getLogger(__name__)

#: What ``mail.mail`` tells about itself on the way here; taken off before anything leaves.
MAIL_MARK, PARTNER_MARK = "X-HCRM-Mail", "X-HCRM-Partner"
PURPOSE_MARK = "X-HCRM-Purpose"
MARKS = frozenset(mark.lower() for mark in (MAIL_MARK, PARTNER_MARK, PURPOSE_MARK))
REFUSAL = 550, b"5.7.1 customers are written to through the outbox"

#: Addresses of employees who are meant as such, while their mail is handed over.
_employees = ContextVar("hcrm_employees", default=frozenset())


class IrMailServer(models.Model):
    """The last choke of all e-mail: what goes to a customer turns off into the outbox here."""

    _inherit = "ir.mail_server"

    @api.model
    def send_email(self, message, *args, **kwargs):
        mail, partner = self._hcrm_take_marks(message)
        if self._disable_send():
            return super().send_email(message, *args, **kwargs)
        server = self._hcrm_with_ascii()
        addresses = server._prepare_smtp_to_list(message, kwargs.get("smtp_session"))
        employees = self._hcrm_find_employee(addresses, mail, partner)
        others = [address for address in addresses if address not in employees]
        holders = self.env["hcrm.address.book"]._find_by_email(others)
        if holders:
            self.env["hcrm.road"]._take_email(message, holders, mail, partner)
            if len(holders) == len(set(addresses)):
                return message["Message-Id"]
            server = server._hcrm_without(holders)
        token = _employees.set(employees)
        try:
            return super(IrMailServer, server).send_email(message, *args, **kwargs)
        finally:
            _employees.reset(token)

    def _hcrm_find_employee(self, addresses, mail, partner):
        """Return the address of the employee who is meant as such: the own one and no other that
        stands beside it."""
        kind = mail.sudo()._hcrm_get_kind()
        about = mail.sudo().model, mail.sudo().res_id
        if not self.env["hcrm.road"]._is_for_employee(partner, kind, *about):
            return frozenset()
        own = partner.email_normalized
        return frozenset(one for one in addresses if own and same_mailbox(one, own))

    def _hcrm_take_marks(self, message):
        """Return the mail and the partner named by our marks, and take the marks off."""
        marks = []
        for name, model in ((MAIL_MARK, "mail.mail"), (PARTNER_MARK, "res.partner")):
            told = str(message[name] or "")
            record_ids = [int(told)] if told.isdigit() else []
            marks.append(self.env[model].sudo().browse(record_ids).exists())
            del message[name]
        del message[PURPOSE_MARK]
        return marks

    def _hcrm_with_ascii(self):
        """Odoo lets only addresses pass that it checked; it checked them before IDNA."""
        checked = self.env.context.get("send_validated_to") or []
        spelled = [form for address in checked for form in _forms(address)]
        return self.with_context(send_validated_to=[*checked, *spelled]) if spelled else self

    def _hcrm_without(self, addresses):
        """Hand a mixed mail over to the others; its headers go on naming all."""
        skipped = self.env.context.get("send_smtp_skip_to") or []
        normalized = [email_normalize(address, strict=False) for address in addresses]
        return self.with_context(send_smtp_skip_to=[*skipped, *normalized])

    # THE GUARD

    @api.model
    def _connect__(self, *args, **kwargs):  # noqa: PLW3201
        """Give a session that refuses customers, whoever uses it and for whatever."""
        session = super()._connect__(*args, **kwargs)
        if session is not None:
            self._hcrm_guard(session)
        return session

    def _hcrm_guard(self, session):
        rcpt, book = session.rcpt, self.env["hcrm.address.book"]

        def guarded(recip, *args, **kwargs):
            if recip not in _employees.get() and book._is_customer_email(recip):
                _logger.error("An e-mail to a customer came past the outbox and was refused")
                return REFUSAL
            return rcpt(recip, *args, **kwargs)

        session.rcpt = guarded

    @api.model
    def _hcrm_connect(self, mail_server_id, smtp_from):
        """Give a session for the outbox, whose messages are decided."""
        session = self._connect__(mail_server_id=mail_server_id, smtp_from=smtp_from)
        if session is not None:
            vars(session).pop("rcpt", None)
        return session


def _forms(address):
    try:
        form = ascii_address(address)
    except ValueError:
        return []
    return [form] if form != address else []
