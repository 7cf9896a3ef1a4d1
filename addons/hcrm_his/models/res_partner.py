from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    field_times = fields.Json(
        groups=fields.NO_ACCESS,
        copy=False,
        help="Seconds at which a field was told, where it differs from source_time.",
    )
