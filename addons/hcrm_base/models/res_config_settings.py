from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hcrm_company_name = fields.Char(
        string="Hospital name", related="company_id.name", readonly=False, required=True
    )
    hcrm_country_id = fields.Many2one(
        "res.country",
        string="Country of phone numbers",
        related="company_id.country_id",
        readonly=False,
    )
    hcrm_timezone = fields.Selection(
        string="Time zone of the hospital",
        related="company_id.resource_calendar_id.tz",
        readonly=False,
    )
