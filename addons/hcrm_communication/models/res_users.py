from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _action_reset_password(self, signup_type="reset"):
        with self.env["hcrm.road"]._hold():
            return super()._action_reset_password(signup_type=signup_type)
