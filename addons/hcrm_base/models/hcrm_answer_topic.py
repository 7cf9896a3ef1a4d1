from odoo import fields, models

from ..tools.governance import Governance


class HcrmAnswerTopic(models.Model):
    _name = "hcrm.answer.topic"
    _description = "Topic of Answers"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)
