from odoo import fields, models

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintPause(models.Model):
    """A time in which the clocks of a case stood, because we waited for the complainant."""

    _name = "hcrm.complaint.pause"
    _description = "Pause of a Case"
    _order = "id"
    _rec_name = "reason"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
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
    since = fields.Datetime(required=True, readonly=True)
    until = fields.Datetime(readonly=True)
    reason = fields.Char(required=True, readonly=True, help="What we wait for.")
    by_user_id = fields.Many2one("res.users", string="By", required=True, readonly=True)

    _one_open = models.UniqueIndex(
        "(complaint_id) WHERE until IS NULL", "The clocks of this case stand already."
    )
    _in_order = models.Constraint("CHECK (until IS NULL OR until >= since)")
