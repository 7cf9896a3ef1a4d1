from odoo import api, fields, models

from ..tools.governance import Governance


class HrEmployee(models.Model):
    _inherit = "hr.employee"
    _hcrm = Governance(data_class="reference")

    staff_code = fields.Char(index=True, copy=False, help="As the HIS writes it: XCN.1 in PV1-7.")
    hospital_title = fields.Char(
        string="Professional title", help="Chief physician, nurse in charge, …"
    )

    _staff_code_uniq = models.UniqueIndex(
        "(company_id, staff_code) WHERE staff_code IS NOT NULL", "This staff code is already used."
    )

    @api.model_create_multi
    def create(self, vals_list):
        employees = super().create(vals_list)
        self.env.registry.clear_cache()  # record rules hold department ids
        return employees

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"department_id", "user_id", "active"}:
            self.env.registry.clear_cache()  # record rules hold department ids
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()  # record rules hold department ids
        return result
