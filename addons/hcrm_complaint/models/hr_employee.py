from odoo import models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    def write(self, vals):
        """Who gets a login after a case was made about them does not see it either."""
        result = super().write(vals)
        if "user_id" in vals:
            staff_sudo = self.env["hcrm.complaint.staff"].sudo()
            staff_sudo.search([("employee_id", "in", self.ids)]).complaint_id._follow_accused()
        return result
