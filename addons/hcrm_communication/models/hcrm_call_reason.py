from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmCallReason(models.Model):
    """What a call was about, as a button of the wrap-up: few, neutral, no diagnoses."""

    _name = "hcrm.call.reason"
    _description = "Reason for a Call"
    _order = "sequence, name, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
