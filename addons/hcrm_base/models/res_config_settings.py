from odoo import fields, models

from ..tools.governance import Governance
from .hcrm_access_review import PERSONS
from .hcrm_privacy_release_mixin import DAYS_READY
from .hcrm_retention_run import MINUTES
from .hcrm_reviewed_mixin import DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"
    _hcrm = Governance(data_class="wizard")

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

    # the access log
    hcrm_access_log_durable = fields.Boolean(
        string="Wait for the disk", config_parameter="hcrm_base.access_log_durable"
    )
    hcrm_access_review_persons = fields.Integer(
        string="Persons in a large export",
        config_parameter="hcrm_base.access_review_persons",
        default=PERSONS,
    )
    hcrm_access_review_days = fields.Integer(
        string="Days for a review", config_parameter="hcrm_base.access_review_days", default=DAYS
    )

    # how long data are kept
    hcrm_privacy_package_days = fields.Integer(
        string="Days for a data package",
        config_parameter="hcrm_base.privacy_package_days",
        default=DAYS_READY,
    )
    hcrm_retention_minutes = fields.Integer(
        string="Minutes for a night's run",
        config_parameter="hcrm_base.retention_minutes",
        default=MINUTES,
    )
