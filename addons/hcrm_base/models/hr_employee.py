from odoo import fields, models

from ..tools.governance import Governance


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hcrm.cached.source.mixin", "hr.employee"]
    _hcrm = Governance(data_class="reference")

    _cached_fields = frozenset(("department_id", "current_version_id", "user_id", "active"))

    staff_code = fields.Char(index=True, copy=False, help="As the HIS writes it: XCN.1 in PV1-7.")
    hospital_title = fields.Char(
        string="Professional title", help="Chief physician, nurse in charge, …"
    )

    _staff_code_uniq = models.UniqueIndex(
        "(company_id, staff_code) WHERE staff_code IS NOT NULL", "This staff code is already used."
    )
