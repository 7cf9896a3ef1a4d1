from odoo import api, models

from odoo.addons.hcrm_base.tools import phone as phones


class HcrmComplaintPersonFinder(models.AbstractModel):
    """Who is it? A person is the same if name *and* phone or e-mail are: families share phones."""

    _name = "hcrm.complaint.person.finder"
    _description = "Finds Complainants"

    @api.model
    def _find(self, told, company):
        """Return the one customer person meant by ``told`` (name, phone, email), or none."""
        partners = self.env["res.partner"].sudo()
        told = told or {}
        name, number, email = ((told.get(key) or "").strip() for key in ("name", "phone", "email"))
        if not name or not (number or email):
            return partners
        here = [
            ("is_customer_person", "=", True),
            ("company_id", "in", (company.id, False)),
            ("name", "=", name),
        ]
        for field, value in (
            ("phone_stored", self._to_e164(number, company)),
            ("email_normalized", email.lower()),
        ):
            if value:
                found = partners.search([*here, (field, "=", value)], limit=2)
                if len(found) == 1:
                    return found
        return partners

    @api.model
    def _find_or_create(self, told, company):
        """As ``_find``; who is not known becomes a customer, so that we can answer."""
        found = self._find(told, company)
        told = told or {}
        if found or not (told.get("phone") or told.get("email")):
            return found
        return found.create(
            {
                "name": told.get("name") or self.env._("Name not told"),
                "phone": told.get("phone"),
                "email": told.get("email"),
                "kind_ids": [(4, self.env.ref("hcrm_base.kind_resident").id)],
                "lang": told.get("lang") or company.partner_id.lang,
            }
        )

    @api.model
    def _to_e164(self, number, company):
        return number and phones.normalize(number, company.country_id.code or "CN")
