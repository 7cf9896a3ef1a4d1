from odoo import models

from ..tools import numbers

#: How the receipt goes if the person named no way; a letter only where nothing else is known.
CHANNELS = ("sms", "email", "letter")


class HcrmComplaintReceiptMixin(models.AbstractModel):
    """Tells who complained the number and the PIN, in words that a bystander may read."""

    _name = "hcrm.complaint.receipt.mixin"
    _description = "Receipts of Cases"

    def _acknowledge(self, step, pins=()):
        """Ask for the receipts, all at once; who is anonymous reads them where they wrote.

        :param step: ``intake`` (with the PIN) or ``receipt`` (the case was accepted)
        :param pins: of the cases, in their order; None for one that gets no receipt
        """
        pins = pins or [""] * len(self)
        self.complainant_ids.partner_id.fetch(["lang"])  # not the hundred fields of a contact
        asked = [
            case._prepare_receipt(step, pin)
            for case, pin in zip(self, pins, strict=True)
            if pin is not None and case.complainant_ids.partner_id
        ]
        if asked:
            self.env["hcrm.communication"].sudo()._ask(asked)

    def _prepare_receipt(self, step, pin):
        person = self.complainant_ids
        recipient, company = person.partner_id, self.company_id
        hospital = self.env["hcrm.complaint.hospital"]._get(company.id)
        lang = person.lang or recipient.lang or hospital.lang
        env = self.with_context(lang=lang).env
        wanted = person.answer_channel
        channels = [wanted] if wanted in CHANNELS else []
        return {
            "recipient_id": recipient.id,
            "subject_id": (person.patient_id or recipient).id,
            "purpose": "service",
            "channels": [*channels, *(one for one in CHANNELS if one not in channels)],
            "key": f"complaint/{self.id}/{step}",
            "subject_line": env._("We have received your message"),
            "body": self._get_signature() + self._word_receipt(env, step, pin),
            "is_secret": bool(pin),
            "is_asked_for": True,
            "res_model": self._name,
            "res_id": self.id,
            "company_id": company.id,
            "lang": lang,
        }

    def _get_signature(self):
        """Return the hospital's name as Chinese text messages must bear it."""
        return self.env["hcrm.complaint.hospital"]._get(self.company_id.id).signature

    def _word_receipt(self, env, step, pin):
        link = f"{self.company_id.get_base_url()}/feedback/status"
        number = numbers.spell(self.receipt_number or self.intake_number)
        if step == "receipt":
            return env._(
                "What you told us has been accepted under number %(number)s. How far we are: "
                "%(link)s, with the PIN you have.",
                number=number,
                link=link,
            )
        return env._(
            "We have received your message under number %(number)s, PIN %(pin)s. How far we are: "
            "%(link)s or by telephone. Keep the PIN to yourself.",
            number=number,
            pin=pin,
            link=link,
        )
