from odoo import fields, models

from ..tools.governance import Governance


class HcrmPrivacyGround(models.Model):
    """Why the law lets a hospital refuse a request, or makes it keep something."""

    _name = "hcrm.privacy.ground"
    _description = "Lawful Ground of Refusal"
    _order = "sequence, id"
    _hcrm = Governance(data_class="reference")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    law = fields.Char(string="Legal basis", required=True, translate=True)
    kind_ids = fields.Many2many(
        "hcrm.privacy.kind",
        "hcrm_privacy_ground_kind_rel",
        "ground_id",
        "kind_id",
        string="Kinds of request",
        help="Empty: may be used for all.",
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already used by another ground.")
