from odoo import fields, models


class HcrmComplaintLearningMixin(models.AbstractModel):
    """What is learned from a case: its problems, coded."""

    _name = "hcrm.complaint.learning.mixin"
    _description = "Coding of Cases"

    problem_ids = fields.One2many("hcrm.complaint.problem", "complaint_id", string="Problems")
