from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told

_lt = LazyTranslate(__name__)


class HcrmImmunization(models.Model):
    _name = "hcrm.immunization"
    _description = "Immunisation"
    _inherit = ["hcrm.fact.mixin"]
    _order = "given_on DESC, id DESC"
    _rec_name = "vaccine_name"
    _hcrm = Governance(
        data_class="clinical",
        merge="repoint",
        erasure="keep",
        retention="inpatient",
        keys=("external_key",),
        told=Told(
            shown=("given_on", "vaccine_name", "dose_text", "lot_number", "status"),
            also=("vaccine_code", "dose_number", "site", "note", "department_id", "source"),
        ),
        timeline=Timeline(
            date="given_on",
            title="vaccine_name",
            icon="fa-eyedropper",
            color=10,
            label=_lt("Immunisations"),
            subtitle=("dose_text", "department_id"),
            badge="status",
            levels={"not_done": "warning", "entered_in_error": "secondary"},
            search=("vaccine_name", "vaccine_code", "lot_number"),
        ),
    )

    vaccine_code = fields.Char(required=True)
    vaccine_name = fields.Char(required=True)
    dose_number = fields.Integer(default=1)
    given_on = fields.Date(required=True, default=fields.Date.context_today)
    lot_number = fields.Char()
    site = fields.Char(help="Left arm, right thigh, …")
    status = fields.Selection(
        selection=[
            ("completed", "Completed"),
            ("not_done", "Not done"),
            ("entered_in_error", "Entered in error"),
        ],
        required=True,
        default="completed",
    )
    note = fields.Char()
    dose_text = fields.Char(string="Dose (as spoken)", compute="_compute_dose_text")

    _latest_idx = models.Index("(partner_id, given_on DESC)")
    _key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This immunisation was already received.",
    )
    _dose_number_positive = models.Constraint(
        "CHECK (dose_number >= 1)", "Doses are counted from 1."
    )

    @api.depends("dose_number")
    @api.depends_context("lang")
    def _compute_dose_text(self):
        for immunization in self:
            immunization.dose_text = self.env._("Dose %(number)s", number=immunization.dose_number)
