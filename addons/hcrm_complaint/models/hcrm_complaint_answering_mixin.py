from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .hcrm_complaint_answer import CONCLUSIONS
from .hcrm_complaint_flow_mixin import CLOSING

#: Nobody waits for an answer to these.
UNANSWERED = ("praise",)


class HcrmComplaintAnsweringMixin(models.AbstractModel):
    """What leads from a case to its answer, and what follows the answer."""

    _name = "hcrm.complaint.answering.mixin"
    _description = "Answering of Cases"
    _inherit = [
        "hcrm.complaint.explaining.mixin",
        "hcrm.complaint.together.mixin",
        "hcrm.complaint.rating.mixin",
        "hcrm.complaint.closing.mixin",
        "hcrm.complaint.suggestion.mixin",
    ]

    answer_ids = fields.One2many(
        "hcrm.complaint.answer", "complaint_id", string="Answers", copy=False
    )
    answer_id = fields.Many2one(
        "hcrm.complaint.answer", string="Last answer", compute="_compute_answer_id"
    )
    conclusion = fields.Selection(selection=CONCLUSIONS, readonly=True, copy=False, tracking=True)
    ground_id = fields.Many2one(
        "hcrm.complaint.ground", string="Not accepted because", readonly=True, copy=False,
        tracking=True, ondelete="restrict",
    )  # fmt: skip
    reopened_count = fields.Integer(string="Times opened again", readonly=True, copy=False)
    reopen_reason = fields.Text(string="Why it was opened again", readonly=True, copy=False)

    @api.depends("answer_ids.version")
    def _compute_answer_id(self):
        last = dict(
            self.env["hcrm.complaint.answer"]._read_group(
                [("complaint_id", "in", self._origin.ids)], ["complaint_id"], ["id:max"]
            )
        )
        for case in self:
            case.answer_id = last.get(case._origin, False)

    # WRITING

    def action_answer(self):
        """Open the answer being written, a new one if there is none."""
        return self._open_answer(self._begin_answer("outcome"))

    def action_interim(self):
        """Tell how far we are, when it takes longer."""
        return self._open_answer(self._begin_answer("interim"))

    def _begin_answer(self, purpose, **values):
        """Return the draft, or what waits for approval, of this case."""
        self.ensure_one()
        self._check_at_desk()
        answers_sudo = self.env["hcrm.complaint.answer"].sudo()
        going = answers_sudo.search(
            [("complaint_id", "=", self.id), ("state", "in", ("draft", "approval"))], limit=1
        )
        if not going:
            last = max(self.sudo().answer_ids.mapped("version"), default=0)
            going = answers_sudo.create(
                [{"complaint_id": self.id, "purpose": purpose, "version": last + 1, **values}]
            )
            going.text = going._word_proposal()
        return going.with_env(self.env)

    def _open_answer(self, answer):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": "hcrm.complaint.answer",
            "res_id": answer.id,
            "view_mode": "form",
        }

    def action_refuse(self):
        """Open what asks for the lawful ground."""
        self.ensure_one()
        self._check_may_refuse()
        return self._open_step("refuse")

    def _open_step(self, way, **defaults):
        """Open what asks for the words that a step needs."""
        self.check_access("read")
        context = {f"default_{name}": value for name, value in defaults.items()}
        field = self.env["hcrm.complaint.step"]._fields["way"]
        return {
            "type": "ir.actions.act_window",
            "name": dict(field._description_selection(self.env))[way],
            "res_model": "hcrm.complaint.step",
            "view_mode": "form",
            "target": "new",
            "context": context | {"default_way": way, "default_complaint_ids": self.ids},
        }

    def _check_may_refuse(self):
        self._check_at_desk()
        if not (self.env.su or self.env.user._hcrm_is_complaint_office()):
            raise UserError(self.env._("The complaint office decides whether a case is accepted."))
        if any(case.state != "new" for case in self):
            raise UserError(self.env._("Only what is not accepted yet can be declined."))

    def _refuse(self, ground):
        """Begin the answer that says why the case is not accepted.

        It stays *received* until that answer is approved and leaves: nothing is refused silently.
        """
        self.ensure_one()
        self._check_may_refuse()
        if not ground:
            raise UserError(self.env._("Choose the lawful ground."))
        answer = self._begin_answer("refusal", ground_id=ground.id)
        if answer.purpose != "refusal":
            raise UserError(self.env._("An answer to this case is being written already."))
        return answer

    # ENDING AND OPENING AGAIN

    def action_close(self):
        """Close what was answered."""
        for case in self.sudo():
            answered = case.state in ("answered", "refused") or "sent" in case.answer_ids.filtered(
                lambda one: one.purpose in ("outcome", "refusal")
            ).mapped("state")
            if not answered and case.kind not in UNANSWERED:
                raise UserError(
                    self.env._(
                        "%(case)s has no answer yet. If the person took it back, write that as the "
                        "conclusion.",
                        case=case.display_name,
                    )
                )
        return super().action_close()

    def action_reopen(self):
        """Open what asks why."""
        return self._open_step("reopen")

    def _reopen(self, reason):
        """Work on answered cases again: the person is not content, or there is news."""
        self._check_at_desk()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is opened again."))
        cases_sudo = self.sudo()
        cases_sudo._lock_cases()
        ended = cases_sudo.filtered(lambda case: case.state in CLOSING)
        refused = cases_sudo.filtered(lambda case: case.state == "refused")
        refused._move("accepted")
        refused._begin_clocks("accepted")
        (cases_sudo - refused)._move("working")
        ended._open_holds()
        cases_sudo._log_custody("reopened", reason=reason)
        cases_sudo._begin_clocks("reopened")
        for case in cases_sudo:
            case.write(
                {
                    "reopened_count": case.reopened_count + 1,
                    "reopen_reason": reason,
                    "ground_id": False,
                    "rated_at": False,
                    "reminded_at": False,
                }
            )
        cases_sudo._rescue_orphans()

    # WHAT BECAME OF MESSAGES

    @api.model
    def _hcrm_on_communications(self, events):
        """The outbox tells what became of what we sent; what is answered is for a person."""
        self.env["hcrm.complaint.answer"]._on_delivery(
            [event for event in events if event["event"] != "answered"]
        )
        return [event["inbound_id"] for event in events if event["event"] == "answered"]

    def _call_for_help(self, answer):
        """An answer did not arrive: somebody finds another way. Under sudo."""
        reader = self._first_at_work(
            self.user_id - self.accused_user_ids, answer.writer_ids - self.accused_user_ids
        )
        self.activity_schedule("hcrm_complaint.mail_activity_type_undelivered", user_id=reader.id)

    def _get_answers_for_person(self):
        """Return what the status page and the portal show; under sudo, after their check.

        :return: list of dicts: ``sent_on``, ``purpose``, ``text`` (names nobody), ``rate`` (an
            address or "")
        """
        self.ensure_one()
        sent = self.answer_ids.filtered(lambda one: one.state == "sent").sorted("version")
        return [
            {
                "sent_on": format_date(self.env, one.sent_at),
                "purpose": one.purpose,
                "text": one.text,
                "rate": one._get_rating_address() if one == sent[-1:] else "",
            }
            for one in sent
        ]

    def _say_answer(self):
        """Return the last answer as it is spoken once the PIN was right; "" if there is none."""
        last = self.answer_ids.filtered(lambda one: one.state == "sent").sorted("version")[-1:]
        return last.text or ""
