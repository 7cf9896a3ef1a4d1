from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.hcrm_base.tools.governance import Governance, Timeline, Told

_lt = LazyTranslate(__name__)

#: What we write about a case, in which its people may be named.
WRITTEN = (
    "hcrm.complaint",
    "hcrm.complaint.answer",
    "hcrm.complaint.explanation",
    "hcrm.complaint.problem",
    "hcrm.complaint.handover",
)


class HcrmComplaintComplainant(models.Model):
    """Who brought a case, for whom, and how they want to be answered: one row for each case.

    Read by the complaint office, and by whom it was opened to for this case; never by the staff
    complained about.
    """

    _name = "hcrm.complaint.complainant"
    _description = "Complainant"
    _inherit = [
        "hcrm.canonical.mixin",
        "hcrm.guarded.write.mixin",
        "hcrm.conversation.outcome.mixin",
    ]
    _order = "id DESC"
    _rec_name = "complainant_name"
    _hcrm = Governance(
        data_class="complainant",
        merge="repoint",
        erasure="blank",
        partner=("partner_id", "patient_id"),
        blank=("complainant_name", "patient_name", "authority_evidence"),
        retention="log",
        dated="received_at",
        expiry="keep",
        timeline=Timeline(
            date="received_at", title="kind", subtitle=("complaint_id",), icon="fa-bullhorn",
            color=1, label=_lt("Complaints and suggestions"), badge="state",
            levels={"new": "warning", "accepted": "info", "working": "info", "approval": "info",
                    "answered": "success"},
        ),
        told=Told(
            shown=("received_at", "complaint_id", "kind", "state"),
            also=("relation", "complainant_name"),
        ),
    )  # fmt: skip

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Complainant", index="btree_not_null", ondelete="restrict"
    )
    patient_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="restrict",
        help="Whom it happened to.",
    )  # fmt: skip
    encounter_id = fields.Many2one(
        "hcrm.encounter", string="Visit", index="btree_not_null", ondelete="set null"
    )
    complainant_name = fields.Char(string="Name as told")
    patient_name = fields.Char(
        string="Patient as told", help="Where the patient is no customer we know."
    )
    relation = fields.Selection(
        selection=[
            ("self", "The patient"),
            ("family", "Family"),
            ("guardian", "Guardian"),
            ("agent", "Agent or lawyer"),
            ("staff", "Staff"),
            ("other", "Somebody else"),
        ],
        string="Is to the patient",
        default="self",
        required=True,
    )
    authority_evidence = fields.Char(
        string="Authority shown", help="Which paper lets them complain for the patient."
    )
    is_anonymous = fields.Boolean(string="Anonymous")
    answer_channel = fields.Selection(
        selection=[
            ("sms", "SMS"),
            ("voice", "Telephone"),
            ("email", "E-mail"),
            ("letter", "Letter"),
            ("portal", "Portal"),
            ("none", "No answer wanted"),
        ],
        string="Wants the answer by",
    )
    lang = fields.Char(string="Language", help="In which the answer is written.")

    # of the case, for the timeline: stored, as a case is written seldom
    kind = fields.Selection(related="complaint_id.kind", store=True, precompute=True)
    state = fields.Selection(related="complaint_id.state", store=True, precompute=True)
    received_at = fields.Datetime(related="complaint_id.received_at", store=True, precompute=True)
    statement_id = fields.Many2one(
        "hcrm.complaint.statement", compute="_compute_statement_id", string="Last statement"
    )

    _case_uniq = models.UniqueIndex("(complaint_id)", "This case has its complainant already.")
    _latest_idx = models.Index("(partner_id, received_at DESC) WHERE partner_id IS NOT NULL")
    _patient_idx = models.Index("(patient_id, received_at DESC) WHERE patient_id IS NOT NULL")
    _nobody_named = models.Constraint(
        "CHECK (is_anonymous IS NOT TRUE OR partner_id IS NULL)",
        "Who is anonymous is nobody we know: take the name out, or the tick.",
    )

    @api.depends("complaint_id.statement_ids")
    def _compute_statement_id(self):
        last = dict(
            self.env["hcrm.complaint.statement"]._read_group(
                [("complaint_id", "in", self.complaint_id.ids)], ["complaint_id"], ["id:max"]
            )
        )
        for one in self:
            one.statement_id = last.get(one.complaint_id, False)

    @api.model
    def _hcrm_on_erase(self, run):
        """Take name and numbers out of what we wrote about the cases of an erased person."""
        cases = SQL(
            """(SELECT complaint_id FROM hcrm_complaint_complainant
                 WHERE partner_id = ANY(%(ids)s) OR patient_id = ANY(%(ids)s))""",
            ids=run.ids,
        )
        for name in WRITTEN:
            model = self.env.registry[name]
            column = SQL.identifier("id" if name == "hcrm.complaint" else "complaint_id")
            columns = getattr(model, "_append_only_erasable", None)
            where = SQL("%s IN %s", column, cases)
            run.add(name, "blacked", run.black_out(model, where, run.words.pattern, columns))

    def _hcrm_outcome_record(self):
        return self.complaint_id

    @api.model_create_multi
    def create(self, vals_list):
        persons = super().create(vals_list)
        persons.conversation_id.sudo().is_about_case = True
        return persons

    def write(self, vals):
        result = super().write(vals)
        if vals.get("conversation_id"):
            self.conversation_id.sudo().is_about_case = True
        return result

    def _hcrm_outcome_label(self):
        """What stands beside the conversation from which the case was made."""
        return self.complaint_id.display_name
