from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.governance import Governance


class HcrmCampus(models.Model):
    """A place where a hospital works: one legal hospital, one company, may have several.

    The address is text of its own, not a contact: a campus is nobody, and what is printed in a
    message must not depend on who may read which contact.
    """

    _name = "hcrm.campus"
    _description = "Campus"
    _order = "sequence, name, id"
    _rec_names_search = ["name", "code"]
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="As the hospital information system writes it: the facility in PV1-3.4.",
    )
    company_id = fields.Many2one(
        "res.company",
        string="Hospital",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    street = fields.Char()
    city = fields.Char()
    phone = fields.Char()
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    department_ids = fields.One2many("hr.department", "campus_id", readonly=True)
    department_count = fields.Integer(compute="_compute_department_count", string="Departments")

    _code_uniq = models.Constraint(
        "UNIQUE (company_id, code)", "This code is already used by another campus of the hospital."
    )

    @api.depends("department_ids")
    def _compute_department_count(self):
        self.department_count = 0
        for campus, count in self.env["hr.department"]._read_group(
            [("campus_id", "in", self.ids)], ["campus_id"], ["__count"]
        ):
            campus.department_count = count

    @api.constrains("company_id")
    def _check_departments(self):
        """The departments stay in the hospital where they are."""
        departments_sudo = self.env["hr.department"].sudo().with_context(active_test=False)
        for department in departments_sudo.search([("campus_id", "in", self.ids)]):
            if department.company_id != department.campus_id.company_id:
                raise ValidationError(
                    self.env._(
                        "%(campus)s has departments of %(hospital)s: take them out first.",
                        campus=department.campus_id.name,
                        hospital=department.company_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        departments_sudo = self.env["hr.department"].sudo().with_context(active_test=False)
        used = departments_sudo.search([("campus_id", "in", self.ids)], limit=1)
        if used:
            raise ValidationError(
                self.env._(
                    "%(department)s is in %(campus)s: archive the campus instead.",
                    department=used.name,
                    campus=used.campus_id.name,
                )
            )

    def action_view_departments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("hcrm_base.hr_department_action")
        context = {"default_campus_id": self.id, "search_default_campus_id": self.id}
        return action | {"context": context}
