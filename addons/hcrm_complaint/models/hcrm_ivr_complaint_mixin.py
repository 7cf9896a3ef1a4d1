import logging

import psycopg2

from odoo import models
from odoo.tools import hmac

from odoo.addons.hcrm_base.tools import phone as phones
from odoo.addons.hcrm_communication.models.hcrm_ivr_person_mixin import (
    BYTES_A_SECOND,
    PAUSE,
    SHORTEST,
)
from odoo.addons.hcrm_communication.tools.voice.verbs import Digits, Hangup, Record, Recorded

from ..tools import keypad, numbers, spoken

_logger = logging.getLogger(__name__)

KINDS = {"1": "complaint", "2": "suggestion", "3": "praise", "4": "inquiry", "5": "misconduct"}
#: So long one may speak: seconds.
LONGEST = 300
#: So often a question is asked before we go on without an answer.
TRIES = 2


class HcrmIvrComplaintMixin(models.AbstractModel):
    """Leave a complaint without anybody of the staff: kind, department, staff code, number, words.

    Nobody must key anything to be heard: whoever presses no key comes to the tone. What was spoken
    is a case even if the caller hangs up in the middle or a process dies: the name of the
    recording is the key under which the case is made once. The PIN follows from that key, so it is
    said again by whoever goes on with the call, and stored nowhere.
    """

    _name = "hcrm.ivr.complaint.mixin"
    _description = "Telephone Menu: Complaints"

    def _run_complaint(self, call, event):
        """Ask one thing after the other, then for the words."""
        if not call.is_about_case:
            call.sudo().is_about_case = True
        if isinstance(event, Recorded):
            return self._take_complaint(call, event)
        step = call._recall().get("step") or "begin"
        keys = event.keys.rstrip("#*") if isinstance(event, Digits) else ""
        return list(getattr(self, f"_complaint_{step}")(call, keys))

    def _ask_complaint(self, call, step, *texts, digits=1):
        """Ask; what is keyed tells who complains of whom, and is stored as dots."""
        call._remember(step=step)
        return [self._ask_keys(call, *texts, digits=digits, is_secret=True)]

    def _missed(self, call):
        """Count a key that means nothing; True if we go on without."""
        misses = call._recall().get("misses", 0) + 1
        call._remember(misses=0 if misses >= TRIES else misses)
        return misses >= TRIES

    # WHAT ABOUT

    def _complaint_begin(self, call, _keys):
        text = self.env._(
            "For a complaint, press 1. For a suggestion, press 2. For praise, press 3. For a "
            "question, press 4. To report misconduct, press 5."
        )
        return self._ask_complaint(call, "kind", text)

    def _complaint_kind(self, call, keys):
        if keys not in KINDS and not self._missed(call):
            return self._complaint_begin(call, "")
        call._remember(kind=KINDS.get(keys, "complaint"))
        text = self.env._(
            "If you know the code of the department, key it and press the hash key. If not, press "
            "the hash key alone: you can say it later."
        )
        return self._ask_complaint(call, "department", text, digits=12)

    def _complaint_department(self, call, keys):
        found = self._find_by_keys("hr.department", "code", keys, call)
        call._remember(department=found.id)
        said = ""
        if found:
            said = self.env._("Department: %s.", found.name)
        elif keys:
            said = self.env._("We do not know this code. Please say the department later.")
        text = self.env._(
            "If it is about somebody whose staff code you know, key it and press the hash key. If "
            "not, press the hash key alone."
        )
        return self._ask_complaint(call, "staff", said, text, digits=12)

    def _complaint_staff(self, call, keys):
        found = self._find_by_keys("hr.employee", "staff_code", keys, call)
        call._remember(staff=found.staff_code or keys)
        number = call.sudo().number_stored or ""
        if not number.startswith("+"):
            text = self.env._(
                "We cannot see your number. To be called back, press 2. To stay anonymous, press 3."
            )
        else:
            text = self.env._(
                "We answer to the number you are calling from, which ends with %s. If that is "
                "right, press 1. For another number, press 2. To stay anonymous, press 3.",
                spoken.spaced(number[-4:]),
            )
        return self._ask_complaint(call, "answer", text)

    def _find_by_keys(self, model, field, keys, call):
        """Return the one row of the hospital whose code is spelled by these keys."""
        rows = self.env[model].sudo()
        if not keys:
            return rows
        here = rows.search(
            [("company_id", "in", (call.company_id.id, False)), (field, "!=", False)]
        )
        found = here.filtered(lambda one: keypad.keys_of(one[field]) == keys)
        return found if len(found) == 1 else rows

    # TO WHOM WE ANSWER

    def _complaint_answer(self, call, keys):
        if keys == "2":
            text = self.env._("Please key the number with its area code, then the hash key.")
            return self._ask_complaint(call, "number", text, digits=15)
        if keys not in ("1", "3") and not self._missed(call):
            return self._complaint_staff(call, call._recall().get("staff"))
        call._remember(is_anonymous=keys == "3")
        return self._ask_statement(call)

    def _complaint_number(self, call, keys):
        number = phones.normalize(keys, call.company_id.country_id.code or "CN")
        if not number and not self._missed(call):
            text = self.env._("This is no telephone number. Please key it again.")
            return self._ask_complaint(call, "number", text, digits=15)
        if not number:
            return self._ask_statement(call)
        call._remember(number=number)
        text = self.env._(
            "Your number is %s. If that is right, press 1. To key it again, press 2.",
            spoken.spaced(keys),
        )
        return self._ask_complaint(call, "check", text)

    def _complaint_check(self, call, keys):
        if keys == "2":
            call._remember(number="")
            return self._complaint_answer(call, "2")
        return self._ask_statement(call)

    # THE WORDS

    def _ask_statement(self, call, *before):
        call._remember(step="statement")
        text = self.env._(
            "Please say after the tone what happened, where and when, and your name if you like. "
            "Press any key when you are done."
        )
        record = Record(max_seconds=LONGEST, silence=PAUSE, kind="message")
        return [*map(self._speak, (*before, text)), record]

    def _complaint_statement(self, call, _keys):
        """Nothing was recorded."""
        return self._hear_nothing(call)

    def _hear_nothing(self, call):
        text = self.env._("We heard nothing.")
        if self._missed(call):
            return [self._speak(text)]
        return self._ask_statement(call, text)

    def _take_complaint(self, call, event):
        if event.seconds < SHORTEST:
            return self._hear_nothing(call)
        case_sudo = self._register_complaint(call, event.name, event.seconds)
        if not case_sudo:
            text = self.env._("Thank you. What you said is with us, a colleague will see to it.")
            return [self._speak(text), Hangup()]
        # what was keyed stands in the case now, and is nobody's business in the call
        call.sudo()._forget_keys()
        call._remember(recording=event.name, case=case_sudo.id, told=0)
        return self._complaint_told(call, "1")

    def _complaint_told(self, call, keys):
        """Say number and PIN; on key 1 and once after silence again."""
        memo = call._recall()
        if memo["told"] and keys != "1" and (keys or memo["told"] > 1):
            return [self._speak(self.env._("Thank you for telling us. Goodbye.")), Hangup()]
        call._remember(told=memo["told"] + 1)
        case_sudo = self.env["hcrm.complaint"].sudo().browse(memo["case"])
        pin = self._derive_pin(call, memo["recording"])
        number = spoken.spaced(case_sudo.number)
        begin = self.env._("Thank you. Please note: your number is %s.", number)
        [ask] = self._ask_complaint(call, "told", begin)
        says = [*ask.say]
        if case_sudo._is_pin(pin):
            says.append(self._speak(self.env._("Your PIN is:")))
            # digit by digit: no sound that is kept on the disk says a PIN
            says += [self._speak(digit) for digit in pin]
        end = self.env._("To hear it again, press 1. Otherwise hang up.")
        says.append(self._speak(end))
        return [type(ask)(**{**vars(ask), "say": tuple(says)})]

    # THE CASE

    def _register_complaint(self, call, name, seconds):
        """Make the case of a recording, once; if that fails, a person hears it."""
        try:
            with self.env.cr.savepoint():
                case_sudo = self._take_in_complaint(call, name, seconds)
                call.sudo()._move_statement(name, case_sudo)
                return case_sudo
        except psycopg2.OperationalError:
            raise
        except Exception:  # pylint: disable=broad-except
            _logger.exception("Call %s: what was said could not be registered", call.id)
        self.env.invalidate_all()
        call.sudo()._release_statement(name)
        self._lay_before_staff(call, name, seconds)
        return self.env["hcrm.complaint"]

    def _take_in_complaint(self, call, name, seconds):
        memo, company = call._recall(), call.company_id
        lang = company.partner_id.lang or self.env.lang
        cases = self.env["hcrm.complaint"].sudo().with_company(company).with_context(lang=lang)
        text = cases.env._("Spoken by telephone, %s seconds: listen to the file.", round(seconds))
        request = {
            "key": call.sudo()._get_statement_key(name),
            "kind": memo.get("kind") or "complaint",
            "channel": "phone",
            "company_id": company.id,
            "text": text,
            "confirmed_by": "recorded",
            "department_id": memo.get("department"),
            "staff": [memo["staff"]] if memo.get("staff") else [],
            "pin": self._derive_pin(call, name),
            "lang": self.env.lang,
            "conversation_id": call.sudo().conversation_id.id,
            **self._name_caller(cases, call, memo),
        }
        return cases._take_in([request])

    def _name_caller(self, cases, call, memo):
        """Say who it was: the one person who has this number, else somebody without a name."""
        if memo.get("is_anonymous"):
            return {"is_anonymous": True}
        number = memo.get("number") or call.sudo().number_stored or ""
        if not number.startswith("+"):
            return {"is_anonymous": True}
        person = not memo.get("number") and call.sudo()._find_only_person()
        if person:
            return {"partner_id": person.id, "answer_channel": "sms"}
        told = {"name": cases.env._("Name not told"), "phone": number}
        return {"person": told, "answer_channel": "sms"}

    def _derive_pin(self, call, name):
        """Return the PIN of what was recorded: who goes on with the call knows it, too."""
        digest = hmac(self.env(su=True), "hcrm-complaint-pin", call.sudo()._get_statement_key(name))
        return f"{int(digest, 16) % 10**numbers.PIN_DIGITS:0{numbers.PIN_DIGITS}}"

    def _end_complaint(self, call):
        """Who hangs up while speaking has complained all the same; else no key is kept.

        A recording may be fetched after the end: until then the keys belong to it.
        """
        if call._recall().get("step") != "statement":
            return call.sudo()._forget_keys()
        recorded = call.sudo()._find_statements()[-1:]
        seconds = recorded.file_size / BYTES_A_SECOND
        if seconds >= SHORTEST:
            self._register_complaint(call, recorded.name.removesuffix(".wav"), seconds)
            call.sudo()._forget_keys()
        return None
