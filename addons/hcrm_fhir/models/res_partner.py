from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    family_name = fields.Char(
        groups="base.group_user",
        help="As a system told it over FHIR; the name itself is what counts.",
    )
    given_name = fields.Char(
        groups="base.group_user",
        help="As a system told it over FHIR; the name itself is what counts.",
    )
