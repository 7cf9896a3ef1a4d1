from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import words


class HcrmComplaintAsk(models.TransientModel):
    """Whom of the staff we ask for an explanation, what, and until when."""

    _name = "hcrm.complaint.ask"
    _description = "Ask for an Explanation"
    _hcrm = Governance(data_class="wizard")

    complaint_id = fields.Many2one("hcrm.complaint", string="Case", required=True)
    company_id = fields.Many2one(related="complaint_id.company_id")
    employee_ids = fields.Many2many(
        "hr.employee.public", string="Staff", compute="_compute_proposal", store=True,
        readonly=False, domain="[('company_id', '=', company_id)]",
    )  # fmt: skip
    question = fields.Text(
        compute="_compute_proposal", store=True, readonly=False,
        help="They read this and nothing else of the case.",
    )  # fmt: skip
    beds = fields.Char(compute="_compute_beds")
    due_at = fields.Datetime(
        string="Until", compute="_compute_proposal", store=True, readonly=False
    )

    @api.depends("complaint_id")
    def _compute_proposal(self):
        """Propose those it is about who have not been asked yet, and the matter as question."""
        for one in self:
            case = one.complaint_id
            one.employee_ids = case.staff_ids.employee_id - case.explanation_ids.employee_id
            one.question = case.matter
            one.due_at = case and case._plan_working_days(3)

    @api.depends("question")
    def _compute_beds(self):
        """Names are refused; whether a bed must be named to be asked about, a person decides."""
        for one in self:
            one.beds = ", ".join(words.find_beds(one.question))

    def action_confirm(self):
        self.ensure_one()
        self.complaint_id._ask_explanation(self.employee_ids, self.question, self.due_at)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
