from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError

from ..tools import masking
from ..tools import phone as phone_tools
from .column_domain import column_empty, column_in


class HcrmMaskedPhoneMixin(models.AbstractModel):
    """Makes ``phone`` of a contact depend on who looks.

    The number itself is in ``phone_stored``, which no user reads; ``phone`` gives it whole or
    masked. As ``phone`` is not stored, no grouping, sorting or aggregate can leak what the mask
    hides, and a search must name the whole number.
    """

    _name = "hcrm.masked.phone.mixin"
    _description = "Masked Phone"

    phone = fields.Char(
        compute="_compute_phone",
        inverse="_inverse_phone",
        search="_search_phone",
        store=False,
        tracking=False,
        copy=False,
    )
    phone_stored = fields.Char(string="Phone (full)", groups=fields.NO_ACCESS, copy=True)
    phone_sanitized = fields.Char(groups="hcrm_base.group_phone_full")
    phone_other = fields.Char(
        string="Other phone",
        compute="_compute_phone_other",
        inverse="_inverse_phone_other",
        search="_search_phone_other",
        groups="base.group_user",
    )
    phone_other_stored = fields.Char(
        string="Other phone (full)", groups=fields.NO_ACCESS, copy=True
    )

    @api.depends("phone_stored")
    @api.depends_context("uid")
    def _compute_phone(self):
        self._compute_masked_phone("phone")

    @api.depends("phone_other_stored")
    @api.depends_context("uid")
    def _compute_phone_other(self):
        self._compute_masked_phone("phone_other")

    def _inverse_phone(self):
        self._inverse_masked_phone("phone")

    def _inverse_phone_other(self):
        self._inverse_masked_phone("phone_other")

    def _search_phone(self, operator, value):
        return self._search_masked_phone("phone_stored", operator, value)

    def _search_phone_other(self, operator, value):
        return self._search_masked_phone("phone_other_stored", operator, value)

    def _compute_masked_phone(self, name):
        full = self._filtered_phone_full()
        for partner in self:
            stored = partner.sudo()[f"{name}_stored"]
            partner[name] = stored if partner in full else phone_tools.mask(stored or "") or False

    def _inverse_masked_phone(self, name):
        full = self._filtered_phone_full()
        for partner in self:
            partner_sudo = partner.sudo()
            typed, stored = partner[name], partner_sudo[f"{name}_stored"]
            if stored and typed == phone_tools.mask(stored):
                continue  # a form that shows the mask was saved
            if partner not in full and masking.looks_masked(typed):
                raise ValidationError(
                    self.env._("This number is masked, as you see it: type it whole.")
                )
            partner_sudo[f"{name}_stored"] = partner._normalize_phone(typed)
        self.invalidate_recordset([name], flush=False)  # what was typed is not what is kept

    def _search_masked_phone(self, name, operator, value):
        stored = self._fields[name]
        if operator == "in":
            typed = [number for number in value if number]
            found = column_in(stored, typed + [self._normalize_phone(number) for number in typed])
            return found | column_empty(stored) if False in value else found
        if operator in ("like", "ilike", "=like", "=ilike") and isinstance(value, str):
            typed = value.strip("% ")
            return column_in(stored, [typed, self._normalize_phone(typed)])
        return NotImplemented

    @api.model
    def _normalize_phone(self, typed):
        """Return the E.164 form where the number can be understood, else what was typed."""
        text = (typed or "").strip()
        if not text:
            return False
        country = self.country_id[:1] or self.env.company.country_id
        return phone_tools.normalize(text, country.code or "CN") or text

    def _filtered_phone_full(self):
        """Return the contacts of ``self`` whose phone the user sees in full.

        Not asked: ``env.su``. A field of any model that relates to ``phone`` computes under sudo.
        """
        user = self.env.user
        if self.env.uid == SUPERUSER_ID or user.has_group("hcrm_base.group_phone_full"):
            return self
        return self.filtered(
            lambda partner: not partner.sudo().is_customer_person or partner == user.partner_id
        )

    @api.depends("phone_stored")
    def _compute_phone_sanitized(self):
        """What is kept is E.164 wherever it can be."""
        for partner in self:
            stored = partner.phone_stored or ""
            partner.phone_sanitized = stored if stored.startswith("+") else False
