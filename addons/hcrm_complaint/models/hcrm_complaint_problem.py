from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance

SEVERITIES = [("1", "Low"), ("2", "Medium"), ("3", "High")]
STAGES = [
    ("admission", "Admission and registration"),
    ("examination", "Examination and diagnosis"),
    ("ward", "Care on the ward"),
    ("procedure", "Operation or procedure"),
    ("discharge", "Discharge or transfer"),
    ("other", "Other or not told"),
]
STAFF_GROUPS = [
    ("medical", "Doctors"),
    ("nursing", "Nurses"),
    ("technical", "Technicians and pharmacists"),
    ("admin", "Administration and service"),
    ("unknown", "Not told"),
]


class HcrmComplaintProblem(models.Model):
    """One problem of a case, coded: a case has two on average.

    Who of the staff it is about is one of the staff concerned of the case, so that from this
    person the case is hidden already. A problem that is not there (HCAT's severity 0) has no row.
    """

    _name = "hcrm.complaint.problem"
    _description = "Coded Problem"
    _inherit = ["hcrm.guarded.write.mixin", "hcrm.hospital.mixin"]
    _order = "complaint_id DESC, severity DESC, id"
    _rec_name = "category_id"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        expiry="keep",
        note="codes of a case, no word of who complained; goes with the case",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="complaint_id.company_id", store=True, precompute=True, index=True, default=None
    )
    kind = fields.Selection(related="complaint_id.kind", store=True, precompute=True)
    received_at = fields.Datetime(
        related="complaint_id.received_at", string="Received on", store=True, precompute=True
    )

    # codes
    category_id = fields.Many2one(
        "hcrm.complaint.category",
        string="Problem",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('scheme', '=', 'hcat'), ('level', '>', 1)]",
        help="Category or, better, sub-category of HCAT.",
    )
    hcat_category_id = fields.Many2one(
        "hcrm.complaint.category",
        string="Category",
        compute="_compute_above",
        store=True,
        index="btree_not_null",
    )
    hcat_domain_id = fields.Many2one(
        "hcrm.complaint.category", string="Domain", compute="_compute_above", store=True
    )
    own_category_id = fields.Many2one(
        "hcrm.complaint.category",
        string="Own category",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('scheme', '=', 'own')]",
    )
    suggested_category_id = fields.Many2one(
        "hcrm.complaint.category",
        string="Suggested",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="What the program suggested first when the problem was coded.",
    )
    severity = fields.Selection(selection=SEVERITIES, required=True, default="2")
    stage = fields.Selection(
        selection=STAGES, string="Stage of care", required=True, default="other"
    )
    staff_group = fields.Selection(
        selection=STAFF_GROUPS, string="Staff group", required=True, default="unknown"
    )

    # where
    department_id = fields.Many2one(
        compute="_compute_department_id", store=True, readonly=False, precompute=True
    )
    staff_id = fields.Many2one(
        "hcrm.complaint.staff",
        string="Staff concerned",
        index="btree_not_null",
        ondelete="set null",
        domain="[('complaint_id', '=', complaint_id)]",
    )
    employee_id = fields.Many2one(
        related="staff_id.employee_id", string="Employee", store=True, index="btree_not_null"
    )

    _focus_idx = models.Index("(company_id, received_at DESC)")

    @api.depends("category_id.parent_id.parent_id")
    def _compute_above(self):
        for problem in self:
            chain = problem.category_id
            while chain.parent_id and chain.level > 2:
                chain = chain.parent_id
            problem.hcat_category_id = chain if chain.level == 2 else False
            problem.hcat_domain_id = chain.parent_id

    @api.depends("complaint_id")
    def _compute_department_id(self):
        """That of the case, until somebody says another one."""
        for problem in self:
            problem.department_id = problem.department_id or problem.complaint_id.department_id

    @api.constrains("category_id", "own_category_id")
    def _check_categories(self):
        for problem in self:
            if problem.category_id.scheme != "hcat" or problem.category_id.level < 2:
                raise ValidationError(
                    self.env._("Choose a category or sub-category of HCAT, not a whole domain.")
                )
            if problem.own_category_id and problem.own_category_id.scheme != "own":
                raise ValidationError(self.env._("The own category is one of the hospital's tree."))

    @api.constrains("staff_id", "complaint_id")
    def _check_staff(self):
        for problem in self.filtered("staff_id").sudo():
            if problem.staff_id.complaint_id != problem.complaint_id:
                raise ValidationError(
                    self.env._("Name who it is about among the staff concerned of the same case.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Keep what was suggested first, so that suggestions are judged by what people chose."""
        problems = super().create(vals_list)
        for case, coded in problems.grouped("complaint_id").items():
            coded.sudo().suggested_category_id = case.suggested_1_id
        return problems

    def action_open_case(self):
        """From a figure to the case behind it."""
        self.ensure_one()
        return self.complaint_id.get_formview_action()

    def action_plan_change(self):
        """From a problem to a corrective action against it, filled in as far as it is known."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Corrective action"),
            "res_model": "hcrm.complaint.action",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_category_id": (self.own_category_id or self.category_id).id,
                "default_department_id": self.department_id.id,
                "default_company_id": self.company_id.id,
            },
        }
