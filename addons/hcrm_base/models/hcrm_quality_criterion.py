from odoo import fields, models

from ..tools.governance import Governance


class HcrmQualityCriterion(models.Model):
    """What a reviewer looks at in a sampled answer or call."""

    _name = "hcrm.quality.criterion"
    _description = "Quality Criterion"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    sequence = fields.Integer(default=10)
    weight = fields.Float(default=1.0)
    active = fields.Boolean(default=True)

    _weight_positive = models.Constraint("CHECK (weight > 0)", "A weight is more than zero.")
