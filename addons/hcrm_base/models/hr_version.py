from odoo import models


class HrVersion(models.Model):
    """In which department an employee works from which day on."""

    _name = "hr.version"
    _inherit = ["hcrm.rule.source.mixin", "hr.version"]

    _rule_source_fields = frozenset(("active", "date_version", "department_id", "employee_id"))
