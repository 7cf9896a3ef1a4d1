from odoo import fields, models


class HcrmEncounter(models.Model):
    _inherit = "hcrm.encounter"

    field_times = fields.Json(
        groups=fields.NO_ACCESS,
        copy=False,
        help="Seconds at which a field was told, where it differs from source_time.",
    )
