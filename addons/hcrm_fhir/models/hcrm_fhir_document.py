from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance, Timeline, Told

from ..tools.answers import answer_lines, questionnaire_title


class HcrmFhirDocument(models.Model):
    """A resource kept as it was told, because no model of ours holds its contents.

    What is searched for is in columns, the rest in ``content``. Today that is
    QuestionnaireResponse; the addon of questionnaires takes it over with a handler of its own.
    """

    _name = "hcrm.fhir.document"
    _description = "FHIR Document"
    _inherit = ["hcrm.fact.mixin"]
    _order = "authored_at DESC, id DESC"
    _rec_names_search = ["questionnaire"]
    _hcrm = Governance(
        data_class="clinical",
        merge="repoint",
        erasure="delete",
        retention="inpatient",
        timeline=Timeline(date="authored_at", icon="fa-list-alt"),
        told=Told(
            shown=("authored_at", "resource_type", "answers"),
            also=("questionnaire", "status", "content", "encounter_id", "source"),
        ),
    )

    encounter_id = fields.Many2one("hcrm.encounter", index="btree_not_null", ondelete="set null")
    resource_type = fields.Char(required=True)
    questionnaire = fields.Char(help="Canonical address of what was asked.")
    status = fields.Selection(
        selection=[
            ("in-progress", "Being filled in"),
            ("completed", "Completed"),
            ("amended", "Completed, then amended"),
            ("entered-in-error", "Entered in error"),
            ("stopped", "Stopped"),
        ],
        help="As FHIR's QuestionnaireResponse.status.",
    )
    authored_at = fields.Datetime(required=True, default=fields.Datetime.now)
    content = fields.Json(export_string_translation=False)

    answers = fields.Text(compute="_compute_answers", help="The content as questions and answers.")
    summary = fields.Char(string="In short", compute="_compute_answers")

    _latest_idx = models.Index("(partner_id, authored_at DESC)")
    _period_idx = models.Index("(authored_at)")
    _key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This document was already received.",
    )

    @api.depends("content")
    def _compute_answers(self):
        for document in self:
            lines = answer_lines((document.content or {}).get("item") or [])
            document.answers = "\n".join(lines) or False
            document.summary = " · ".join(line.strip() for line in lines) or False

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for document in self:
            title = questionnaire_title(document.content or {})
            document.display_name = title or self.env._("Questionnaire answers")
