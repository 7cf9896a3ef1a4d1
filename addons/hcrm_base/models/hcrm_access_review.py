from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.governance import Governance
from .access_log_fields import LogLink
from .retention_rows import held

PERSONS = 100
SEEN = "hcrm_base.access_review_seen"


class HcrmAccessReview(models.Model):
    """The verdict on a line of the access log, which itself never changes.

    A review goes before its line and the line with it: neither is ever without the other. What
    holds the line holds the review.
    """

    _name = "hcrm.access.review"
    _description = "Access Review"
    _inherit = ["hcrm.reviewed.mixin"]
    _order = "id DESC"
    _hcrm = Governance(data_class="access_log", erasure="keep", retention="log", expiry="log")

    log_id = LogLink("hcrm.access.log", string="Line of the log", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Reader", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    cause = fields.Selection(
        selection=[
            ("large", "Many persons left at once"),
            ("picked", "Picked by a reviewer"),
        ],
        string="Why",
        required=True,
        readonly=True,
        default="picked",
    )
    at = fields.Datetime(related="log_id.at")
    kind = fields.Selection(related="log_id.kind")
    res_model = fields.Selection(related="log_id.res_model")
    record_count = fields.Integer(related="log_id.record_count")
    person_count = fields.Integer(related="log_id.person_count")

    _log_uniq = models.UniqueIndex("(log_id)", "This line of the log is already under review.")
    _todo_idx = models.Index("(id) WHERE review_state = 'todo'")

    @api.depends("user_id", "log_id")
    def _compute_display_name(self):
        for review in self:
            review.display_name = review.log_id.display_name

    def action_open_log(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hcrm.access.log",
            "res_id": self.log_id.id,
            "view_mode": "form",
        }

    @api.model
    def _hcrm_expiry_where(self):
        """One without a verdict stays, and one whose line is about a person on hold."""
        return SQL(
            """%s AND NOT EXISTS (
                SELECT 1 FROM hcrm_access_log line
                 WHERE line.id = hcrm_access_review.log_id AND line.partner_ids && ARRAY(%s)::int[])
            """,
            super()._hcrm_expiry_where(),
            held(self.env),
        )

    @api.model
    def _request(self, logs, cause):
        """Return the reviews of these lines, made where there is none yet.

        The lines are locked: one whose time is over must not go while its review is being made.
        """
        self.env.execute_query(
            SQL("SELECT 1 FROM hcrm_access_log WHERE id = ANY(%s) FOR KEY SHARE", logs.ids)
        )
        reviews_sudo = self.sudo()
        known = reviews_sudo.search([("log_id", "in", logs.ids)])
        new = reviews_sudo.create(
            [
                {
                    "log_id": log.id,
                    "user_id": log.user_id.id,
                    "company_id": log.company_id.id,
                    "cause": cause,
                }
                for log in logs.sudo() - known.log_id
            ]
        )
        return (known | new).with_env(self.env)

    @api.model
    def _cron_request(self):
        """Have large exports and reports reviewed, once each."""
        get_param = self.env["ir.config_parameter"].get_param
        large = int(get_param("hcrm_base.access_review_persons") or PERSONS)
        logs = self.env["hcrm.access.log"].search(
            [
                ("id", ">", int(get_param(SEEN) or 0)),
                ("kind", "in", ("export", "report")),
                ("person_count", ">=", large),
            ]
        )
        # a request that began before may still be writing its line: look at it again next time
        settled = ("at", "<", fields.Datetime.now() - timedelta(minutes=30))
        newest = self.env["hcrm.access.log"].search([settled], limit=1)
        known = self.search([("log_id", "in", logs.ids)])
        (self._request(logs, "large") - known)._ask_for_review()
        self.env["ir.config_parameter"].set_param(SEEN, newest.id or 0)
