from odoo import models


class SnailmailLetter(models.Model):
    """Odoo brings this queue along (it installs itself); its letters would be printed by Odoo's
    service, far from the hospital."""

    _inherit = "snailmail.letter"

    def _snailmail_print_valid_address(self):
        """The one place that contacts the service: nothing goes there."""
        reason = self.env._("Letters are printed in the hospital, not by Odoo's service.")
        self.write({"state": "error", "error_code": "UNKNOWN_ERROR", "info_msg": reason})
        self.notification_ids.sudo().write(
            {
                "notification_status": "exception",
                "failure_type": "sn_error",
                "failure_reason": reason,
            }
        )
        self.message_id._notify_message_notification_update()
