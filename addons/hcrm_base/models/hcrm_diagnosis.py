from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Timeline, Told

_lt = LazyTranslate(__name__)


class HcrmDiagnosis(models.Model):
    _name = "hcrm.diagnosis"
    _description = "Diagnosis"
    _inherit = ["hcrm.fact.mixin"]
    _order = "recorded_at DESC, id DESC"
    _rec_names_search = ["code", "name"]
    _hcrm = Governance(
        data_class="clinical",
        merge="repoint",
        erasure="keep",
        retention="inpatient",
        keys=("external_key",),
        told=Told(
            shown=("recorded_at", "name", "code", "kind", "department_id", "doctor_id"),
            also=("coding_system", "is_main", "encounter_id", "source"),
        ),
        timeline=Timeline(
            date="recorded_at",
            title="name",
            icon="fa-stethoscope",
            color=2,
            label=_lt("Diagnoses"),
            subtitle=("code", "department_id", "doctor_id"),
            badge="kind",
            levels={"admitting": "secondary", "working": "secondary"},
            search=("name", "code"),
        ),
    )

    encounter_id = fields.Many2one("hcrm.encounter", index=True, ondelete="cascade")
    code = fields.Char(string="ICD-10 code", required=True, index=True)
    name = fields.Char(required=True)
    coding_system = fields.Char(default="ICD-10", help="As the source says: ICD-10, ICD-10-CM, …")
    kind = fields.Selection(
        selection=[("admitting", "Admitting"), ("working", "Working"), ("final", "Final")],
        required=True,
        default="working",
        help="DG1-6.",
    )
    is_main = fields.Boolean(string="Main diagnosis", help="DG1-15 = 1.")
    recorded_at = fields.Datetime(required=True, default=fields.Datetime.now)

    _latest_idx = models.Index("(partner_id, recorded_at DESC)")
    _code_period_idx = models.Index("(code, recorded_at)")
    _key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This diagnosis was already received.",
    )
    _once = models.UniqueIndex(
        "(encounter_id, code, kind) WHERE encounter_id IS NOT NULL",
        "This diagnosis is already recorded for this encounter.",
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for diagnosis in self:
            diagnosis.display_name = f"{diagnosis.code or ''} {diagnosis.name or ''}".strip()
