from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told
from ..tools.units import show_quantity, show_unit

_lt = LazyTranslate(__name__)


class HcrmObservation(models.Model):
    _name = "hcrm.observation"
    _description = "Observation"
    _inherit = ["hcrm.fact.mixin"]
    _order = "observed_at DESC, id DESC"
    _rec_names_search = ["code", "name"]
    _hcrm = Governance(
        data_class="clinical",
        merge="repoint",
        erasure="keep",
        retention="inpatient",
        keys=("external_key",),
        told=Told(
            shown=("observed_at", "name", "value_display", "reference_range", "abnormal_flag"),
            also=(
                "code", "code_system", "has_number", "value_number", "value_text", "unit", "status",
                "issued_at", "department_id", "doctor_id", "encounter_id", "source",
            ),
        ),
        timeline=Timeline(
            date="observed_at",
            icon="fa-flask",
            color=7,
            label=_lt("Results"),
            subtitle=("reference_text",),
            badge="status",
            levels={"preliminary": "info", "corrected": "warning", "cancelled": "secondary"},
            alarm="is_abnormal",
            search=("name", "code", "value_text"),
            daily=_lt("%(count)s results"),
            daily_alarm=_lt("%(count)s abnormal"),
        ),
    )  # fmt: skip

    encounter_id = fields.Many2one("hcrm.encounter", index="btree_not_null", ondelete="set null")
    code = fields.Char(string="LOINC code", required=True)
    code_system = fields.Char(default="LN", help="LN is LOINC; else the hospital's own list.")
    name = fields.Char(required=True)
    value_number = fields.Float(digits=(16, 6))
    has_number = fields.Boolean(help="Tells a measured zero from no number.")
    value_text = fields.Char()
    unit = fields.Char(string="Unit (UCUM)", help="As the source writes it: UCUM where known.")
    unit_display = fields.Char(string="Unit", compute="_compute_unit_display")
    value_display = fields.Char(string="Value and unit", compute="_compute_unit_display")
    reference_range = fields.Char()
    abnormal_flag = fields.Char(string="Abnormal", help="OBX-8; empty or N is normal.")
    is_abnormal = fields.Boolean(compute="_compute_is_abnormal", store=True, precompute=True)
    status = fields.Selection(
        selection=[
            ("preliminary", "Preliminary"),
            ("final", "Final"),
            ("corrected", "Corrected"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="final",
    )
    observed_at = fields.Datetime(required=True, default=fields.Datetime.now)
    reference_text = fields.Char(compute="_compute_reference_text")
    issued_at = fields.Datetime(
        string="Released", help="When the result could be seen: OBR-22, FHIR issued."
    )

    _latest_idx = models.Index("(partner_id, code, observed_at DESC)")
    _timeline_idx = models.Index("(partner_id, observed_at DESC)")
    _period_idx = models.Index("(observed_at)")
    _key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This observation was already received.",
    )

    @api.depends("abnormal_flag")
    def _compute_is_abnormal(self):
        for observation in self:
            observation.is_abnormal = (observation.abnormal_flag or "N") not in ("N", "")

    @api.depends("reference_range")
    @api.depends_context("lang")
    def _compute_reference_text(self):
        for observation in self:
            observation.reference_text = observation.reference_range and self.env._(
                "Reference %(range)s", range=observation.reference_range
            )

    @api.depends("value_number", "has_number", "value_text", "unit")
    @api.depends_context("lang")
    def _compute_unit_display(self):
        lang = self.env.lang or ""
        for observation in self:
            observation.unit_display = show_unit(observation.unit or "", lang)
            if observation.has_number:
                observation.value_display = show_quantity(
                    observation.value_number, observation.unit or "", lang
                )
            else:
                parts = (observation.value_text, observation.unit_display)
                observation.value_display = " ".join(part for part in parts if part)

    @api.depends("name", "value_display")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for observation in self:
            parts = [observation.name, observation.value_display]
            observation.display_name = " ".join(part for part in parts if part)
