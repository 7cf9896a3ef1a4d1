from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.governance import Governance


class HrDepartment(models.Model):
    _name = "hr.department"
    _inherit = ["hcrm.cached.source.mixin", "hr.department"]
    _hcrm = Governance(data_class="reference")

    _cached_fields = frozenset(("parent_id", "manager_id", "active"))

    code = fields.Char(
        string="Department code", index=True, help="As the HIS writes it: PV1-3.1, PV1-10."
    )
    hcrm_class = fields.Selection(
        selection=[
            ("clinical", "Clinical"),
            ("technical", "Medical technology"),
            ("ward", "Inpatient ward"),
            ("office", "Functional office"),
            ("community", "Community health"),
            ("service", "Customer service"),
        ],
        string="Nature",
    )
    campus_id = fields.Many2one(
        "hcrm.campus",
        compute="_compute_campus_id",
        inverse="_inverse_campus_id",
        store=True,
        precompute=True,
        recursive=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Empty: that of the department above.",
    )
    own_campus_id = fields.Many2one(
        "hcrm.campus",
        string="Campus of its own",
        ondelete="restrict",
        help="Set where it differs from that of the department above.",
    )

    _code_uniq = models.UniqueIndex(
        "(company_id, COALESCE(campus_id, 0), code) WHERE code IS NOT NULL",
        "This department code is already used in this hospital or campus.",
    )

    @api.depends("own_campus_id", "company_id", "parent_id.campus_id")
    def _compute_campus_id(self):
        for department in self:
            department.campus_id = department.own_campus_id or department._get_campus_above()

    def _inverse_campus_id(self):
        """Keep what differs from the department above; the rest follows it when it moves."""
        for department in self:
            department.own_campus_id = department.campus_id - department._get_campus_above()
        # the field that is being written is not computed by itself
        self.env.add_to_compute(self._fields["campus_id"], self)

    def _update_employee_manager(self, manager_id):
        """Who may name the head of a department need not be of the personnel office."""
        self.check_access("write")
        departments_sudo = self.sudo()  # core writes the new head on the employees
        return super(HrDepartment, departments_sudo)._update_employee_manager(manager_id)

    def _get_campus_above(self):
        """Return the campus of the department above, if it belongs to the same hospital."""
        above = self.parent_id.campus_id
        return above.filtered(lambda campus: campus.company_id == self.company_id)

    @api.constrains("own_campus_id", "company_id")
    def _check_campus(self):
        for department in self:
            campus_sudo = department.own_campus_id.sudo()
            if campus_sudo and campus_sudo.company_id != department.company_id:
                raise ValidationError(
                    self.env._(
                        "%(campus)s belongs to %(hospital)s: "
                        "choose a campus of the hospital of %(department)s.",
                        campus=campus_sudo.name,
                        hospital=campus_sudo.company_id.name,
                        department=department.name,
                    )
                )
