from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _action_reset_password(self, signup_type="reset"):
        with self.env["hcrm.road"]._hold():
            return super()._action_reset_password(signup_type=signup_type)

    def write(self, vals):
        """What somebody has who leaves is not orphaned: it goes back to the queue."""
        result = super().write(vals)
        if vals.get("active") is False:
            self.env["hcrm.conversation"].sudo()._release_left(self)
        return result
