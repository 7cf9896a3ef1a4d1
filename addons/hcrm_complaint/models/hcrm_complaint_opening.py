from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintOpening(models.Model):
    """Who complained is told to one more person, for one case, with a reason."""

    _name = "hcrm.complaint.opening"
    _description = "Opening of a Complainant"
    _inherit = ["hcrm.guarded.write.mixin"]
    _order = "id DESC"
    _rec_name = "user_id"
    _hcrm = Governance(
        data_class="complaint", retention="log", expiry="keep", note="names staff, no customer"
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="complaint_id.company_id", store=True, precompute=True, index=True
    )
    user_id = fields.Many2one(
        "res.users", string="May know", required=True, index=True,
        domain="[('share', '=', False)]", ondelete="restrict",
    )  # fmt: skip
    reason = fields.Char(required=True, help="Why the case cannot be settled without.")
    opened_by_id = fields.Many2one("res.users", string="Opened by", readonly=True)
    opened_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)

    _once = models.UniqueIndex(
        "(complaint_id, user_id) WHERE ended_at IS NULL", "It is open to this person already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        told = {"opened_by_id": self.env.uid, "opened_at": fields.Datetime.now()}
        if not self.env.su:
            self.env["hcrm.complaint.complainant"].check_access("write")
        rows = [{**vals, **told} for vals in vals_list]
        opened = super(HcrmComplaintOpening, self.sudo()).create(rows).with_env(self.env)
        if not self.env.su:
            opened.complaint_id.complainant_ids.check_access("write")
        return opened

    @api.constrains("user_id", "complaint_id")
    def _check_not_accused(self):
        for opening in self.sudo():
            if opening.user_id in opening.complaint_id.accused_user_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s is complained about in this case and never learns who did.",
                        user=opening.user_id.name,
                    )
                )

    def action_end(self):
        """From now on this person does not see it any more."""
        self.complaint_id.complainant_ids.check_access("write")
        self.sudo().filtered(lambda one: not one.ended_at).ended_at = fields.Datetime.now()
