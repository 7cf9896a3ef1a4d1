from odoo import models


class HcrmComplaintAnsweringMixin(models.AbstractModel):
    """What leads from a case to its answer, and what follows the answer: the parts in one."""

    _name = "hcrm.complaint.answering.mixin"
    _description = "Answering of Cases"
    _inherit = ["hcrm.complaint.explaining.mixin"]
