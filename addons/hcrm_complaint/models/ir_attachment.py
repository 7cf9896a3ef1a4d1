from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _hang_on_complainant(self, case):
        """Make these files of who complained: read by the complaint office. Under sudo."""
        self.write(
            {
                "res_model": "hcrm.complaint.complainant",
                "res_field": False,
                "res_id": case.complainant_ids.id,
            }
        )
