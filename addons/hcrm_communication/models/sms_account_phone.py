from odoo import models
from odoo.exceptions import UserError


class SmsAccountPhone(models.TransientModel):  # pylint: disable=no-wizard-in-models
    _inherit = "sms.account.phone"

    def action_send_verification_code(self):
        """Odoo's SMS service would send its code to whatever number is typed."""
        raise UserError(
            self.env._("SMS leave by the gateways of the hospital: no account of Odoo is needed.")
        )
