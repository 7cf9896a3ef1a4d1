from odoo import models


class HcrmInbound(models.Model):
    _inherit = "hcrm.inbound"

    def _find_all_pages(self):
        """Return the files that came with these messages; under sudo, after a check."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "files_stored"),
                ("res_id", "in", self.ids),
            ]
        )
