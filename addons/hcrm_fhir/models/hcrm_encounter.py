from odoo import models


class HcrmEncounter(models.Model):
    _inherit = "hcrm.encounter"

    _fhir_key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This visit was already received.",
    )
