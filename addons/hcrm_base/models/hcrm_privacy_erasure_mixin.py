from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .hcrm_erasure_line import erasure_lines

APPROVERS = "hcrm_base.group_service_manager,hcrm_base.group_leader"


class HcrmPrivacyErasureMixin(models.AbstractModel):
    """Two people erase: a manager proposes and sees what would happen, another one approves."""

    _name = "hcrm.privacy.erasure.mixin"
    _description = "Erasure on Request"

    erasure_proposed_by_id = fields.Many2one(
        "res.users", string="Erasure proposed by", readonly=True, copy=False, ondelete="restrict"
    )
    erasure_proposed_at = fields.Datetime(string="Proposed on", readonly=True, copy=False)
    erasure_plan = fields.Json(
        readonly=True, copy=False, help="What would be done, with counts and no word of the person."
    )
    erasure_text = fields.Html(
        string="What is erased and what is kept", compute="_compute_erasure_text", sanitize=False
    )
    erasure_log_ids = fields.One2many("hcrm.erasure.log", "request_id", readonly=True)

    @api.depends("erasure_plan")
    @api.depends_context("lang")
    def _compute_erasure_text(self):
        for request in self:
            request.erasure_text = request.erasure_plan and self.env["ir.qweb"]._render(
                "hcrm_base.erasure_plan", {"lines": request._get_erasure_lines()}
            )

    def _get_erasure_lines(self):
        """Return the plan in words, as the person is shown it: what is kept comes first."""
        return erasure_lines(self.env, self.erasure_plan or ())

    def action_propose_erasure(self):
        """Try the erasure out and write down what it would do."""
        self.ensure_one()
        self._check_may_work()
        self._check_erasure_state()
        plan = self.sudo().partner_id._hcrm_erasure_plan()
        self.sudo().write(
            {
                "erasure_proposed_by_id": self.env.uid,
                "erasure_proposed_at": fields.Datetime.now(),
                "erasure_plan": [_as_json(line) for line in plan],
            }
        )
        self.sudo()._log_step("proposed")

    def action_approve_erasure(self):
        """Erase. Whoever proposed cannot approve; a leader may, who learns no name by it."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_groups(APPROVERS):
            raise AccessError(self.env._("A service manager or a leader approves an erasure."))
        self._check_erasure_state()
        if not self.erasure_proposed_by_id:
            raise UserError(self.env._("The erasure must be proposed first."))
        if self.erasure_proposed_by_id == self.env.user:
            raise UserError(
                self.env._("You proposed this erasure: somebody else must look at it and approve.")
            )
        log = self.sudo().partner_id._hcrm_erase(self)
        self.sudo()._log_step("erased")
        self._move("done")
        return {
            "type": "ir.actions.act_window",
            "res_model": log._name,
            "res_id": log.id,
            "views": [(False, "form")],
        }

    def _check_erasure_state(self):
        if self.action != "erase" or self.state != "progress":
            raise UserError(
                self.env._("Only a request to erase that is being handled leads to an erasure.")
            )
        if self.requester != "self" and not self.identity_checked_at:
            raise UserError(self.env._("The authority of who asks must be checked first."))

    def _finish_erase(self):
        if not self.sudo().erasure_log_ids:
            raise UserError(self.env._("Propose the erasure; who approves it closes the request."))

    def _finish_object(self):
        """What is built on a mined score no longer reaches the person."""
        self.sudo().partner_id.profiling_refused = True
        self.sudo()._log_step("profiling_refused")

    def _log_erasure(self, partner, lines):
        """Write down that ``partner`` was erased; called with the rights of the system."""
        self.ensure_one()
        ends = [line["kept_until"] for line in lines if line.get("kept_until")]
        return self.env["hcrm.erasure.log"].create(
            {
                "request_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": partner.id,
                "proposed_by_id": self.erasure_proposed_by_id.id,
                "approved_by_id": self.env.uid,
                "erased_at": self.env.cr.now(),
                "state": "restricted" if ends else "complete",
                "completes_on": max(ends, default=False),
                "line_ids": [
                    Command.create({**line, "company_id": self.company_id.id}) for line in lines
                ],
            }
        )


def _as_json(line):
    """Return a line whose day is text."""
    until = line.get("kept_until")
    return {**line, "kept_until": str(until)} if until else {**line}
