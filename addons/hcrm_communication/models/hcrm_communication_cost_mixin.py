from odoo import fields, models


class HcrmCommunicationCostMixin(models.AbstractModel):
    """What a message cost: parts by the price of its gateway at the moment it was handed over."""

    _name = "hcrm.communication.cost.mixin"
    _description = "Cost of a Message"

    parts = fields.Integer(
        string="Parts paid",
        readonly=True,
        groups="base.group_user",
        help="An SMS has parts by its length; any other message is one. All tries together.",
    )
    cost = fields.Float(
        digits=(12, 4),
        readonly=True,
        groups="base.group_user",
        help="Parts by the price of that moment, of every try that left or may have left. "
        "What a sandbox took costs nothing.",
    )
