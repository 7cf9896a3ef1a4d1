from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintRaise(models.Model):
    """A rule of the ladder acted on a case; the index lets it do so once."""

    _name = "hcrm.complaint.raise"
    _description = "Case Passed Up by a Rule"
    _inherit = ["hcrm.append.only.mixin"]
    _order = "id"
    _rec_name = "rule_id"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        dated="raised_at",
        expiry="keep",
        note="names no customer; goes with the case",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    rule_id = fields.Many2one(
        "hcrm.escalation.rule", required=True, readonly=True, index=True,
        ondelete="restrict",
    )  # fmt: skip
    turn = fields.Integer(
        required=True, readonly=True, aggregator=None, help="How often it was opened again before."
    )
    raised_at = fields.Datetime(string="At", required=True, readonly=True)
    from_desk_id = fields.Many2one(
        "hcrm.complaint.desk", string="From", required=True, readonly=True, ondelete="restrict",
        index=True,
    )  # fmt: skip
    desk_id = fields.Many2one(
        "hcrm.complaint.desk", string="To", readonly=True, ondelete="restrict",
        index="btree_not_null", help="Empty: nobody sits above, a manager was told.",
    )  # fmt: skip

    _once_idx = models.UniqueIndex(
        "(complaint_id, rule_id, turn)", "This rule has passed up this case already."
    )
