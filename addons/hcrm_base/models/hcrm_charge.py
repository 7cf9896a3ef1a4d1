from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told

_lt = LazyTranslate(__name__)


class HcrmCharge(models.Model):
    """One line of a bill. ``paid_amount`` is net: what came in after discount and refund."""

    _name = "hcrm.charge"
    _description = "Charge"
    _inherit = ["hcrm.fact.mixin"]
    _order = "charged_at DESC, id DESC"
    _rec_name = "item_name"
    _hcrm = Governance(
        data_class="charges",
        merge="repoint",
        erasure="keep",
        retention="inpatient",
        dated="charged_at",
        keys=("external_key",),
        # what it cost the hospital is the hospital's own matter
        told=Told(label=_lt("Bills"), 
            shown=("charged_at", "item_name", "quantity", "list_amount", "paid_amount", "payer"),
            also=(
                "kind", "item_code", "category", "discount_amount", "currency_id", "department_id",
                "encounter_id", "source",
            ),
        ),
    )  # fmt: skip

    encounter_id = fields.Many2one("hcrm.encounter", index=True, ondelete="cascade")
    charged_at = fields.Datetime(required=True, default=fields.Datetime.now)
    kind = fields.Selection(
        selection=[
            ("charge", "Charge"),
            ("credit", "Credit"),
            ("payment", "Payment"),
            ("adjustment", "Adjustment"),
        ],
        required=True,
        default="charge",
        help="FT1-6: CG, CD, PY, AJ.",
    )
    item_code = fields.Char(required=True)
    item_name = fields.Char(required=True)
    category = fields.Char(help="Drugs, examination, treatment, bed, …")
    quantity = fields.Float(default=1.0)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    list_amount = fields.Monetary(string="List price")
    discount_amount = fields.Monetary(string="Discount")
    paid_amount = fields.Monetary(string="Paid")
    cost_amount = fields.Monetary(string="Cost", help="Where the hospital knows it.")
    payer = fields.Char(help="Insurance scheme or self-pay.")

    _latest_idx = models.Index("(partner_id, charged_at DESC)")
    _period_idx = models.Index("(charged_at, department_id)")
    _key_uniq = models.UniqueIndex(
        "(company_id, external_key) WHERE external_key IS NOT NULL",
        "This charge was already received.",
    )
