from odoo import fields, models


class HcrmImmunization(models.Model):
    _inherit = "hcrm.immunization"

    vaccine_system = fields.Char(
        string="Code system of the vaccine", help="As a system told it over FHIR."
    )
