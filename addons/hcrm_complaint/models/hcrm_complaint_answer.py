from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.hcrm_base.tools.governance import Governance

CONCLUSIONS = [
    ("upheld", "Well founded"),
    ("partly", "Well founded in part"),
    ("not_upheld", "Not well founded"),
    ("withdrawn", "Taken back by the person"),
]
#: Who may let an answer leave, if they did not write it.
APPROVERS = "hcrm_base.group_service_manager,hcrm_base.group_leader,hcrm_base.group_department_head"
#: Of these a conclusion is approved before it leaves.
JUDGED = ("complaint", "misconduct")
#: What the person is told; the rest is of the hospital alone.
WORDS = frozenset(("text", "conclusion", "findings", "remedy", "is_apology", "channel"))


class HcrmComplaintAnswer(models.Model):
    """One version of an answer: what was found, what is done about it, and the words that leave.

    Whoever wrote approves nothing. What was handed in for approval stays as it was: what is
    mended is a new version. The words name nobody; who is addressed is known when they leave.
    """

    _name = "hcrm.complaint.answer"
    _description = "Answer to a Case"
    _inherit = ["hcrm.complaint.answer.sending.mixin", "hcrm.guarded.write.mixin"]
    _order = "complaint_id, version DESC, id DESC"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        expiry="keep",
        note="the archive a hospital must keep; whom it addresses is in hcrm.complaint.complainant",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    company_id = fields.Many2one(
        related="complaint_id.company_id", store=True, precompute=True, index=True
    )
    case_kind = fields.Selection(related="complaint_id.kind", string="Kind of the case")
    version = fields.Integer(required=True, readonly=True, default=1)
    purpose = fields.Selection(
        selection=[
            ("outcome", "Outcome"),
            ("refusal", "Not accepted"),
            ("interim", "How far we are"),
            ("news", "News of a suggestion"),
        ],
        required=True,
        readonly=True,
        default="outcome",
    )
    ground_id = fields.Many2one("hcrm.complaint.ground", readonly=True, ondelete="restrict")
    conclusion = fields.Selection(
        selection=CONCLUSIONS,
    )
    findings = fields.Text(
        string="What was found", help="For the hospital: what was looked into, and how it was."
    )
    remedy = fields.Text(
        string="What is done about it", help="As the person may read it: goes into the answer."
    )
    is_apology = fields.Boolean(string="We apologise")
    text = fields.Text(
        string="Answer",
        help="What the person reads between salutation and signature, which come by themselves.",
    )
    proposal = fields.Text(store=False, export_string_translation=False)
    state = fields.Selection(
        selection=[
            ("draft", "Being written"),
            ("approval", "Waits for approval"),
            ("returned", "Given back"),
            ("sent", "Sent"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
    )
    writer_ids = fields.Many2many(
        "res.users", "hcrm_complaint_answer_writer_rel", "answer_id", "user_id",
        string="Written by", readonly=True,
    )  # fmt: skip
    submitted_at = fields.Datetime(string="Handed in on", readonly=True)
    approver_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_at = fields.Datetime(string="Decided on", readonly=True)
    return_reason = fields.Text(string="Why it was given back", readonly=True)
    lead_answer_id = fields.Many2one(
        "hcrm.complaint.answer", string="Answered together with", readonly=True,
        index="btree_not_null", ondelete="restrict",
    )  # fmt: skip
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    may_approve = fields.Boolean(compute="_compute_may_approve", export_string_translation=False)

    _version_uniq = models.UniqueIndex(
        "(complaint_id, version)", "Somebody wrote an answer at the same time: look again."
    )
    _one_open = models.UniqueIndex(
        "(complaint_id) WHERE state IN ('draft', 'approval')",
        "An answer to this case is being written already.",
    )
    _sent_was_decided = models.Constraint(
        "CHECK (state != 'sent' OR decided_at IS NOT NULL)",
        "What left was decided by somebody.",
    )

    @api.depends("complaint_id", "version")
    def _compute_display_name(self):
        for one in self:
            number = one.complaint_id.display_name
            one.display_name = self.env._(
                "%(case)s, version %(number)s", case=number, number=one.version
            )

    @api.depends("purpose", "complaint_id")
    def _compute_needs_approval(self):
        """A conclusion about people, or that the hospital does not deal with it."""
        for one in self:
            judged = one.purpose == "outcome" and one.complaint_id.kind in JUDGED
            one.needs_approval = judged or one.purpose == "refusal"

    @api.depends("state", "writer_ids")
    @api.depends_context("uid")
    def _compute_may_approve(self):
        approves = self.env.user.has_groups(APPROVERS)
        for one in self:
            one.may_approve = (
                one.state == "approval" and approves and self.env.user not in one.writer_ids
            )

    # WRITING

    def write(self, vals):
        if self.env.su or WORDS.isdisjoint(vals):
            return super().write(vals)
        self.complaint_id._check_at_desk()
        resent = vals.keys() <= {"channel"} and all(one.delivery == "failed" for one in self)
        if any(one.state != "draft" for one in self) and not resent:
            raise UserError(
                self.env._("What was handed in stays as it was: give it back to change it.")
            )
        result = super().write(vals)
        for one in self.sudo():
            one.writer_ids |= self.env.user
        return result

    @api.onchange("conclusion", "remedy", "is_apology")
    def _onchange_words(self):
        """Word the answer anew as long as nobody typed into it."""
        proposal = self._word_proposal()
        if not self.text or self.text == self.proposal:
            self.text = proposal
        self.proposal = proposal

    # APPROVING

    def action_submit(self):
        """Hand in for approval; who writes does not approve."""
        self.complaint_id._check_at_desk()
        self._check_complete()
        answers_sudo = self._lock("draft")
        answers_sudo.write({"state": "approval", "submitted_at": fields.Datetime.now()})
        for one in answers_sudo:
            one.writer_ids |= self.env.user
        cases = answers_sudo.filtered(lambda one: one.purpose == "outcome").complaint_id
        cases._move("approval")
        for one in answers_sudo:
            one._ask_approver()

    def _check_complete(self):
        for one in self:
            judged = one.needs_approval and one.purpose == "outcome"
            if judged and not (one.conclusion and (one.findings or "").strip()):
                raise UserError(
                    self.env._("Say what was found and what you conclude: who approves reads it.")
                )
            if not (one.text or "").strip():
                raise UserError(self.env._("The answer has no words yet."))

    def _lock(self, state):
        """Return the answers under sudo, their cases locked; of two who decide at once one is told.

        The case, for what leads to an answer changes it, and who comes second is tried again.
        """
        answers_sudo = self.sudo()
        answers_sudo.complaint_id._lock_cases()
        answers_sudo.invalidate_recordset(["state"])
        if any(one.state != state for one in answers_sudo):
            raise UserError(self.env._("Somebody was quicker: look at the answer again."))
        return answers_sudo

    def _ask_approver(self):
        """Give the task to one who may approve and did not write it."""
        case = self.complaint_id
        barred = self.writer_ids | case.accused_user_ids
        here = (case.desk_id.member_ids - barred).filtered(lambda user: user.has_groups(APPROVERS))
        if not here:
            managers = self.env.ref("hcrm_base.group_service_manager").all_user_ids
            leaders = self.env.ref("hcrm_base.group_leader").all_user_ids
            here = (managers + leaders - barred).filtered(
                lambda user: user.active and case.company_id in user.company_ids
            )
        if not here:
            raise UserError(
                self.env._("Nobody is left who may approve this: pass the case up first.")
            )
        case.activity_schedule("hcrm_complaint.mail_activity_type_approve", user_id=here[0].id)

    def _check_may_approve(self):
        self.complaint_id._check_at_desk()
        for one in self:
            if self.env.user in one.writer_ids:
                raise AccessError(
                    self.env._("Who wrote an answer does not approve it: ask a colleague.")
                )
            if not one.may_approve and one.state == "approval":
                raise AccessError(
                    self.env._("A head, a service manager or the management approves answers.")
                )

    def action_approve(self):
        """Approve and send."""
        self._check_may_approve()
        self._lock("approval")._decide_and_send()

    def action_give_back(self):
        """Open what asks for the reason."""
        self.ensure_one()
        return self.complaint_id._open_step("return", answer_id=self.id)

    def _give_back(self, reason):
        """Not like this: the next version begins with these words, and the reason is read."""
        self.ensure_one()
        if not (reason or "").strip():
            raise UserError(self.env._("Say what has to be mended."))
        self._check_may_approve()
        answer_sudo = self._lock("approval")
        answer_sudo.write(
            {
                "state": "returned",
                "return_reason": reason,
                "approver_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        case = answer_sudo.complaint_id
        if case.state == "approval":
            case._move("working")
        case.activity_unlink(["hcrm_complaint.mail_activity_type_approve"])
        case.activity_schedule(
            "hcrm_complaint.mail_activity_type_answer_returned",
            user_id=case._first_at_work(answer_sudo.writer_ids - case.accused_user_ids).id,
            note=reason,
        )
        return answer_sudo._begin_next().with_env(self.env)

    def _begin_next(self):
        """Return a draft with the words of this version."""
        values = {
            "complaint_id": self.complaint_id.id,
            "ground_id": self.ground_id.id,
            "version": self.version + 1,
        }
        kept = ("purpose", "conclusion", "findings", "remedy", "is_apology", "text", "channel")
        return self.create([values | {name: self[name] for name in kept}])

    def action_send(self):
        """Let go what needs no approval: thanks, news, an answer to a question."""
        self.complaint_id._check_at_desk()
        self._check_complete()
        if any(one.needs_approval for one in self):
            raise UserError(self.env._("This answer is approved by somebody else before it goes."))
        answers_sudo = self._lock("draft")
        for one in answers_sudo:
            one.writer_ids |= self.env.user
        answers_sudo._decide_and_send()

    # TOGETHER

    def _spread(self):
        """Return answers of the cases answered along, decided with these. Under sudo."""
        outcome = self.filtered(lambda one: one.purpose == "outcome")
        along = outcome.complaint_id.linked_ids.filtered(
            lambda case: case.is_open and case.state != "answered"
        )
        if not along:
            return self.browse()
        last = dict(
            self._read_group([("complaint_id", "in", along.ids)], ["complaint_id"], ["version:max"])
        )
        leads = {one.complaint_id: one for one in outcome}
        words = ("purpose", "conclusion", "findings", "remedy", "is_apology", "text", "decided_at")
        return self.create(
            [
                {
                    **{name: leads[case.lead_id][name] for name in words},
                    "complaint_id": case.id,
                    "state": "sent",
                    "version": last.get(case, 0) + 1,
                    "lead_answer_id": leads[case.lead_id].id,
                    "approver_id": leads[case.lead_id].approver_id.id,
                    "writer_ids": [(6, 0, leads[case.lead_id].writer_ids.ids)],
                }
                for case in along
            ]
        )
