from odoo import models

from odoo.addons.hcrm_communication.tools.voice.verbs import Digits

from ..tools import numbers
from .hcrm_complaint_lookup import LOCKED, OF_A_CALLER

TRIES_A_CALL = 3


class HcrmIvrComplaintStatusMixin(models.AbstractModel):
    """How far a case is, at any hour: its number, and the caller's own number or the PIN.

    What is said may be overheard. A number that does not exist is asked for its PIN like any other,
    and sounds like a wrong PIN.
    """

    _name = "hcrm.ivr.complaint.status.mixin"
    _description = "Telephone Menu: Status of Complaints"

    def _run_complaint_status(self, call, event):
        if not call.is_about_case:
            call.sudo().is_about_case = True
        step = call._recall().get("step") or "ask"
        keys = event.keys.rstrip("#*") if isinstance(event, Digits) else ""
        return list(getattr(self, f"_status_{step}")(call, keys))

    def _status_ask(self, call, _keys, *before):
        call._remember(step="number")
        text = self.env._("Please key your number, all %s digits.", numbers.DIGITS)
        return [self._ask_keys(call, *before, text, digits=numbers.DIGITS, is_secret=True)]

    def _status_number(self, call, keys):
        if self._is_tried_too_often(self._get_caller(call)):
            return self._refuse_tries()
        if not numbers.is_number(keys):
            wrong = self.env._("This cannot be right: a digit is wrong or missing.")
            return self._ask_again(call, wrong)
        case_sudo = self._find_by_number(call, keys)
        # what was answered is told to who has the PIN only
        is_known = case_sudo and self._is_callers(call, case_sudo)
        if is_known and not case_sudo._say_answer():
            self._take_back_try(self._get_caller(call))
            return self._tell_status(call, case_sudo)
        call._remember(step="pin", number=keys)
        text = self.env._("Please key your PIN with %s digits.", numbers.PIN_DIGITS)
        return [self._ask_keys(call, text, digits=numbers.PIN_DIGITS, is_secret=True)]

    def _status_pin(self, call, keys):
        lookup = self.env["hcrm.complaint.lookup"]
        number, caller = call._recall()["number"], self._get_caller(call)
        # counted and noted as every road's, before anything is looked at
        case_sudo, outcome = lookup._look_up(number, keys, caller, way="phone")
        if outcome == LOCKED:
            return self._refuse_tries()
        if case_sudo and case_sudo.company_id == call.company_id:
            self._take_back_try(caller)
            answer = case_sudo._say_answer()
            told = self._speak(case_sudo._word_spoken_status(self.env))
            return [told, self._speak(answer)] if answer else [told]
        return self._ask_again(call, self.env._("Number and PIN do not fit together."))

    def _ask_again(self, call, wrong):
        tries = call._recall().get("tries", 0) + 1
        call._remember(tries=tries)
        if tries >= TRIES_A_CALL:
            return [self._speak(wrong), self._speak(self.env._("Please speak with a colleague."))]
        return self._status_ask(call, "", wrong)

    def _refuse_tries(self):
        text = self.env._("There were too many tries. Please speak with a colleague.")
        return [self._speak(text)]

    def _get_caller(self, call):
        """Callers who withhold their number are counted together."""
        return call.sudo().number_stored or "-"

    def _is_tried_too_often(self, caller):
        counts = self.env["hcrm.rate.count"].sudo()
        what = "complaint-status-caller"
        return any([counts._is_too_often(what, caller, *limit) for limit in OF_A_CALLER])

    def _take_back_try(self, caller):
        """A number that was right is no guess."""
        counts = self.env["hcrm.rate.count"].sudo()
        for _limit, seconds in OF_A_CALLER:
            counts._take_back("complaint-status-caller", caller, seconds)

    def _find_by_number(self, call, number):
        field = "intake_number" if number.startswith("0") else "receipt_number"
        cases_sudo = self.env["hcrm.complaint"].sudo()
        return cases_sudo.search([(field, "=", number), ("company_id", "=", call.company_id.id)])

    def _is_callers(self, call, case_sudo):
        """True if who complained has the number that calls; of a closed file the PIN is asked."""
        person = case_sudo.complainant_ids.partner_id
        return bool(person) and not person.is_protected and person in call.sudo()._find_sharers()

    def _tell_status(self, call, case_sudo):
        # no person is named: readers of the log do not learn who complained
        self.env["hcrm.access.log"]._note(
            "hcrm.complaint", case_sudo.ids, [], detail=f"call {call.id}"
        )
        return [self._speak(case_sudo._word_spoken_status(self.env))]

    def _end_complaint_status(self, call):
        """Who asked for which case is kept in no call."""
        call.sudo()._forget_keys()
