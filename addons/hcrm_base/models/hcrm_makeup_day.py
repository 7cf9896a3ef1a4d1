from odoo import fields, models

from ..tools.governance import Governance


class HcrmMakeupDay(models.Model):
    """A weekend day that is worked because a holiday was made longer: deadlines count it."""

    _name = "hcrm.makeup.day"
    _description = "Make-up Workday"
    _inherit = ["hcrm.cached.source.mixin"]
    _order = "date DESC"
    _hcrm = Governance(data_class="reference")

    date = fields.Date(required=True)
    name = fields.Char(string="For", required=True, translate=True, help="Which holiday.")

    _date_uniq = models.Constraint("UNIQUE (date)", "This day is already on the list.")
