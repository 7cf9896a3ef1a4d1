import re

from odoo import api, models
from odoo.tools import email_normalize, html2plaintext
from odoo.tools.mail import email_split_tuples
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.hcrm_communication.tools import inbound_mail, inbound_text

from ..tools import mail_files, numbers

#: Cases of one address, and of all addresses to a hospital, in an hour; more go to the inbox.
MOST_OF_ONE, MOST = 5, 200
_NUMBER = re.compile(r"\d[\d-]{9,18}\d")


class HcrmComplaintMailReader(models.AbstractModel):
    """E-mail to the complaint office becomes a case, once; what programs and floods send does not.

    A sender's address proves nothing: what is forged gets a case in whose name it was written, and
    the receipt with the PIN goes to the address the hospital knows. An answer is believed of the
    address of who complained only. Nothing is posted in the chatter, and files hang on who
    complained. Whatever makes no case lies with the arrived messages.
    """

    _name = "hcrm.complaint.mail.reader"
    _description = "Reads E-mail to the Complaint Office"

    @api.model
    def _read(self, message, message_dict, thread_id, values):
        """Take one e-mail that was routed to cases. Under sudo."""
        company = self.env["res.company"].browse(values.get("company_id") or self.env.company.id)
        mail = self._prepare_mail(message, message_dict)
        case = self._find_case(mail, thread_id, company)
        if self._is_no_case(message, mail, company):
            return self._leave(message, message_dict, mail, company)
        if case:
            return self._add_to(case, mail, company)
        if not (mail["text"] or mail["subject"] or mail["files"]) or self._is_flood(mail, company):
            return self._leave(message, message_dict, mail, company)
        return self._take_in_mail(mail, company, values)

    @api.model
    def _prepare_mail(self, message, message_dict):
        pairs = email_split_tuples(inbound_text.clean(message_dict.get("email_from")))
        # who writes under two addresses is nobody we know: a person looks at it
        name, address = pairs[0] if pairs and inbound_mail.has_one_sender(message) else ("", "")
        files, left_out = mail_files.take(message_dict.get("attachments"), guess_mimetype)
        whole = self._read_whole(message, message_dict)
        if len(whole) > inbound_text.LONGEST:
            files.append(("message.txt", "text/plain", whole.encode()))
        return {
            "name": inbound_text.clean(name)[:100],
            "address": email_normalize(address) or "",
            "subject": inbound_text.clean(message_dict.get("subject"))[:200],
            "text": inbound_text.clean(whole),
            "files": files,
            "left_out": left_out,
            "key": inbound_text.digest("email", message_dict.get("message_id") or "", address),
            "message_id": message_dict.get("message_id"),
        }

    @api.model
    def _read_whole(self, message, message_dict):
        """Return all words, quoted ones too: what is forwarded is what it is about."""
        part = message.get_body(preferencelist=("plain",))
        try:
            text = part.get_content() if part else html2plaintext(message_dict.get("body") or "")
        except (LookupError, ValueError):
            text = html2plaintext(message_dict.get("body") or "")
        return text.encode("utf-8", "replace").decode().replace("\x00", "").strip()

    @api.model
    def _is_no_case(self, message, mail, company):
        """True for programs, lists, marked spam, our own addresses, and nobody."""
        return (
            inbound_mail.is_automatic(message)
            or not mail["address"]
            or str(message.get("X-Spam-Flag") or "").strip().upper() == "YES"
            or mail["address"] in self._get_own_addresses(company)
        )

    @api.model
    def _get_own_addresses(self, company):
        gateways = self.env["hcrm.gateway"].search([("channel", "=", "email")])
        own = set().union(*(one._get_own_addresses() for one in gateways))
        aliases = self.env["mail.alias"].search([("alias_full_name", "!=", False)])
        own |= {email_normalize(one) for one in aliases.mapped("alias_full_name")}
        domains = self.env["mail.alias.domain"].search([])  # pylint: disable=no-search-all
        for field in ("bounce_email", "catchall_email", "default_from_email"):
            own |= {email_normalize(one) for one in domains.mapped(field) if one}
        return own - {False}

    @api.model
    def _is_flood(self, mail, company):
        """Counted first: each case is somebody's work, and each receipt an e-mail of ours."""
        counts = self.env["hcrm.rate.count"]
        asked = (
            counts._is_too_often("complaint-mail-from", mail["address"], MOST_OF_ONE, 3600),
            counts._is_too_often("complaint-mail", company.id, MOST, 3600),
        )
        return any(asked)

    @api.model
    def _leave(self, message, message_dict, mail, company):
        """It lies with the arrived messages: noise is put away, a flood is looked at."""
        self.env["hcrm.inbound"]._receive(
            "email",
            company,
            message_dict.get("email_from"),
            mail["text"],
            subject=mail["subject"],
            provider_key=mail["message_id"],
            is_automatic=inbound_mail.is_automatic(message),
            receiver=message_dict.get("to"),
        )

    # A CASE THAT IS THERE

    @api.model
    def _find_case(self, mail, thread_id, company):
        """Return the case that this e-mail is about, if it comes from who complained."""
        cases = self.env["hcrm.complaint"].browse(thread_id or ()).exists()
        if not cases:
            told = {numbers.fold(one) for one in _NUMBER.findall(mail["subject"])}
            told = [one for one in told if numbers.is_number(one)]
            number = ["|", ("receipt_number", "in", told), ("intake_number", "in", told)]
            cases = cases.search([("company_id", "=", company.id), *number], limit=1)
        person = cases.complainant_ids.partner_id
        return cases if mail["address"] and person.email_normalized == mail["address"] else None

    @api.model
    def _add_to(self, case, mail, company):
        stored = self.env["hcrm.inbound"]._receive(
            "email",
            company,
            mail["address"],
            inbound_mail.visible(mail["text"]),
            subject=mail["subject"],
            provider_key=mail["message_id"],
        )
        if not stored:  # it came twice
            return
        arrived = self.env["hcrm.inbound"].browse(stored)
        arrived.write({"partner_id": case.complainant_ids.partner_id.id})
        words = inbound_mail.visible(mail["text"]) or mail["subject"]
        case._hear_more(words, "email", mail["files"])
        arrived._settle("answered")

    # A NEW CASE

    @api.model
    def _take_in_mail(self, mail, company, values):
        lang = company.partner_id.lang or "zh_CN"
        cases = self.env["hcrm.complaint"].with_company(company).with_context(lang=lang)
        lines = [mail["subject"], mail["text"]]
        if mail["left_out"]:
            lines.append(cases.env._("(Files left out: %s)", mail["left_out"]))
        text = "\n\n".join(filter(None, lines)) or cases.env._("(No words: see the files)")
        told = {"name": mail["name"] or cases.env._("Name not told"), "email": mail["address"]}
        request = {
            "key": f"email/{mail['key']}",
            "kind": values.get("kind") or "complaint",
            "channel": "email",
            "company_id": company.id,
            "text": text,
            "person": told,
            "answer_channel": "email",
            "files": mail["files"],
        }
        cases._take_in([request])
