from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client what to offer in the menu bar: contact note, approved answers."""
        info = super().session_info()
        if self.env.user._is_internal():
            info["hcrm_may_note"] = self.env["hcrm.contact.note"]._hcrm_may_note()
            info["hcrm_may_read_answers"] = self.env["hcrm.answer"].has_access("read")
        return info
