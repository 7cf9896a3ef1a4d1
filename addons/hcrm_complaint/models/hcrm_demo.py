from odoo import api, models


class HcrmDemo(models.AbstractModel):
    _name = "hcrm.demo"
    _inherit = ["hcrm.demo.coding.mixin", "hcrm.demo.complaint.mixin", "hcrm.demo"]

    @api.model
    def _open_desks(self):
        """A year of complaints, and this morning's."""
        opened = super()._open_desks()
        self._create_complaints()
        self._code_complaints()
        return opened
