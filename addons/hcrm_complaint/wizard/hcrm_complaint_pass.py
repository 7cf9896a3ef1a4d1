from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hcrm_base.tools.governance import Governance


class HcrmComplaintPass(models.TransientModel):
    """Where a case goes, and why: offered, assigned, declined, passed up."""

    _name = "hcrm.complaint.pass"
    _description = "Pass a Case on"
    _hcrm = Governance(data_class="wizard")

    complaint_ids = fields.Many2many("hcrm.complaint", string="Cases", required=True)
    way = fields.Selection(
        selection=[
            ("offer", "Offer to another desk"),
            ("assign", "Give to a colleague here"),
            ("decline", "Decline the offer"),
            ("raise", "Pass up the ladder"),
        ],
        required=True,
        default="offer",
    )
    company_id = fields.Many2one("res.company", compute="_compute_choice")
    duty_desk_ids = fields.Many2many(
        "hcrm.complaint.desk", compute="_compute_choice", string="Answer for it by duty"
    )
    desk_id = fields.Many2one(
        "hcrm.complaint.desk", domain="[('company_id', '=', company_id)]",
        compute="_compute_desk_id", store=True, readonly=False,
    )  # fmt: skip
    member_ids = fields.Many2many("res.users", compute="_compute_member_ids")
    user_id = fields.Many2one(
        "res.users", string="Colleague", domain="[('id', 'in', member_ids)]",
        help="Empty: whoever works there.",
    )  # fmt: skip
    next_desk_id = fields.Many2one("hcrm.complaint.desk", compute="_compute_choice")
    has_unlinked_staff = fields.Boolean(compute="_compute_choice")
    reason = fields.Text(help="The next one reads it; no name of who complained.")

    @api.depends("complaint_ids", "way")
    def _compute_choice(self):
        for one in self:
            case = one.complaint_ids[:1]
            one.company_id = case.company_id
            one.has_unlinked_staff = any(one.complaint_ids.mapped("has_unlinked_staff"))
            one.duty_desk_ids = case._find_desks_by_duty()
            one.next_desk_id = case and case.sudo()._find_desk_above()

    @api.depends("complaint_ids", "way")
    def _compute_desk_id(self):
        """Propose who answers for the topic, else the department: where somebody works."""
        for one in self:
            case = one.complaint_ids[:1]
            if one.way == "assign":
                one.desk_id = case.desk_id
            elif one.way == "offer":
                one.desk_id = one._find_desk_to_propose(case)
            else:
                one.desk_id = False

    def _find_desk_to_propose(self, case):
        desks = self.duty_desk_ids
        if case.department_id:
            desks |= desks.sudo()._find_for_department(case.department_id).sudo(False)
        return (desks - case.desk_id).filtered(lambda desk: desk.is_outside or desk.member_ids)[:1]

    @api.depends("desk_id")
    def _compute_member_ids(self):
        for one in self:
            one.member_ids = one.desk_id.member_ids

    def action_confirm(self):
        """Do it with the rights of who clicked."""
        self.ensure_one()
        cases = self.complaint_ids
        cases.check_access("write")
        if self.way == "decline":
            cases._decline_offer(self.reason)
        elif self.way == "raise":
            self._pass_up(cases)
        elif self.way == "assign":
            cases._assign(self._required(self.user_id, self.env._("Say who gets it.")))
        else:
            desk = self._required(self.desk_id, self.env._("Say to which desk."))
            cases._offer(desk, self.reason or "", self.user_id)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _pass_up(self, cases):
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why it is passed up: the next one begins with that."))
        if not cases._pass_up(self.reason):
            raise UserError(self.env._("There is no desk above where somebody works."))

    @staticmethod
    def _required(value, error):
        if not value:
            raise UserError(error)
        return value
