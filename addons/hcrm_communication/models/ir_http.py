from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell staff's web client whether messages leave, and who has a desk for calls."""
        info = super().session_info()
        if self.env.user._is_internal():
            info["hcrm_seat"] = bool(self.env["hcrm.agent"]._mine())
            info["hcrm_outbox"] = self.env["hcrm.safety.switch"].get_state()
        return info
