from odoo import api, models
from odoo.tools import consteq

from odoo.addons.hcrm_base.tools import phone as phones

from ..tools import numbers

#: Tries of one number, of one address, and of all: (limit, seconds). Counted over all workers and
#: all roads, the telephone's included, before anything is looked at.
OF_A_NUMBER = ((5, 3600), (10, 86400))
OF_AN_ADDRESS = ((10, 3600), (30, 86400))
OF_ALL = ((600, 3600),)
TOLD, WRONG, LOCKED = "told", "wrong", "locked"


class HcrmComplaintLookup(models.AbstractModel):
    """How far is my case? Number and PIN, or number and the phone number of who complained.

    A number that does not exist, a wrong PIN and a right PIN while it is locked look alike from
    outside, in words and in work done.
    """

    _name = "hcrm.complaint.lookup"
    _description = "Looking up a Status"

    @api.model
    def _look_up(self, number, secret, address, way="web"):
        """Return (case under sudo or an empty one, outcome).

        :param number: as typed
        :param secret: PIN or phone number, as typed
        :param address: from where: IP address or phone number
        """
        digits = numbers.fold(number)
        cases_sudo = self.env["hcrm.complaint"].sudo()
        if self._is_locked(digits, address, secret):
            case_sudo, outcome = cases_sudo, LOCKED
        else:
            case_sudo = self._find(digits)
            outcome = TOLD if self._fits(case_sudo, secret) else WRONG
        tries_sudo = self.env["hcrm.complaint.status.try"].sudo()
        known = digits if numbers.is_number(digits) else ""
        tries_sudo._note(way, known, self._disguise(address), outcome)
        if outcome != TOLD:
            return cases_sudo, outcome
        # no person is named: readers of the log do not learn who complained
        self.env["hcrm.access.log"]._note("hcrm.complaint", case_sudo.ids, [], detail=way)
        return case_sudo, outcome

    @api.model
    def _disguise(self, address):
        """Return a mark that is the same for the same address, and tells nobody whose it is: beside
        the number of a case it would be who complained."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return address and numbers.hash_pin(secret, "address", address)[:12]

    @api.model
    def _is_locked(self, digits, address, secret):
        """Count this try; tell whether it is one too many of its number, its address or of all.

        A phone number is counted as one, too: who knows somebody's could walk the case numbers
        with it, to learn whether they complained.

        What one number or address is locked for does not count towards all: else a single
        address could shut the page for everybody.
        """
        typed = numbers.fold(secret)
        is_phone = len(typed) > numbers.PIN_DIGITS
        over = [
            self._is_over("number", digits or "-", OF_A_NUMBER),
            self._is_over("caller", address or "-", OF_AN_ADDRESS),
            is_phone and self._is_over("phone", typed[-8:], OF_A_NUMBER),
        ]
        return any(over) or self._is_over("all", "all", OF_ALL)

    @api.model
    def _is_over(self, what, who, limits):
        counts = self.env["hcrm.rate.count"].sudo()
        over = [counts._is_too_often(f"complaint-status-{what}", who, *limit) for limit in limits]
        return any(over)

    @api.model
    def _find(self, digits):
        cases_sudo = self.env["hcrm.complaint"].sudo().with_context(active_test=False)
        if not numbers.is_number(digits):
            return cases_sudo.browse()
        field = "intake_number" if digits.startswith("0") else "receipt_number"
        return cases_sudo.search([(field, "=", digits)], limit=1)

    @api.model
    def _fits(self, case_sudo, secret):
        """True for the PIN or the phone; as much is reckoned where there is no case."""
        typed = numbers.fold(secret)
        pin_fits = case_sudo._is_pin(typed) if case_sudo else self._pretend(typed)
        person = case_sudo.complainant_ids.partner_id
        region = person.country_id.code or self.env.company.country_id.code or "CN"
        number = phones.normalize(str(secret or "")[:40], region) or ""
        known = filter(None, (person.phone_stored, person.phone_other_stored))
        phone_fits = any([consteq(one, number) for one in known])
        return bool(case_sudo) and (pin_fits or (phone_fits and not person.is_protected))

    @api.model
    def _pretend(self, typed):
        """Do the work of comparing a PIN."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return consteq("", numbers.hash_pin(secret, "0" * numbers.DIGITS, typed))
