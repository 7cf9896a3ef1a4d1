from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

#: Each step of a suggestion and what may come before it.
BEFORE = {
    "adopted": (False, "assess"),
    "declined": (False, "assess", "adopted"),
    "done": ("adopted",),
    "proven": ("done",),
}
#: The effect shows after so many days.
DAYS_TO_EFFECT = 90


class HcrmComplaintSuggestionMixin(models.AbstractModel):
    """Suggestions have a life of their own, and praise reaches those praised."""

    _name = "hcrm.complaint.suggestion.mixin"
    _description = "Suggestions and Praise"

    suggestion_state = fields.Selection(
        selection=[
            ("assess", "Being assessed"),
            ("adopted", "Adopted"),
            ("declined", "Not adopted"),
            ("done", "Carried out"),
            ("proven", "Effect known"),
        ],
        string="Suggestion", readonly=True, copy=False, tracking=True,
    )  # fmt: skip
    suggestion_reason = fields.Text(string="Why so", readonly=True, copy=False)
    suggestion_due_on = fields.Date(string="To be carried out by", readonly=True, copy=False)
    suggestion_done_at = fields.Datetime(string="Carried out on", readonly=True, copy=False)
    suggestion_effect = fields.Text(string="What it brought", readonly=True, copy=False)
    praise_passed_at = fields.Datetime(string="Passed on to the staff", readonly=True, copy=False)

    def action_adopt(self):
        return self._open_step("adopt")

    def action_decline_suggestion(self):
        return self._open_step("turn_down")

    def action_carried_out(self):
        return self._open_step("carried_out")

    def action_effect(self):
        return self._open_step("effect")

    def action_pass_praise(self):
        return self._open_step("praise", reason=self.matter or "")

    def _step(self, state, **values):
        """Take one step with the suggestion; who has the case may."""
        self.ensure_one()
        self._check_at_desk()
        if self.kind != "suggestion":
            raise UserError(self.env._("This is no suggestion."))
        if self.suggestion_state not in BEFORE[state]:
            raise UserError(self.env._("The suggestion is not that far: look at it again."))
        self.sudo().write({"suggestion_state": state, **values})

    def _adopt(self, reason, due_on=False):
        """Carry it out; the thanks to who had the idea wait to be sent.

        :return: the answer
        """
        self._step("adopted", suggestion_reason=reason, suggestion_due_on=due_on)
        return self._thank(
            "outcome", "adopted", self._need(reason, self.env._("Say how it is carried out."))
        )

    def _turn_down(self, reason):
        """Do not carry it out; why is told to who had the idea."""
        reason = self._need(reason, self.env._("Say why it is not adopted: the person reads it."))
        self._step("declined", suggestion_reason=reason)
        return self._thank("outcome", "declined", reason)

    def _carry_out(self, words):
        """It is done; who had the idea hears of it, and somebody looks at the effect later."""
        words = self._need(words, self.env._("Say what was done: the person reads it."))
        self._step("done", suggestion_done_at=fields.Datetime.now())
        case_sudo = self.sudo()
        case_sudo.activity_schedule(
            "hcrm_complaint.mail_activity_type_effect",
            date_deadline=fields.Date.add(fields.Date.context_today(self), days=DAYS_TO_EFFECT),
            user_id=case_sudo._first_at_work(case_sudo.user_id, self.env.user).id,
        )
        return self._thank("news", "done", words)

    def _note_effect(self, words):
        words = self._need(words, self.env._("Say what it brought."))
        self._step("proven", suggestion_effect=words)
        self.sudo().activity_unlink(["hcrm_complaint.mail_activity_type_effect"])

    @staticmethod
    def _need(words, error):
        if not (words or "").strip():
            raise UserError(error)
        return words.strip()

    def _thank(self, purpose, what, words):
        answer = self._begin_answer(purpose)
        env = answer.sudo()._env()
        thanks = {
            "adopted": env._("Thank you for your suggestion. We will carry it out."),
            "declined": env._(
                "Thank you for your suggestion. We have looked at it carefully and cannot carry it "
                "out now."
            ),
            "done": env._("What you suggested has been carried out. Thank you once more."),
        }
        answer.sudo().text = f"{thanks[what]}\n{words}"
        return answer

    # PRAISE

    def _pass_praise(self, words):
        """Tell those praised and their heads, in words that name nobody; thanks wait to be sent.

        :return: the answer to who praised
        """
        self.ensure_one()
        self._check_at_desk()
        words = self._need(words, self.env._("Write what is passed on to the staff."))
        self._check_tells_nobody(words)
        case_sudo = self.sudo()
        praised = case_sudo.staff_ids.filtered(lambda one: one.role == "praised").employee_id
        employees = self.env["hr.employee"].sudo().browse(praised.ids)
        departments = employees.department_id | case_sudo.department_id
        partners = (employees.user_id | departments.manager_id.user_id).partner_id
        if not partners:
            raise UserError(self.env._("Say first who is praised, or which department."))
        names = ", ".join(employees.mapped("name")) or case_sudo.department_id.name
        self.env["mail.thread"].sudo().message_notify(
            partner_ids=partners.ids,
            subject=self.env._("Praise for %s", names),
            body=Markup("<p>%s</p>") % words,
        )
        case_sudo.praise_passed_at = fields.Datetime.now()
        return self._begin_answer("outcome")
