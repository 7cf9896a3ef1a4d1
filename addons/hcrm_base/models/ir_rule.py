from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """In debug mode core names the refused records: of persons, that is the secret."""
        error = super()._make_access_error(operation, records)
        governance = getattr(records, "_hcrm", None)
        if not governance or not governance.about_persons:
            return error
        plain = AccessError(
            self.env._(
                "Your role does not allow this on %(model)s %(numbers)s (%(operation)s).",
                model=self.env["ir.model"]._get(records._name).name or records._name,
                numbers=", ".join(map(str, records.ids[:6])),
                operation=operation,
            )
        )
        plain.context = getattr(error, "context", None)
        return plain
