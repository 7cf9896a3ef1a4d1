from odoo import fields, models


class HcrmDiagnosis(models.Model):
    _inherit = "hcrm.diagnosis"

    clinical_status = fields.Selection(
        selection=[
            ("active", "Active"),
            ("recurrence", "Recurrence"),
            ("relapse", "Relapse"),
            ("inactive", "Inactive"),
            ("remission", "Remission"),
            ("resolved", "Resolved"),
        ],
        help="As a system told it over FHIR.",
    )
    verification_status = fields.Selection(
        selection=[
            ("unconfirmed", "Unconfirmed"),
            ("provisional", "Provisional"),
            ("differential", "Differential"),
            ("confirmed", "Confirmed"),
            ("refuted", "Refuted"),
            ("entered-in-error", "Entered in error"),
        ],
        help="As a system told it over FHIR.",
    )
    onset_at = fields.Datetime(string="Onset")
    abated_at = fields.Datetime(string="Abated")
