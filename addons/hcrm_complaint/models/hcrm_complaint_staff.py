from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintStaff(models.Model):
    """Somebody of the staff whom a case concerns: complained about, praised, or a witness.

    Told by code or name; an employee is linked by the office, or at once where a code or a name
    fits one employee of the hospital only.
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
        ],
        required=True,
        default="accused",
    )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.complaint_id.sudo()._follow_accused()
        return rows

    def write(self, vals):
        cases = self.complaint_id
        result = super().write(vals)
        (cases | self.complaint_id).sudo()._follow_accused()
        return result

    def unlink(self):
        cases = self.complaint_id
        result = super().unlink()
        cases.sudo()._follow_accused()
        return result
