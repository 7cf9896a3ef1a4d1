from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import words
from .hcrm_complaint_explanation import DAYS_TO_EXPLAIN


class HcrmComplaintExplainingMixin(models.AbstractModel):
    """Asks the staff concerned; what they said stands in the case."""

    _name = "hcrm.complaint.explaining.mixin"
    _description = "Explanations of Cases"

    # no One2many: the link back is for code alone
    explanation_ids = fields.Many2many(
        "hcrm.complaint.explanation",
        string="Explanations of staff",
        compute="_compute_explanation_ids",
        compute_sudo=False,
    )
    explanation_open_count = fields.Integer(
        string="Explanations waited for", compute="_compute_explanation_ids", compute_sudo=False
    )

    matter_tells = fields.Char(
        string="Names who complained", compute="_compute_matter_tells", compute_sudo=False,
        help="What in the words for departments tells who it was.",
    )  # fmt: skip

    @api.depends("name", "matter", "complainant_ids", "may_know_person")
    @api.depends_context("uid")
    def _compute_matter_tells(self):
        """A hint for who knows the person anyway: what a name is in a text no program decides."""
        for case in self:
            text = "\n".join(filter(None, (case.name, case.matter)))
            told = case.may_know_person and [
                *case._origin._find_who_is_told(text),
                *words.find_beds(text),
            ]
            case.matter_tells = ", ".join(dict.fromkeys(told or ()))

    @api.depends_context("uid")
    def _compute_explanation_ids(self):
        """What the reader may read: who is complained about sees no other's words."""
        rows_sudo = self.env["hcrm.complaint.explanation"].sudo()
        found = rows_sudo.search([("complaint_id", "in", self._origin.ids)]).sudo(False)
        by_case = found._filtered_access("read").sudo().grouped("complaint_id")
        for case in self:
            rows = by_case.get(case._origin.sudo(), rows_sudo).sudo(False)
            case.explanation_ids = rows
            case.explanation_open_count = len(rows.filtered(lambda one: one.state == "asked"))

    def action_ask_explanation(self):
        """Open what asks the staff concerned."""
        self.ensure_one()
        self._check_at_desk()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for an explanation"),
            "res_model": "hcrm.complaint.ask",
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_id": self.id},
        }

    def _ask_explanation(self, employees, question, due_at=None):
        """Ask employees of the staff for their side; each gets a task and reads the question only.

        :return: the explanations, empty
        """
        self.ensure_one()
        self._check_at_desk()
        self._check_open()
        if not employees or not (question or "").strip():
            raise UserError(self.env._("Say whom you ask, and what."))
        self._check_tells_nobody(question)
        self.sudo()._line_up()
        due_at = due_at or self._plan_working_days(DAYS_TO_EXPLAIN)
        rows_sudo = self.env["hcrm.complaint.explanation"].sudo()
        asked = rows_sudo.create(
            [
                {
                    "complaint_id": self.id,
                    "employee_id": employee.id,
                    "user_id": employee.sudo().user_id.id,
                    "question": question.strip(),
                    "due_at": due_at,
                    "asked_at": fields.Datetime.now(),
                    "asked_by_id": self.env.uid,
                }
                for employee in employees
            ]
        )
        for one in asked:
            one._ask_by_task()
        self.sudo()._begin_clocks("asked")
        return asked.sudo(False)

    def _find_who_is_told(self, text):
        """Return what in words for staff names who complained, or the patient."""
        person = self.sudo().complainant_ids
        people = person.partner_id | person.patient_id
        return words.find_told(
            text,
            [*people.mapped("name"), person.complainant_name, person.patient_name],
            [*people.mapped("phone_stored"), *people.mapped("phone_other_stored")],
        )

    def _check_tells_nobody(self, text):
        """Refuse words for staff that name who complained, or the patient."""
        told = self._find_who_is_told(text)
        if told:
            raise UserError(
                self.env._("These words tell who complained. Take out: %s", ", ".join(told))
            )

    def _plan_working_days(self, days):
        """Return the moment after so many working days of the hospital."""
        calendar = self.company_id.sudo().resource_calendar_id
        now = fields.Datetime.now()
        return calendar.plan_days(days + 1, now, compute_leaves=True) or now

    def _line_up(self):
        """Let those who ask and explain come one after the other: the last one ends the wait. Under
        sudo.

        A lock would not do: who began before the other one committed does not see what was
        committed. A row that was written makes PostgreSQL refuse, and Odoo tries again.
        """
        self.env.cr.execute(
            SQL("UPDATE hcrm_complaint SET write_date = write_date WHERE id = ANY(%s)", self.ids)
        )

    def _on_explained(self, given):
        """The clock ends with the last explanation waited for. Under sudo."""
        waited = self.env["hcrm.complaint.explanation"]._read_group(
            [("complaint_id", "in", self.ids), ("state", "=", "asked")], ["complaint_id"]
        )
        done = self - self.browse(case.id for (case,) in waited)
        if done:
            done._meet_clock("explain")
        for one in given:
            case = one.complaint_id
            reader = case._first_at_work(
                case.user_id - case.accused_user_ids, one.asked_by_id - case.accused_user_ids
            )
            case.activity_schedule(
                "hcrm_complaint.mail_activity_type_explained",
                user_id=reader.id,
                note=self.env._("An explanation was handed in: read it and go on."),
            )
