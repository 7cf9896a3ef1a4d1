from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintTopic(models.Model):
    """What a case is about in the words of who brings it; which desk answers for it by duty."""

    _name = "hcrm.complaint.topic"
    _description = "Topic of Complaints"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_public = fields.Boolean(
        string="Offered to the public", default=True, help="On the web form and in menus."
    )
    desk_ids = fields.Many2many(
        "hcrm.complaint.desk",
        "hcrm_complaint_desk_topic_rel",
        "topic_id",
        "desk_id",
        string="Desks that answer for it",
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another topic.")
