from contextlib import contextmanager
from contextvars import ContextVar

from odoo import api, models

from odoo.addons.hcrm_base.tools.governance import LOGGED_CLASSES

from ..tools import email_parts
from ..tools.addresses import same_mailbox
from .hcrm_outbox import SHARERS

#: Ended without having left: a person who sends again means it.
REPLAYED = ("failed", "refused")
ENDED = ("expired", "cancelled")


#: Requests of this thread that wait for the end of a savepoint.
_held = ContextVar("hcrm_road_held", default=None)


class HcrmRoad(models.AbstractModel):
    """Where Odoo's own roads to a customer turn off into the outbox.

    Odoo's queues (``mail.mail``, ``sms.sms``) keep what users know; what they would have handed to
    SMTP or to Odoo's SMS service for a customer becomes a message of ours instead.
    """

    _name = "hcrm.road"
    _description = "Roads into the Outbox"

    # E-MAIL

    @api.model
    def _take_email(self, message, holders, mail, partner):
        """Ask for a message to each customer whom an e-mail names.

        :param message: ``email.message.EmailMessage``, ready to leave
        :param holders: {address: ids of the customers who have it}
        :param mail: the ``mail.mail`` it comes from, or none
        :param partner: to whom Odoo says it goes, or none
        """
        mail = mail.sudo()
        parts = email_parts.read(message)
        if self._is_confidential(mail.model):
            parts = self._make_neutral(parts, mail.record_company_id)
        named = [partner.id, *self._find_named(mail.model, mail.res_id)]
        common = {
            **self._prepare_kind(mail._hcrm_get_kind()),
            "channels": ["email"],
            "subject_line": parts.subject,
            "html": parts.html,
            "body": parts.text.strip() or parts.subject.strip() or "–",
            "headers": parts.headers,
            "files": parts.files,
            "res_model": mail.id and "mail.mail",
            "res_id": mail.id,
            "company_id": mail.record_company_id.id,
        }
        requests = {}
        for address, ids in holders.items():
            recipient_id, sharers = self._choose(ids, named)
            beside = self._find_beside(recipient_id, address)
            key = f"mail/{message['Message-Id']}/{recipient_id}{beside and '/' + beside}"
            requests[key] = {
                **common,
                "recipient_id": recipient_id,
                "sharers": sharers,
                "address": beside,
                "key": key,
            }
        return self._ask_again(list(requests.values()))

    @api.model
    def _find_beside(self, partner_id, address):
        """Return the address if it is not the one by which the outbox reaches the person."""
        usual = self.env["res.partner"].sudo().browse(partner_id).email_normalized
        is_usual = usual and same_mailbox(usual, address)
        return "" if is_usual else address

    @api.model
    def _choose(self, ids, named):
        """Return the person meant and those who share the address, if nobody knows who is."""
        for partner_id in named:
            if partner_id in ids:
                return partner_id, []
        return ids[0], ids[1:SHARERS]  # more than that bear a placeholder, not an address

    @api.model
    def _find_named(self, model, res_id):
        """Return the ids of the contacts a record speaks about."""
        if not res_id or model not in self.env:
            return []
        record = self.env[model].sudo().browse(res_id).exists()
        if not record:
            return []
        if model == "res.partner":
            return record.ids
        name = "partner_id" if "partner_id" in record._fields else "customer_id"
        field = record._fields.get(name)
        if field is None or field.type != "many2one" or field.comodel_name != "res.partner":
            return []
        return record[name].ids

    # SMS

    @api.model
    def _take_sms(self, messages, kind=None):
        """Ask for what a ``sms.sms`` would have handed to a provider; give the answers of one.

        :param kind: what it is for; none: each SMS says so
        """
        found = (
            self.env["sms.sms"]
            .sudo()
            .search([("uuid", "in", [one["uuid"] for text in messages for one in text["numbers"]])])
        )
        by_uuid = {sms.uuid: sms for sms in found}
        asked = [
            (one["uuid"], self.env["hcrm.address.book"]._normalize_number(one["number"]), text)
            for text in messages
            for one in text["numbers"]
        ]
        holders = self.env["hcrm.address.book"]._find_by_number([number for _, number, _ in asked])
        none = self.env["sms.sms"]
        self._ask_again(
            [
                self._prepare_sms(
                    uuid,
                    number,
                    text["content"],
                    by_uuid.get(uuid, none),
                    holders.get(number),
                    kind,
                )
                for uuid, number, text in asked
                if number and (text["content"] or "").strip()
            ]
        )
        return [{"uuid": uuid, "state": self._answer(number, text)} for uuid, number, text in asked]

    @api.model
    def _answer(self, number, text):
        if not number:
            return "wrong_number_format"
        return "processing" if (text["content"] or "").strip() else "server_error"

    @api.model
    def _prepare_sms(self, uuid, number, body, sms, holders, kind):
        """Return the request for one SMS. An employee who is meant as such is no customer, even
        if the number is a patient's too."""
        origin = sms.mail_message_id
        company = sms._get_sms_company() if sms else self.env.company
        if self._is_confidential(origin.model):
            body = self._get_neutral_text(company)
        request = {
            **self._prepare_kind(kind or sms._hcrm_get_kind()),
            "channels": ["sms"],
            "key": f"sms/{uuid}",
            "body": body,
            "res_model": sms.id and "sms.sms",
            "res_id": sms.id,
            "company_id": company.id,
        }
        partner = sms.partner_id
        is_employee = partner and not partner.partner_share and partner.phone_stored == number
        if is_employee or not holders:
            return request | {
                "recipient_id": partner.id or self.env.user.partner_id.id,
                "address": number,
                "is_outside": True,
            }
        named = [partner.id, *self._find_named(origin.model, origin.res_id)]
        recipient_id, sharers = self._choose(holders, named)
        recipient = self.env["res.partner"].sudo().browse(recipient_id)
        return request | {
            "recipient_id": recipient_id,
            "sharers": sharers,
            "address": "" if recipient.phone_stored == number else number,
        }

    # BOTH

    @api.model
    @contextmanager
    def _hold(self):
        """Ask at the end for what is asked for inside, whatever is rolled back there: Odoo throws
        its own trace of a password mail away on purpose, once it is handed over."""
        held = []
        token = _held.set(held)
        try:
            yield
        finally:
            _held.reset(token)
        if held:
            self._ask_again(held)

    @api.model
    def _prepare_kind(self, kind):
        topics = self.env["hcrm.message.topic"].sudo().with_context(active_test=False)
        return {
            "purpose": kind.purpose,
            "topic_id": topics.search([("code", "=", kind.topic)], limit=1).id
            if kind.topic
            else False,
            "is_urgent": kind.urgent,
            "is_rating": kind.rating,
            "is_secret": kind.secret,
        }

    @api.model
    def _ask_again(self, requests):
        """Ask; what ended under the same key without having left is meant to be tried anew.

        A mail that Odoo only repeats after a crash finds its message waiting or gone: nothing
        happens. One that a person sends again finds it refused, failed, late or cancelled.
        """
        messages = self.env["hcrm.communication"].sudo()
        if (held := _held.get()) is not None:
            held += [{**request, "res_model": False, "res_id": False} for request in requests]
            return messages
        asked = messages._ask(requests)
        asked.invalidate_recordset()
        asked.filtered(lambda message: message.state in REPLAYED)._move(REPLAYED, "waiting")
        by_key = {message.idempotency_key: message for message in asked}
        anew = []
        for request in requests:
            message = by_key.get(request["key"], messages)
            if message.state in ENDED:
                first = request["key"].partition("#")[0]
                anew.append(request | {"key": f"{first}#{message.id}"})
            elif message.res_id and request["res_id"] and message.res_id != request["res_id"]:
                message.res_id = request["res_id"]  # who asked last is told
        return asked | self._ask_again(anew) if anew else asked

    @api.model
    def _is_confidential(self, model):
        """True for rows that tell of somebody's health or money: not for an open channel."""
        governance = getattr(self.env.get(model or ""), "_hcrm", None)
        return bool(governance) and governance.data_class in LOGGED_CLASSES

    @api.model
    def _get_neutral_text(self, company):
        """Return words that say nothing, and where to read the rest."""
        company = company or self.env.company
        return self.env._(
            "%(hospital)s has a message for you. Please sign in to read it: %(link)s",
            hospital=company.name,
            link=f"{company.get_base_url()}/my",
        )

    @api.model
    def _make_neutral(self, parts, company):
        """Return the parts of an e-mail without what it says: no text, no subject, no files."""
        company = company or self.env.company
        return parts._replace(
            subject=self.env._("A message from %(hospital)s", hospital=company.name),
            text=self._get_neutral_text(company),
            html="",
            files=[],
        )
