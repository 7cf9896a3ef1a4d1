from odoo import fields, models

from ..tools.governance import Governance


class HrDepartment(models.Model):
    _name = "hr.department"
    _inherit = ["hcrm.rule.source.mixin", "hr.department"]
    _hcrm = Governance(data_class="reference")

    _rule_source_fields = frozenset(("parent_id", "manager_id", "active"))

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
