from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._forget_workdays()
        return leaves

    def write(self, vals):
        self._forget_workdays()
        result = super().write(vals)
        self._forget_workdays()
        return result

    def unlink(self):
        self._forget_workdays()
        return super().unlink()

    def _forget_workdays(self):
        """A holiday of everybody changes working days; leave of one employee, daily work, none."""
        if any(not leave.resource_id for leave in self):
            self.env.registry.clear_cache()
