import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from odoo.addons.hcrm_base.tools import phone
from odoo.addons.hcrm_communication.tools import qr_svg

#: How an answer goes if the wanted way fails; before it goes on paper a person looks at it.
AFTER = {
    "sms": ("sms", "email"),
    "email": ("email", "sms"),
    "letter": ("letter",),
    "portal": ("portal",),
    "voice": ("voice",),
}
#: What became of the message: {state of the outbox: state of delivery}.
TOLD = {
    "sent": "sent",
    "delivered": "delivered",
    "failed": "failed",
    "refused": "failed",
    "expired": "failed",
    "cancelled": "failed",
}
#: More files than this in one go would keep the approver waiting; a mass letter is printed.
MOST_FILES = 5


class HcrmComplaintAnswerSendingMixin(models.AbstractModel):
    """How an answer leaves, and what became of it."""

    _name = "hcrm.complaint.answer.sending.mixin"
    _description = "Sending of Answers"
    _inherit = ["hcrm.complaint.answer.wording.mixin"]

    channel = fields.Selection(
        selection=[
            ("sms", "SMS"),
            ("voice", "Telephone"),
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("portal", "Portal"),
        ],
        string="Leaves by",
        help="Empty: as the person wished, else by SMS. Text messages and calls tell no more than "
        "that there is an answer.",
    )
    sent_at = fields.Datetime(string="Sent on", readonly=True)
    delivery = fields.Selection(
        selection=[
            ("asked", "On its way"),
            ("sent", "Left"),
            ("delivered", "Arrived"),
            ("told", "Told by a person"),
            ("page", "On the status page"),
            ("failed", "Did not arrive"),
        ],
        readonly=True,
    )
    delivered_at = fields.Datetime(string="Arrived on", readonly=True)
    tries = fields.Integer(string="Times sent again", readonly=True, default=0)

    def _decide_and_send(self):
        """Note who let the answers go, take along the cases answered together, and send all. Under
        sudo."""
        self.write({"approver_id": self.env.uid, "decided_at": fields.Datetime.now()})
        answers = self | self._spread()
        answers._send()
        answers.complaint_id.activity_unlink(
            [
                "hcrm_complaint.mail_activity_type_approve",
                "hcrm_complaint.mail_activity_type_answer_returned",
            ]
        )

    def _send(self):
        """Ask for the messages of all answers at once, and move their cases on. Under sudo."""
        self._move_cases()
        addressed = self.filtered(lambda one: one._get_channel())
        with_files = len(addressed) <= MOST_FILES
        self.env["hcrm.communication"]._ask([one._prepare_message(with_files) for one in addressed])
        now = fields.Datetime.now()
        addressed.write({"state": "sent", "sent_at": now, "delivery": "asked"})
        (self - addressed).write({"state": "sent", "sent_at": now, "delivery": "page"})

    def _move_cases(self):
        """The case is answered, or not accepted; its duty to answer is done."""
        outcome = self.filtered(lambda one: one.purpose == "outcome").complaint_id
        fresh = outcome.filtered(lambda case: case.state == "new")
        if fresh:
            # settled on the spot: the answer itself tells that it was taken on
            fresh._move("accepted")
            fresh._begin_clocks("accepted")
        for conclusion, ones in self.grouped("conclusion").items():
            ones.filtered(lambda one: one.purpose == "outcome").complaint_id.write(
                {"conclusion": conclusion}
            )
        outcome._meet_clock("answer")
        self.filtered(lambda one: one.purpose == "interim").complaint_id._meet_clock("interim")
        outcome.filtered(lambda case: case.state not in ("answered", "closed"))._move("answered")
        for refusal in self.filtered(lambda one: one.purpose == "refusal"):
            refusal.complaint_id.write({"ground_id": refusal.ground_id.id})
        refused = self.filtered(lambda one: one.purpose == "refusal").complaint_id
        refused._meet_clock("answer")
        refused.filtered(lambda case: case.state != "refused")._move("refused")

    def _get_channel(self):
        """Return the way out; none for who gave no address or wants no answer."""
        person = self.complaint_id.complainant_ids
        if not person.partner_id or person.answer_channel == "none":
            return ""
        return self.channel or person.answer_channel or "sms"

    def _prepare_message(self, with_files=True):
        """Return what is asked of the outbox: a bystander learns that there is an answer."""
        case, channel = self.complaint_id, self._get_channel()
        person = case.complainant_ids
        text = self._word_whole()
        request = {
            "recipient_id": person.partner_id.id,
            "subject_id": (person.patient_id or person.partner_id).id,
            "purpose": "service",
            "channels": list(AFTER[channel]),
            "key": f"complaint/{case.id}/answer/{self.id}/{self.tries}",
            "subject_line": self._word_subject(),
            "is_asked_for": True,
            # paper is printed by people; else the links in it are for the person alone
            "is_secret": channel not in ("letter", "portal"),
            "res_model": "hcrm.complaint",
            "res_id": case.id,
            "company_id": case.company_id.id,
            "lang": self._get_lang(),
        }
        if channel == "portal":
            return request | {"body": text}  # the login of the person guards it
        if channel == "letter":
            # what stands on paper is asked of the answer when it is printed
            return request | {"body": self._word_subject()}
        if channel == "voice":
            return request | {"body": self._word_call()}
        request |= {
            "body": self._word_notice(),
            "linked_text": text,
            "html": self._make_html(text),
        }
        if with_files and channel == "email":
            request["files"] = self._make_files()
        return request

    def _make_html(self, text):
        lines = [Markup("<p>%s</p>") % line for line in text.splitlines() if line.strip()]
        rate = self._get_rating_address()
        if rate:
            lines.append(
                Markup('<p><a href="%s">%s</a></p>') % (rate, self._env()._("Tell us how we did"))
            )
        return Markup("").join(lines)

    def _make_files(self):
        """Return the letter as a file, where letters can be made."""
        report = self.env["ir.actions.report"]
        if report.get_wkhtmltopdf_state() not in ("ok", "upgrade", "workers"):
            return []
        return [(self._name_file(), "application/pdf", self._make_pdf())]

    def _name_file(self):
        return f"{self.complaint_id.receipt_number or self.complaint_id.intake_number}.pdf"

    # ON PAPER

    def _make_pdf(self):
        """Return the letter of each answer, on pages of their own."""
        renderer = self.env["hcrm.letter.renderer"]
        return renderer._render_letters([one._prepare_letter() for one in self], with_window=False)

    def _prepare_letter(self):
        """Return what stands on the letter of the hospital."""
        case, lang = self.complaint_id, self._get_lang()
        company = case.company_id.with_context(lang=lang)
        renderer = self.env["hcrm.letter.renderer"]
        person = case.complainant_ids.partner_id
        day = fields.Date.context_today(
            self.with_context(tz=company._hcrm_zone()), self.sent_at or fields.Datetime.now()
        )
        return {
            "lang": lang.replace("_", "-"),
            "logo": company.logo and image_data_uri(company.logo),
            "hospital": company.name,
            "sender": renderer._say_place(company.partner_id),
            "phone": company.phone,
            "name": person.name or "",
            "address": renderer._prepare_address(person.with_context(lang=lang)) if person else [],
            "date": format_date(self._env(), day, lang_code=lang, date_format="long"),
            "is_chinese": lang.startswith("zh"),
            "official": self._prepare_official(),
        }

    def _prepare_official(self):
        """Return what an official letter has that others have not."""
        case, env = self.complaint_id, self._env()
        rate = self._get_rating_address()
        # the program that makes PDFs stretches drawings without a size
        drawn = rate and qr_svg.draw(rate).replace("<svg ", '<svg width="240" height="240" ', 1)
        coded = drawn and base64.b64encode(drawn.encode()).decode()
        office = env["hcrm.complaint.desk"]._find_offices(case.company_id)[case.company_id]
        return {
            "office": office.with_context(lang=self._get_lang()).name,
            "number": case.number,
            "title": env._("Letter of apology") if self.is_apology else env._("Letter of reply"),
            "salutation": self._word_salutation(),
            "paragraphs": [line for line in (self.text or "").splitlines() if line.strip()],
            "closing": self._word_closing(),
            "rate": rate,
            "qr": coded and f"data:image/svg+xml;base64,{coded}",
            "phone": phone.national(case.company_id.phone or ""),
        }

    def action_print(self):
        """Make the letter and hang it on the person's row: it bears the name."""
        self.ensure_one()
        self.complaint_id._check_may_know()
        answer_sudo = self.sudo()
        attachment = self.env["ir.attachment"].sudo()
        made = attachment.create(
            {
                "name": answer_sudo._name_file(),
                "mimetype": "application/pdf",
                "raw": answer_sudo._make_pdf(),
                "res_model": "hcrm.complaint.complainant",
                "res_id": answer_sudo.complaint_id.complainant_ids.id,
            }
        )
        return {"type": "ir.actions.act_url", "url": f"/web/content/{made.id}", "target": "new"}

    # WHAT BECAME OF IT

    def action_told(self):
        """A person told it, by telephone or face to face."""
        self.complaint_id._check_at_desk()
        if any(one.state != "sent" for one in self):
            raise UserError(self.env._("Only what was approved and sent can be told."))
        self.sudo().write({"delivery": "told", "delivered_at": fields.Datetime.now()})
        self.sudo().complaint_id.activity_unlink(["hcrm_complaint.mail_activity_type_undelivered"])

    def action_resend(self):
        """Send again what did not arrive, by the way that stands there now."""
        self.complaint_id._check_at_desk()
        for answer_sudo in self.sudo():
            if answer_sudo.delivery != "failed":
                raise UserError(self.env._("Only what did not arrive is sent again."))
            answer_sudo.write({"tries": answer_sudo.tries + 1, "delivery": "asked"})
        self.env["hcrm.communication"].sudo()._ask([one._prepare_message() for one in self.sudo()])
        self.sudo().complaint_id.activity_unlink(["hcrm_complaint.mail_activity_type_undelivered"])

    @api.model
    def _find_by_keys(self, messages_sudo):
        """Return {message: answer} of messages that carry an answer."""
        ids = {}
        for message in messages_sudo:
            parts = (message.idempotency_key or "").split("/")
            if len(parts) == 5 and parts[0] == "complaint" and parts[2] == "answer":
                ids[message] = int(parts[3])
        known = self.sudo().browse(ids.values()).exists()
        return {message: known.browse(one) for message, one in ids.items() if one in known.ids}

    @api.model
    def _on_delivery(self, events):
        """Note what the outbox tells of answers; what did not arrive is somebody's task."""
        messages = self.env["hcrm.communication"].sudo()
        messages = messages.browse([event["communication_id"] for event in events])
        found = self._find_by_keys(messages)
        for event in events:
            answer = found.get(messages.browse(event["communication_id"]))
            told = TOLD.get(event["event"])
            if answer and told and answer.delivery not in ("delivered", "told", told):
                answer.delivery = told
                if told == "delivered":
                    answer.delivered_at = fields.Datetime.now()
                elif told == "failed":
                    answer.complaint_id._call_for_help(answer)
