from odoo import api, fields, models

from ..tools.governance import Governance


class HrDepartment(models.Model):
    _inherit = "hr.department"
    _hcrm = Governance(data_class="reference")

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

    _code_uniq = models.UniqueIndex(
        "(company_id, code) WHERE code IS NOT NULL", "This department code is already used."
    )

    @api.model_create_multi
    def create(self, vals_list):
        departments = super().create(vals_list)
        self.env.registry.clear_cache()  # record rules hold department ids
        return departments

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"parent_id", "manager_id", "active"}:
            self.env.registry.clear_cache()  # record rules hold department ids
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()  # record rules hold department ids
        return result
