from odoo import fields, models


class HcrmFhirKeyShow(models.AbstractModel):
    """The key on its way to the screen: in no table."""

    _name = "hcrm.fhir.key.show"
    _description = "New FHIR Key, Shown Once"

    id = fields.Id()
    key = fields.Char(readonly=True)
