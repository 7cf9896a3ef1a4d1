from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.hcrm_base.tools.governance import Governance

#: So many working days an employee has, if nobody said another date.
DAYS_TO_EXPLAIN = 3


class HcrmComplaintExplanation(models.Model):
    """What one of the staff concerned is asked, and says.

    The row stands alone: who is asked reads the question and writes the answer. Neither the case
    nor its number is seen from here, because with a number and a phone that one suspects the
    hospital could be asked who it was.
    """

    _name = "hcrm.complaint.explanation"
    _description = "Explanation of Staff"
    _inherit = ["hcrm.guarded.write.mixin", "hcrm.quiet.activity.mixin"]
    _order = "id DESC"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        dated="asked_at",
        expiry="keep",
        note="names staff, no customer; goes with the case",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, readonly=True, index=True,
        ondelete="cascade", groups=".",
        help="For code alone: its number is not for who is asked.",
    )  # fmt: skip
    company_id = fields.Many2one(
        related="complaint_id.company_id", store=True, precompute=True, index=True
    )
    employee_id = fields.Many2one("hr.employee.public", required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Login", readonly=True, index="btree_not_null", ondelete="restrict",
        help="Without a login somebody at the desk writes down what they say.",
    )  # fmt: skip
    question = fields.Text(
        string="What you are asked", required=True, readonly=True,
        help="In neutral words: no name of who complained.",
    )  # fmt: skip
    due_at = fields.Datetime(string="Until", required=True, readonly=True)
    asked_at = fields.Datetime(string="Asked on", required=True, readonly=True)
    asked_by_id = fields.Many2one("res.users", string="Asked by", readonly=True)
    text = fields.Text(string="Explanation")
    file_ids = fields.Many2many(
        "ir.attachment", "hcrm_complaint_explanation_file_rel", "explanation_id", "file_id",
        string="Files",
        help="A roster, a record, a photo: read by whoever reads the explanation.",
    )  # fmt: skip
    answered_at = fields.Datetime(string="Handed in on", readonly=True)
    answered_by_id = fields.Many2one("res.users", string="Written by", readonly=True)
    state = fields.Selection(
        selection=[
            ("asked", "Asked"),
            ("answered", "Handed in"),
            ("withdrawn", "No longer needed"),
        ],
        required=True,
        readonly=True,
        default="asked",
    )
    is_mine = fields.Boolean(compute="_compute_is_mine", export_string_translation=False)
    may_write = fields.Boolean(compute="_compute_is_mine", export_string_translation=False)

    _open_once = models.UniqueIndex(
        "(complaint_id, employee_id) WHERE state = 'asked'",
        "This colleague is asked already and has not answered yet.",
    )
    _mine_idx = models.Index("(user_id, id DESC)")

    @api.depends("asked_at")
    def _compute_display_name(self):
        """Nothing that tells which case it is."""
        for one in self:
            day = fields.Date.to_string(one.asked_at)
            one.display_name = self.env._("Explanation asked for on %(day)s", day=day)

    @api.depends("user_id", "state")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for one in self:
            one.is_mine = one.user_id == self.env.user
            one.may_write = one.state == "asked" and (one.is_mine or not one._has_login())

    def _has_login(self):
        return bool(self.user_id.sudo().active)

    def write(self, vals):
        """Who is asked speaks for themselves, once."""
        if not vals.keys().isdisjoint(("text", "file_ids")) and not self.env.su:
            self._check_may_write()
        return super().write(vals)

    def _check_may_write(self):
        for one in self:
            if one.state != "asked":
                raise UserError(
                    self.env._("This explanation is handed in: what was said stays as it is.")
                )
            if not one.may_write:
                raise AccessError(self.env._("%s explains it in their own words.", one._say_who()))

    def _check_files_stay(self):
        """What was handed in is not added to and not taken from, whatever road a file takes."""
        if self and not self.env.su:
            self.check_access("write")
            self._check_may_write()

    def _say_who(self):
        return self.employee_id.sudo().name

    def _ask_by_task(self):
        """Give the task to who is asked; without a login to who asked, who writes it down."""
        self.activity_schedule(
            "hcrm_complaint.mail_activity_type_explain",
            date_deadline=fields.Date.to_date(self.due_at),
            user_id=(self.user_id if self._has_login() else self.asked_by_id).id,
        )

    @api.private
    def message_notify(self, **values):
        """Who is asked is told, though the row has no chatter."""
        return self.env["mail.thread"].message_notify(**values)

    def action_answer(self):
        """Hand the explanation in."""
        self.check_access("write")
        rows_sudo = self.sudo()
        rows_sudo.complaint_id._line_up()
        rows_sudo.invalidate_recordset(["state"])
        self._check_may_write()
        if any(not (one.text or "").strip() for one in self):
            raise UserError(self.env._("Write your explanation first."))
        rows_sudo.write(
            {
                "state": "answered",
                "answered_at": fields.Datetime.now(),
                "answered_by_id": self.env.uid,
            }
        )
        rows_sudo.activity_ids.unlink()
        rows_sudo.complaint_id._on_explained(rows_sudo)

    def action_withdraw(self):
        """It is not needed any more; who was asked is told by the task that goes."""
        cases = self.sudo().complaint_id.with_env(self.env)
        cases._check_at_desk()
        cases.sudo()._line_up()
        rows_sudo = self.sudo().filtered(lambda one: one.state == "asked")
        rows_sudo.write({"state": "withdrawn"})
        rows_sudo.activity_ids.unlink()
        rows_sudo.complaint_id._on_explained(self.browse())
