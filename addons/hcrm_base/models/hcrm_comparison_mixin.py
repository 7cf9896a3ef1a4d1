import re

from markupsafe import Markup

from odoo import models
from odoo.tools import format_date

from ..tools import phone

COMPARED = (
    "name",
    "sex",
    "birth_date",
    "death_date",
    "phone",
    "phone_other",
    "email",
    "contact_address",
    "occupation",
    "employer",
    "kind_ids",
    "served_department_ids",
    "user_id",
    "company_id",
    "create_date",
)


class HcrmComparisonMixin(models.AbstractModel):
    """Shows contacts side by side, as far as the reader may read them; masked is masked here."""

    _name = "hcrm.comparison.mixin"
    _description = "Contacts Side by Side"

    def _hcrm_comparison(self, headings=()):
        """Return a table with one column per contact; rows that differ are marked.

        :param headings: what stands over the columns
        """
        rows = [self._comparison_row(self._fields[name]) for name in self._comparison_fields()]
        rows += self._comparison_numbers()
        body = Markup().join(self._comparison_html(*row) for row in rows if any(row[1]))
        cells = Markup().join(Markup("<th>%s</th>") % heading for heading in headings)
        head = Markup("<thead><tr><th></th>%s</tr></thead>") % cells if cells else ""
        return Markup('<table class="table table-sm o_hcrm_comparison">%s%s</table>') % (head, body)

    def _comparison_fields(self):
        return [
            name
            for name in COMPARED
            if name in self._fields and self._has_field_access(self._fields[name], "read")
        ]

    def _comparison_row(self, field):
        is_address = field.name == "contact_address"
        label = self.env._("Address") if is_address else field._description_string(self.env)
        return label, [self._comparison_text(partner, field) for partner in self]

    def _comparison_text(self, partner, field):
        value = partner[field.name]
        if field.name == "contact_address":
            return " ".join(re.split(r"[,\s]+", value or "")).strip()
        if field.name in ("phone", "phone_other"):
            return phone.national(value) if value else ""
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type in ("date", "datetime"):
            return format_date(self.env, value) if value else ""
        return str(value or "")

    def _comparison_numbers(self):
        """Yield one row per system in which either has a number the reader may see."""
        numbers = self.env["hcrm.identifier"]
        if not numbers.has_access("read"):
            return []
        numbers = numbers.search([("partner_id", "in", self.ids)])
        return [
            (
                system.display_name,
                [
                    ", ".join(
                        numbers.filtered(
                            lambda number, partner=partner, system=system: (
                                number.partner_id == partner and number.system_id == system
                            )
                        ).mapped("value")
                    )
                    for partner in self
                ],
            )
            for system in numbers.system_id
        ]

    def _comparison_html(self, label, texts):
        known = {text for text in texts if text}
        differs = len(known) > 1
        cells = Markup().join(Markup("<td>%s</td>") % text for text in texts)
        return Markup('<tr class="%s"><th class="text-muted fw-normal">%s</th>%s</tr>') % (
            "table-warning" if differs else "",
            label,
            cells,
        )
