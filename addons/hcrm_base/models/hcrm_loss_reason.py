from odoo import fields, models

from ..tools.governance import Governance


class HcrmLossReason(models.Model):
    """Why customers go elsewhere; a list the hospital edits."""

    _name = "hcrm.loss.reason"
    _description = "Reason for Losing a Customer"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
