from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

REVIEW_FIELDS = ("review_state", "review_note", "reviewed_by_id", "reviewed_at")
ACTIVITY = "hcrm_base.mail_activity_type_access_review"
DAYS = 3


class HcrmReviewedMixin(models.AbstractModel):
    """A row written once that a leader judges: justified or not, and why.

    The model has ``user_id``, whose doing is judged, and ``company_id``.
    """

    _name = "hcrm.reviewed.mixin"
    _description = "Reviewed by a Leader"
    _inherit = ["hcrm.append.only.mixin", "mail.activity.mixin", "hcrm.access.logged.mixin"]
    _append_only_except = REVIEW_FIELDS

    review_state = fields.Selection(
        selection=[
            ("todo", "To review"),
            ("justified", "Justified"),
            ("unjustified", "Unjustified"),
        ],
        string="Review",
        required=True,
        default="todo",
        readonly=True,
    )
    review_note = fields.Text()
    reviewed_by_id = fields.Many2one(
        "res.users", string="Reviewed by", readonly=True, ondelete="restrict"
    )
    reviewed_at = fields.Datetime(string="Judged on", readonly=True)

    def write(self, vals):
        """A reviewer writes the verdict and the note; who and when is written for them."""
        if not self.env.su and vals.keys() - {"review_state", "review_note"}:
            raise AccessError(self.env._("Only the verdict and its note can be written."))
        if self.env.user in self.user_id:
            raise AccessError(self.env._("Nobody reviews their own access."))
        result = super().write(
            {**vals, "reviewed_by_id": self.env.uid, "reviewed_at": fields.Datetime.now()}
        )
        if vals.get("review_state", "todo") != "todo":
            self.sudo().activity_unlink([ACTIVITY])
        return result

    @api.model
    def _hcrm_expiry_where(self):
        """What nobody has judged yet stays."""
        return SQL("review_state <> 'todo'")

    def action_justified(self):
        self.write({"review_state": "justified"})

    def action_unjustified(self):
        self.write({"review_state": "unjustified"})

    @api.private
    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Activities subscribe whom they are for: these rows have no chatter to follow."""
        return True

    def _ask_for_review(self):
        """Put the review on the list of every leader of the hospital."""
        days = self.env["ir.config_parameter"].sudo().get_param("hcrm_base.access_review_days")
        deadline = fields.Date.context_today(self) + timedelta(days=int(days or DAYS))
        quiet = self.sudo().with_context(mail_activity_quick_update=True)
        for company, rows_sudo in quiet.grouped("company_id").items():
            for reviewer in self._get_reviewers(company) - rows_sudo.user_id:
                rows_sudo.activity_schedule(ACTIVITY, deadline, user_id=reviewer.id)

    @api.model
    def _get_reviewers(self, company):
        """Return who judges accesses in a hospital."""
        leaders_sudo = self.env.ref("hcrm_base.group_leader").sudo().all_user_ids
        return leaders_sudo.filtered(lambda user: company in user.company_ids)
