from odoo import fields, models


class HrEmployeePublic(models.Model):
    """Staff outside HR read employees through this view: it must know our fields too."""

    _inherit = "hr.employee.public"

    staff_code = fields.Char(readonly=True)
    hospital_title = fields.Char(readonly=True)
