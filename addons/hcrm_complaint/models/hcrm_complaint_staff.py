from odoo import api, fields, models
from odoo.tools.sql import escape_psql

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import staff_names

#: Whoever is told in one of these roles is looked for.
LINKED = ("accused", "praised", "witness")


class HcrmComplaintStaff(models.Model):
    """Somebody of the staff whom a case concerns: complained about, praised, or a witness.

    Told by code or name; an employee is linked by the office, or at once where a code or a name
    fits one employee of the hospital, or of the department told, only.
    """

    _name = "hcrm.complaint.staff"
    _description = "Staff Concerned"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "id"
    _rec_name = "told_name"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        expiry="keep",
        note="names staff, no customer; goes with the case",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="complaint_id.company_id", store=True, precompute=True, index=True
    )
    employee_id = fields.Many2one("hr.employee.public", index="btree_not_null")
    told_name = fields.Char(string="As told", help="Code or name as the person said it.")
    role = fields.Selection(
        selection=[
            ("accused", "Complained about"),
            ("praised", "Praised"),
            ("witness", "Witness"),
            ("mistaken", "Named by mistake"),
            ("unknown", "Nobody of ours found"),
        ],
        required=True,
        default="accused",
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._link_told()
        rows.complaint_id.sudo()._follow_accused()
        rows.complaint_id.sudo()._leave_accused_desks()
        return rows

    def write(self, vals):
        cases = self.complaint_id
        result = super().write(vals)
        if vals.get("told_name") and not vals.get("employee_id"):
            self._link_told()
        (cases | self.complaint_id).sudo()._follow_accused()
        (cases | self.complaint_id).sudo()._leave_accused_desks()
        return result

    def unlink(self):
        cases = self.complaint_id
        result = super().unlink()
        cases.sudo()._follow_accused()
        return result

    def _link_told(self):
        """Link whoever is clear at once: from others the case is hidden only once somebody did."""
        known = {}
        for row in self.sudo():
            told = (row.told_name or "").strip()
            if row.employee_id or not told or row.role not in LINKED:
                continue
            key = (told, row.company_id, row.complaint_id.department_id)
            if key not in known:
                known[key] = self._find_told(*key)
            if known[key]:
                row.employee_id = known[key]

    @api.model
    def _find_told(self, told, company, department):
        """Return the id of the one employee whom a code or a full name means, or nothing."""
        employees_sudo = self.env["hr.employee"].sudo()
        here = [("company_id", "=", company.id)]
        bare = staff_names.bare(told)
        for field, value in (("staff_code", told), ("name", told), ("name", bare)):
            if not value:
                continue
            found = employees_sudo.search([*here, (field, "=ilike", escape_psql(value))])
            if len(found) > 1 and department:
                found = found.filtered_domain([("department_id", "child_of", department.id)])
            if found:
                return found.id if len(found) == 1 else False
        return False
