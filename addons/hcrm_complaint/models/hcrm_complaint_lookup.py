from odoo import api, models
from odoo.tools import SQL, consteq

from odoo.addons.hcrm_base.tools import phone as phones

from ..tools import numbers

#: Wrong tries: (limit, seconds). Each is counted over all workers and all roads, the telephone's
#: included, before anything is looked at; what was right is taken back. One number from one
#: address; one number from anywhere; one address, which a ward or a carrier shares; one telephone;
#: one phone number given as the secret; all.
OF_A_PAIR = ((5, 3600), (10, 86400))
OF_A_NUMBER = ((20, 3600), (30, 86400))
OF_AN_ADDRESS = ((60, 3600), (200, 86400))
OF_A_CALLER = ((10, 3600), (30, 86400))
OF_A_SECRET = ((5, 3600), (10, 86400))
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
        counted = self._get_counted(digits, address, secret, way)
        if self._is_locked(counted):
            case_sudo, outcome = cases_sudo, LOCKED
        else:
            case_sudo = self._find(digits, secret)
            outcome = TOLD if case_sudo else WRONG
        tries_sudo = self.env["hcrm.complaint.status.try"].sudo()
        known = digits if numbers.is_number(digits) else ""
        tries_sudo._note(way, known, self._disguise(address), outcome)
        if outcome != TOLD:
            return cases_sudo, outcome
        self._take_back(counted)
        # no person is named: readers of the log do not learn who complained
        self.env["hcrm.access.log"]._note("hcrm.complaint", case_sudo.ids, [], detail=way)
        return case_sudo, outcome

    @api.model
    def _get_wait(self, number, secret, address, way="web"):
        """Return after how many seconds this try will be looked at again."""
        counts = self.env["hcrm.rate.count"].sudo()
        counted = self._get_counted(numbers.fold(number), address, secret, way)
        waits = [
            counts._get_wait(_name(what), who, *limit)
            for what, who, limits in counted
            for limit in limits
        ]
        return max(waits)

    @api.model
    def _disguise(self, address):
        """Return a mark that is the same for the same address, and tells nobody whose it is: beside
        the number of a case it would be who complained."""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return address and numbers.hash_pin(secret, "address", address)[:12]

    @api.model
    def _get_counted(self, digits, address, secret, way):
        """Return what is counted of a try: list of (what, who, limits).

        A phone number is counted as one, too: who knows somebody's could walk the case numbers
        with it, to learn whether they complained.
        """
        typed, address = numbers.fold(secret), address or "-"
        of_address = OF_A_CALLER if way == "phone" else OF_AN_ADDRESS
        counted = [
            ("pair", f"{digits or '-'}/{address}", OF_A_PAIR),
            ("number", digits or "-", OF_A_NUMBER),
            ("caller", address, of_address),
        ]
        if len(typed) > numbers.PIN_DIGITS:
            counted.append(("phone", typed[-8:], OF_A_SECRET))
        return [*counted, ("all", "all", OF_ALL)]

    @api.model
    def _is_locked(self, counted):
        """Count this try; tell whether it is one too many.

        What is locked does not count towards the next of the list: else one address could shut a
        number, or the page, for everybody, and who tries on in a locked hour would lose the day.
        """
        counts = self.env["hcrm.rate.count"].sudo()
        return any(
            counts._is_too_often(_name(what), who, *limit)
            for what, who, limits in counted
            for limit in limits
        )

    @api.model
    def _take_back(self, counted):
        """A right answer is no guess."""
        counts = self.env["hcrm.rate.count"].sudo()
        for what, who, limits in counted:
            for _limit, seconds in limits:
                counts._take_back(_name(what), who, seconds)

    @api.model
    def _find(self, digits, secret):
        """Return the case of this number if the PIN or the phone fits, or none.

        As much is asked and reckoned where there is no such case.
        """
        cases_sudo = self.env["hcrm.complaint"].sudo().with_context(active_test=False)
        typed = numbers.fold(secret)
        [(case_id, intake, pin_hash, is_protected, region, *phones_known)] = self._read(digits)
        key = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        pin_fits = consteq(pin_hash or "", numbers.hash_pin(key, intake or "0" * 11, typed))
        number = phones.normalize(str(secret or "")[:40], region or "CN") or ""
        phone_fits = any([consteq(one or "", number) for one in phones_known]) and bool(number)
        fits = pin_fits or (phone_fits and not is_protected)
        return cases_sudo.browse(case_id if case_id and fits else ())

    @api.model
    def _read(self, digits):
        """Return one row, of NULLs but for the region where there is no such case."""
        self.env["hcrm.complaint"].flush_model(["intake_number", "receipt_number", "pin_hash"])
        self.env["hcrm.complaint.complainant"].flush_model(["complaint_id", "partner_id"])
        self.env["res.partner"].flush_model(
            ["phone_stored", "phone_other_stored", "is_protected", "country_id"]
        )
        column = "intake_number" if digits.startswith("0") else "receipt_number"
        return self.env.execute_query(
            SQL(
                """
                SELECT found.id, found.intake_number, found.pin_hash, person.is_protected,
                       coalesce(country.code, %s), person.phone_stored, person.phone_other_stored
                  FROM (VALUES (1)) AS one
             LEFT JOIN hcrm_complaint AS found ON found.%s = %s
             LEFT JOIN hcrm_complaint_complainant AS told ON told.complaint_id = found.id
             LEFT JOIN res_partner AS person ON person.id = told.partner_id
             LEFT JOIN res_country AS country ON country.id = person.country_id
                """,
                self.env.company.country_id.code or "CN",
                SQL.identifier(column),
                digits,
            )
        )


def _name(what):
    return f"complaint-status-{what}"
