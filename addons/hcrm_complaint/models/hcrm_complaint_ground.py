from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintGround(models.Model):
    """A lawful ground on which a case is not accepted, and what the person is told then."""

    _name = "hcrm.complaint.ground"
    _description = "Ground for not Accepting"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    basis = fields.Char(string="Law", translate=True, help="Which rule, which article.")
    advice = fields.Text(
        string="What the person is told", required=True, translate=True,
        help="Why it is not taken on, and where else they can go.",
    )  # fmt: skip
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another ground.")
