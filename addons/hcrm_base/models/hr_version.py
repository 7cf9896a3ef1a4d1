from odoo import models

from ..tools.governance import Governance


class HrVersion(models.Model):
    """In which department an employee works from which day on."""

    _name = "hr.version"
    _inherit = ["hcrm.rule.source.mixin", "hr.version"]
    _hcrm = Governance(data_class="reference")

    _rule_source_fields = frozenset(("active", "date_version", "department_id", "employee_id"))
