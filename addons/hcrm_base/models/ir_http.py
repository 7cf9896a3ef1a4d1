from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client whether to offer the contact note in the menu bar."""
        info = super().session_info()
        if self.env.user._is_internal():
            info["hcrm_may_note"] = self.env["hcrm.contact.note"]._hcrm_may_note()
        return info
