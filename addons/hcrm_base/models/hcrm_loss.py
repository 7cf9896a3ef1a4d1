from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from ..tools.governance import Governance, Told
from .hcrm_referral import PERSON

_lt = LazyTranslate(__name__)


class HcrmLoss(models.Model):
    """A customer lost to somebody else, and why: the hospital learns from it."""

    _name = "hcrm.loss"
    _description = "Lost Customer"
    _inherit = [
        "hcrm.canonical.mixin",
        "hcrm.organisation.row.mixin",
        "hcrm.guarded.write.mixin",
    ]
    _organisation_fields = ("partner_id", "competitor_id")
    _order = "lost_on DESC, id DESC"
    _rec_name = "reason_id"
    _hcrm = Governance(
        data_class="organisation",
        merge="repoint",
        erasure="blank",
        retention="relation",
        partner=("partner_id", "person_id", "competitor_id"),
        told=Told(why_not=_lt("Internal matters of the hospital with other institutions.")),
        blank=("note",),
    )

    person_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="restrict",
        groups=PERSON,
        domain="[('is_customer_person', '=', True)]",
    )
    partner_id = fields.Many2one(index="btree_not_null")
    competitor_id = fields.Many2one(
        "res.partner",
        string="Lost to",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('is_customer', '=', True), ('is_customer_person', '=', False)]",
        help="Empty: not known.",
    )
    reason_id = fields.Many2one(
        "hcrm.loss.reason", string="Why", required=True, index=True, ondelete="restrict"
    )
    lost_on = fields.Date(required=True, default=fields.Date.context_today)
    won_back_on = fields.Date()
    note = fields.Text(groups=PERSON, help="In the customer's words; no diagnosis.")

    _won_back_order = models.Constraint(
        "CHECK (won_back_on >= lost_on)", "Won back on the day of the loss or later."
    )

    @api.constrains("person_id", "partner_id")
    def _check_who(self):
        for loss in self.sudo():
            if bool(loss.person_id) == bool(loss.partner_id):
                raise ValidationError(
                    self.env._("Say who was lost: either one person or one organisation.")
                )
