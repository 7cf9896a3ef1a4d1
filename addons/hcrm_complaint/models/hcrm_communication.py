from odoo import models


class HcrmCommunication(models.Model):
    """Messages about a case tell who complained."""

    _name = "hcrm.communication"
    _inherit = ["hcrm.case.closed.mixin", "hcrm.communication"]
