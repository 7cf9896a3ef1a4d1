from odoo import api, models
from odoo.tools import SQL
from odoo.tools.mail import email_normalize_all

from odoo.addons.hcrm_base.tools import phone as phone_tools

from ..tools.addresses import KEY_SQL, keys


class HcrmAddressBook(models.AbstractModel):
    """Whose address is this? Asked by every road that leads out of Odoo.

    Customers are found whoever asks and whatever became of them: archived, of another hospital,
    merged (then it is the survivor's).
    """

    _name = "hcrm.address.book"
    _description = "Address Book"

    @api.model
    def _find_by_email(self, addresses):
        """Return {address: ids of the customers who have it}, without those of nobody."""
        spelled = {address: keys(address) for address in addresses}
        wanted = sorted(set().union(*spelled.values()))
        if not wanted:
            return {}
        holders = {}
        for partner_id, key in self._find_holders(wanted):
            holders.setdefault(key, []).append(partner_id)
        found = {
            address: sorted({one for key in spelling for one in holders.get(key, ())})
            for address, spelling in spelled.items()
        }
        return {address: ids for address, ids in found.items() if ids}

    @api.model
    def _find_holders(self, wanted):
        """Yield (partner, key) for keys of addresses; a contact may hold several addresses."""
        self.env["res.partner"].flush_model(
            ["email", "email_normalized", "is_customer_person", "canonical_id"]
        )
        yield from self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(canonical_id, id), %(key)s
                  FROM res_partner
                 WHERE is_customer_person IS TRUE AND email_normalized IS NOT NULL
                   AND %(key)s = ANY(%(wanted)s)
                """,
                key=SQL(KEY_SQL.replace("%", "%%")),
                wanted=wanted,
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(canonical_id, id), email
                  FROM res_partner
                 WHERE is_customer_person IS TRUE AND email LIKE '%%@%%@%%'
                """
            )
        )
        for partner_id, email in rows:
            for address in email_normalize_all(email):
                yield from ((partner_id, key) for key in keys(address))

    @api.model
    def _normalize_number(self, number):
        """Return the E.164 form, or an empty text."""
        country = self.env.company.country_id.code or "CN"
        return phone_tools.normalize(number or "", country) or ""

    @api.model
    def _find_by_number(self, numbers):
        """Return {number: ids of the customers who have it} for numbers in E.164."""
        numbers = sorted(set(filter(None, numbers)))
        if not numbers:
            return {}
        self.env["res.partner"].flush_model(
            ["phone_stored", "phone_other_stored", "is_customer_person", "canonical_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(canonical_id, id), phone_stored, phone_other_stored
                  FROM res_partner
                 WHERE is_customer_person IS TRUE
                   AND (phone_stored = ANY(%(numbers)s) OR phone_other_stored = ANY(%(numbers)s))
              ORDER BY 1
                """,
                numbers=numbers,
            )
        )
        found = {}
        for partner_id, *kept in rows:
            for number in set(kept).intersection(numbers):
                ids = found.setdefault(number, [])
                if partner_id not in ids:
                    ids.append(partner_id)
        return found

    @api.model
    def _has_number_sql(self):
        """Return SQL: the number of the ``picked`` message is a customer's, and not an employee's
        to whom it is written."""
        return SQL(
            """
            EXISTS (SELECT FROM res_partner AS person
                     WHERE person.is_customer_person IS TRUE
                       AND (person.phone_stored = picked.address_asked_stored
                            OR person.phone_other_stored = picked.address_asked_stored))
            AND NOT EXISTS (SELECT FROM res_partner AS employee
                             WHERE employee.id = picked.recipient_id
                               AND employee.partner_share IS NOT TRUE
                               AND employee.phone_stored = picked.address_asked_stored)
            """
        )

    @api.model
    def _is_customer_email(self, address):
        """True for an address that any customer has."""
        return bool(self._find_by_email([address]))
