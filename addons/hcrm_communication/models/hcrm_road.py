from contextlib import contextmanager
from contextvars import ContextVar

from odoo import api, models
from odoo.tools import html2plaintext

from odoo.addons.hcrm_base.tools.governance import LOGGED_CLASSES

from ..tools import email_parts
from ..tools.addresses import same_mailbox
from .hcrm_communication_asking_mixin import LINK_PLACE
from .hcrm_outbox_claiming_mixin import SHARERS

#: Ended without having left: a person who sends again means it.
REPLAYED = ("failed", "refused")
ENDED = ("expired", "cancelled")


#: Requests of this thread that wait for the end of a savepoint.
_held = ContextVar("hcrm_road_held", default=None)


#: What the SMS of this thread are for, where somebody said so.
_purpose = ContextVar("hcrm_road_purpose", default=None)


@contextmanager
def for_purpose(purpose):
    """What is sent inside is for this. No key of Odoo's context: no client says it."""
    token = _purpose.set(purpose)
    try:
        yield
    finally:
        _purpose.reset(token)


def given_purpose():
    """Return the purpose that was said for this thread, or None."""
    return _purpose.get()


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
        confidential = self._is_confidential(mail.model)
        named = [partner.id, *self._find_named(mail.model, mail.res_id)]
        common = self._prepare_email(mail, parts)
        requests = {}
        for address, ids in holders.items():
            recipient_id, sharers = self._choose(ids, named)
            beside = self._find_beside(recipient_id, address)
            key = f"mail/{message['Message-Id']}/{recipient_id}{beside and '/' + beside}"
            told = {"recipient_id": recipient_id, "sharers": sharers, "address": beside, "key": key}
            if confidential:
                company = mail.record_company_id or self.env.company
                told |= self._prepare_neutral_email(parts, recipient_id, company.sudo())
            requests[key] = common | told
        return self._ask_again(list(requests.values()))

    @api.model
    def _prepare_email(self, mail, parts):
        """Return what the messages of one e-mail share."""
        return {
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

    @api.model
    def _is_for_employee(self, partner, kind, model, res_id):
        """True for an employee who is written to as one, a customer or not.

        Work is what tells of others, and the own account. An employee who is a customer is written
        to as such by advertising and surveys, and about the own rows of ours.
        """
        if not partner or partner.partner_share:
            return False
        if not partner.is_customer_person or kind.secret:
            return True
        if kind.rating or kind.purpose not in ("care", "service"):
            return False
        is_ours = model == "res.partner" or hasattr(self.env.get(model or ""), "_hcrm")
        return not (is_ours and partner.id in self._find_named(model, res_id))

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
        origin, partner = sms.mail_message_id, sms.partner_id
        kind = kind or sms._hcrm_get_kind()
        request = {
            **self._prepare_kind(kind),
            "channels": ["sms"],
            "key": f"sms/{uuid}",
            "body": body,
            "res_model": sms.id and "sms.sms",
            "res_id": sms.id,
            "company_id": (sms._get_sms_company() if sms else self.env.company).id,
        }
        is_employee = partner.phone_stored == number and self._is_for_employee(
            partner, kind, origin.model, origin.res_id
        )
        if is_employee or not holders:
            request |= self._prepare_sms_outside(partner, number)
        else:
            named = [partner.id, *self._find_named(origin.model, origin.res_id)]
            request |= self._prepare_sms_inside(number, *self._choose(holders, named))
        if self._is_confidential(origin.model):
            request |= self._prepare_neutral_sms(request)
        return request

    @api.model
    def _prepare_sms_outside(self, partner, number):
        return {
            "recipient_id": partner.id or self.env.user.partner_id.id,
            "address": number,
            "is_outside": True,
        }

    @api.model
    def _prepare_sms_inside(self, number, recipient_id, sharers):
        recipient = self.env["res.partner"].sudo().browse(recipient_id)
        return {
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
    def _speak_to(self, partner_id):
        """Return ourselves in the language of a person."""
        lang = self.env["res.partner"].sudo().browse(partner_id).lang
        return self.with_context(lang=lang or self.env.lang)

    @api.model
    def _get_neutral_text(self, partner_id, company):
        """Return words that say nothing, and the place of the link to the rest."""
        return self._speak_to(partner_id).env._(
            "%(hospital)s has a message for you. Read it here, with a code that we send you: "
            "%(link)s",
            hospital=company.name,
            link=LINK_PLACE,
        )

    @api.model
    def _prepare_neutral_sms(self, request):
        """Return what goes in place of an SMS; nobody we know gets no page of their own."""
        company = self.env["res.company"].sudo().browse(request["company_id"])
        if request.get("is_outside"):
            text = self.env._(
                "%(hospital)s has a message for you. Please sign in to read it: %(link)s",
                hospital=company.name,
                link=f"{company.get_base_url()}/my",
            )
            return {"body": text}
        text = self._get_neutral_text(request["recipient_id"], company)
        return {"body": text, "linked_text": request["body"]}

    @api.model
    def _prepare_neutral_email(self, parts, partner_id, company):
        """Return what goes in place of an e-mail: its subject and text stand behind a link, where
        files are named only."""
        speaker = self._speak_to(partner_id)
        told = [parts.subject.strip(), parts.text.strip() or html2plaintext(parts.html)]
        if parts.files:
            names = ", ".join(name for name, _mimetype, _content in parts.files)
            told.append(speaker.env._("We keep for you: %(files)s", files=names))
        return {
            "subject_line": speaker.env._("A message from %(hospital)s", hospital=company.name),
            "body": self._get_neutral_text(partner_id, company),
            "html": "",
            "files": [],
            "linked_text": "\n\n".join(filter(None, told)),
        }
