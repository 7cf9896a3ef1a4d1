from odoo import fields, models

from ..tools import numbers, sms_words


class HcrmInboundSmsMixin(models.AbstractModel):
    """A short message that says what it is becomes a case; one that asks is answered.

    Everything else is for a person, who makes a case of it by one click.
    """

    _name = "hcrm.inbound.sms.mixin"
    _description = "Cases by SMS"

    def _work_one(self):
        """Look for our words first: what begins with one answers no message of ours."""
        if self.channel == "sms" and not self.is_automatic and not self._is_flood():
            matter = sms_words.read_matter(self.body_stored)
            number = numbers.fold(sms_words.read_status(self.body_stored))
            if matter:
                return self._take_matter(*matter)
            if numbers.is_number(number) and self._tell_status_by_sms(number):
                return None
        return super()._work_one()

    def _take_matter(self, kind, words):
        """Make the case; the receipt is the answer."""
        company, persons = self.company_id, self._find_persons()
        self._note_context(self._find_last_sent(), persons)
        lang = company.partner_id.lang or "zh_CN"
        cases = self.env["hcrm.complaint"].sudo().with_company(company).with_context(lang=lang)
        who = {"person": {"name": cases.env._("Name not told"), "phone": self.address_stored}}
        if len(persons) == 1:
            who = {"partner_id": persons.id}
        elif not self.address_stored.startswith("+"):
            who = {"is_anonymous": True}
        request = {
            "key": f"sms/{self.id}",
            "kind": kind,
            "channel": "sms",
            "company_id": company.id,
            "text": words,
            "confirmed_by": "own",
            "answer_channel": "sms",
            **who,
        }
        case = cases._take_in([request])
        self._close_answered(case)

    def _tell_status_by_sms(self, number):
        """Answer who asks from the number of who complained; others are for a person."""
        field = "intake_number" if number.startswith("0") else "receipt_number"
        cases_sudo = self.env["hcrm.complaint"].sudo()
        case_sudo = cases_sudo.search(
            [(field, "=", number), ("company_id", "=", self.company_id.id)]
        )
        person = case_sudo.complainant_ids.partner_id
        if not person or person.is_protected or person not in self._find_persons():
            return False
        env = case_sudo.with_context(lang=case_sudo.complainant_ids.lang or person.lang).env
        self.env["hcrm.communication"].sudo()._ask(
            [
                {
                    "recipient_id": person.id,
                    "purpose": "service",
                    "channels": ["sms"],
                    "key": f"complaint/{case_sudo.id}/status/{self.id}",
                    "body": case_sudo._get_signature() + case_sudo._word_spoken_status(env),
                    "is_asked_for": True,
                    "res_model": case_sudo._name,
                    "res_id": case_sudo.id,
                    "company_id": self.company_id.id,
                }
            ]
        )
        self._close_answered(case_sudo)
        return True

    def _close_answered(self, case):
        person = case.complainant_ids.partner_id
        self.write(
            {"partner_id": person.id, "state": "answered", "settled_at": fields.Datetime.now()}
        )
