from datetime import timedelta

from psycopg2.errors import UniqueViolation
from pytz import timezone

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from ..tools import clocks
from .hcrm_complaint_clock_mixin import RUNNING

PERSONS = "hcrm.complaint.complainant"
#: What one login may add in a day.
A_DAY, DAY = 20, 24 * 3600
MOST_WORDS, SHOWN_WORDS = 8000, 60
#: The same words are the same click for so long.
SAME_CLICK = timedelta(minutes=10)
STATES = {
    "new": "info",
    "accepted": "info",
    "working": "primary",
    "approval": "primary",
    "answered": "success",
    "closed": "success",
    "refused": "secondary",
}


class HcrmComplaintPortalMixin(models.AbstractModel):
    """Cases on the portal: what a person told us, and what those told for whom they decide.

    Everything here works for ``env.user``. What a person adds is written by the system: the last
    writer of a case is read by departments, who must not learn who complained.
    """

    _name = "hcrm.complaint.portal.mixin"
    _description = "Cases on the Portal"

    @api.model
    def _portal_domain(self):
        """Return the domain of the user's own cases and small children's; none about the user.

        A ward who is older may have complained about the very guardian.
        """
        user = self.env.user
        persons = self.env["hcrm.privacy.request"]._portal_persons()
        persons = persons.filtered(lambda one: one._hcrm_is_under_14())
        persons |= user.partner_id.sudo() | user.partner_id.sudo()._hcrm_canonical()
        employees = self.env["hr.employee"].sudo().with_context(active_test=False)
        about = employees.search(
            Domain("user_id", "=", user.id) | Domain("work_contact_id", "in", persons.ids)
        )
        accused = Domain("role", "=", "accused") & Domain("employee_id", "in", about.ids)
        return (
            Domain("complainant_ids", "any", [("partner_id", "in", persons.ids)])
            & Domain("accused_user_ids", "not in", user.ids)
            & ~Domain("staff_ids", "any", accused)
        )

    @api.model
    def _portal_cases(self, case_id=None, limit=None, offset=0):
        """Return the cases of the user, the newest first; under sudo, the check is the domain."""
        domain = self._portal_domain()
        if case_id:
            domain &= Domain("id", "=", case_id)
        cases_sudo = self.sudo().with_context(active_test=False)
        return cases_sudo.search(domain, order="id DESC", limit=limit, offset=offset)

    @api.model
    def _portal_count(self):
        return self.sudo().with_context(active_test=False).search_count(self._portal_domain())

    # WHAT IS SHOWN

    def _portal_lines(self):
        """Return what the list shows of each case; in constant queries. Under sudo."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        own, due = self.env.user.partner_id, self._portal_due_days()
        self.complainant_ids.statement_id.fetch(["text"])
        lines = []
        for case in self:
            person = case.complainant_ids
            words = " ".join((person.statement_id.text or "").split())
            whose = person.partner_id
            lines.append(
                {
                    "id": case.id,
                    "number": case.number,
                    "kind": kinds[case.kind],
                    "words": words[:SHOWN_WORDS] + ("…" if len(words) > SHOWN_WORDS else ""),
                    "received": case._portal_day(case.received_at),
                    "state": case._portal_state(),
                    "color": STATES[case.state],
                    "due": due.get(case.id, ""),
                    "whose": whose.name if whose != own else "",
                    "hospital": case.company_id.name,
                }
            )
        return lines

    def _portal_page(self):
        """Return what the page of one case shows. Under sudo."""
        self.ensure_one()
        person = self.complainant_ids
        files = self.env["ir.attachment"].search(
            [("res_model", "=", PERSONS), ("res_id", "=", person.id)], order="id"
        )
        return {
            **self._portal_lines()[0],
            "status": self._word_spoken_status(self.env),
            "deadlines": self._portal_deadlines(),
            "answers": self._get_answers_for_person(),
            "text": person.statement_id.text or "",
            "files": files,
            "may_add": self.is_open,
        }

    def _portal_state(self):
        """Return how far it is in a word; who has to approve is the hospital's own matter."""
        env = self.env
        words = {
            "new": env._("Received"),
            "accepted": env._("Accepted"),
            "working": env._("Being worked on"),
            "approval": env._("Being worked on"),
            "answered": env._("Answered"),
            "closed": env._("Closed"),
            "refused": env._("Passed to others"),
        }
        return words[self.state]

    def _portal_day(self, moment):
        """Return the day of a moment on the hospital's clock, in words."""
        zone = timezone(self.env["hcrm.complaint.hospital"]._get(self.company_id.id).zone_name)
        return format_date(self.env, clocks.local_day(moment, zone))

    def _portal_due_days(self):
        """Return {case id: day of the answer} of those whose answer is still due and in time."""
        clocks_sudo = self._portal_clocks("answer")
        return {
            one.complaint_id.id: one.complaint_id._portal_day(one.due_at)
            for one in clocks_sudo
            if not one.is_breached and not one.complaint_id.waiting_since
        }

    def _portal_clocks(self, *duties):
        return self.env["hcrm.complaint.clock"].search(
            [
                ("complaint_id", "in", self.ids),
                ("duty", "in", duties),
                ("state", "in", RUNNING),
            ],
            order="due_at DESC, id DESC",
        )

    def _portal_deadlines(self):
        """Return until when who tells what, in plain words."""
        env = self.env
        if self.waiting_since:
            return [env._("We wait for something from you. Our time stands still until it comes.")]
        words = {
            "acknowledge": env._("By %s we tell you whether we take it up."),
            "answer": env._("By %s you have our answer."),
            "interim": env._("If it takes longer, we write to you by %s."),
        }
        lines = []
        for clock in self._portal_clocks(*words).sorted("due_at"):
            text = words[clock.duty]
            if clock.is_breached:
                text = env._("We wanted to be ready by %s and are late. You may call us any time.")
            lines.append(text % self._portal_day(clock.due_at))
        return list(dict.fromkeys(lines))

    # WHAT IS ADDED

    def _portal_add(self, text, files=()):
        """Add words and files of the user to this case; sent twice they are added once.

        :param files: list of (name, mimetype, bytes), looked at
        :raises UserError: what to do instead
        """
        self.ensure_one()
        text = (text or "").replace("\x00", "").strip()[:MOST_WORDS]
        if not text and not files:
            raise UserError(self.env._("Write something, or choose a file."))
        case_sudo = self.with_user(SUPERUSER_ID).sudo()
        case_sudo._line_up()
        if not case_sudo.is_open:
            raise UserError(
                self.env._("This is closed: tell us anew, and give the number %s.", self.number)
            )
        if case_sudo._portal_is_said(text):
            text = ""
        if not text and not case_sudo._find_new_files(files):
            return  # the second click
        if self.env["hcrm.rate.count"]._is_too_often("complaint-add", self.env.uid, A_DAY, DAY):
            raise UserError(
                self.env._("You have told us much today: please call us, or go on tomorrow.")
            )
        try:
            case_sudo._hear_more(text, "portal", files)
            case_sudo.env.flush_all()  # else what is reckoned last bears the user's name
        except UniqueViolation as error:  # two clicks at once: the second one looks again
            raise ConcurrencyError("The statement was just added to") from error

    def _portal_is_said(self, text):
        """True if these words were added just now, perhaps with others after them. Under sudo."""
        latest = self.env["hcrm.complaint.statement"].search(
            [
                ("complaint_id", "=", self.id),
                ("version", ">", 1),
                ("made_at", ">=", fields.Datetime.now() - SAME_CLICK),
            ]
        )
        return bool(text) and any((one.text or "").endswith("\n" + text) for one in latest)
