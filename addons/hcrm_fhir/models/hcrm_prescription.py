from odoo import fields, models


class HcrmPrescription(models.Model):
    _inherit = "hcrm.prescription"

    drug_system = fields.Char(
        string="Code system of the drug", help="As a system told it over FHIR."
    )
