from odoo import fields, models

from ..tools.governance import Governance


class HcrmCustomerKind(models.Model):
    _name = "hcrm.customer.kind"
    _description = "Kind of Customer"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    is_person = fields.Boolean(
        string="Persons",
        help="Kinds of persons are masked and protected; organisations are not.",
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Text(translate=True)
    needs = fields.Text(string="What they need", translate=True)
    choice = fields.Text(string="How they choose", translate=True)
    user_id = fields.Many2one("res.users", string="Owner", help="Who answers for this kind.")
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another kind.")
