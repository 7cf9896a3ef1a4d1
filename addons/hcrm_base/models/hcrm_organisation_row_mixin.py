from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HcrmOrganisationRowMixin(models.AbstractModel):
    """A row of a hospital about one of its organisations."""

    _name = "hcrm.organisation.row.mixin"
    _description = "Row about an Organisation"
    _inherit = ["hcrm.hospital.mixin"]
    #: Links that must lead to organisations, never to persons.
    _organisation_fields = ("partner_id",)

    partner_id = fields.Many2one(
        "res.partner",
        string="Organisation",
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_customer', '=', True), ('is_customer_person', '=', False)]",
    )

    @api.constrains(lambda self: self._organisation_fields)
    def _check_organisations(self):
        for record in self.sudo():
            for name in self._organisation_fields:
                if record[name].is_customer_person:
                    raise ValidationError(
                        self.env._("That is a person: choose an organisation here.")
                    )
