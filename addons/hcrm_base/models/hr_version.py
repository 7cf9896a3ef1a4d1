from odoo import models


class HrVersion(models.Model):
    """In which department an employee works from which day on."""

    _name = "hr.version"
    _inherit = ["hcrm.cached.source.mixin", "hr.version"]

    _cached_fields = frozenset(("active", "date_version", "department_id", "employee_id"))
