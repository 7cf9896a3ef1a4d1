from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime

from ..tools import clocks
from .hcrm_regulation_clock import SITUATIONS

#: A clock is told as soon to end so long before.
SOON = timedelta(hours=24)
RUNNING = ("running", "waiting")


class HcrmComplaintClockMixin(models.AbstractModel):
    """The clocks of a case: which run, what is due next, since when they stand."""

    _name = "hcrm.complaint.clock.mixin"
    _description = "Clocks of Cases"

    situation = fields.Selection(
        selection=SITUATIONS, required=True, default="complex", tracking=True,
        help="The law gives more time where several departments have to act.",
    )  # fmt: skip
    clock_ids = fields.One2many(
        "hcrm.complaint.clock", "complaint_id", string="Clocks", readonly=True
    )
    pause_ids = fields.One2many(
        "hcrm.complaint.pause", "complaint_id", string="Pauses", readonly=True
    )
    next_due_at = fields.Datetime(string="Next due", readonly=True, copy=False)
    waiting_since = fields.Datetime(
        readonly=True, copy=False, help="The clocks stand while we wait for the complainant."
    )
    is_overdue = fields.Boolean(compute="_compute_clock_color", search="_search_is_overdue")
    clock_color = fields.Selection(
        selection=[
            ("late", "Overdue"),
            ("soon", "Due soon"),
            ("waiting", "The clocks stand"),
            ("ok", "In time"),
            ("none", "No clock"),
        ],
        string="Clock",
        compute="_compute_clock_color",
    )
    next_clock_text = fields.Char(string="Next duty", compute="_compute_next_clock_text")

    @api.depends("next_due_at", "waiting_since", "is_open")
    def _compute_clock_color(self):
        now = fields.Datetime.now()
        for case in self:
            due = case.is_open and case.next_due_at
            if not due:
                color = "none"
            elif case.waiting_since:
                color = "waiting"
            elif due < now:
                color = "late"
            else:
                color = "soon" if due - now < SOON else "ok"
            case.clock_color = color
            case.is_overdue = color == "late"

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return (
            Domain("is_open", "=", True)
            & Domain("waiting_since", "=", False)
            & Domain("next_due_at", "<", fields.Datetime.now())
        )

    @api.depends("next_due_at", "clock_ids.state")
    @api.depends_context("lang", "tz")
    def _compute_next_clock_text(self):
        duties = dict(
            self.env["hcrm.complaint.clock"]._fields["duty"]._description_selection(self.env)
        )
        for case in self:
            running = case.sudo().clock_ids.filtered(lambda one: one.state in RUNNING)
            first = running.sorted("due_at")[:1]
            due = first and format_datetime(self.env, first.due_at, dt_format="short")
            case.next_clock_text = first and f"{duties[first.duty]}: {due}"

    def _get_zone_name(self):
        """Return the name of the time zone in which the hospital keeps its days."""
        return self.company_id.sudo().resource_calendar_id.tz or "UTC"

    def _get_promised_day(self):
        """Return until which day who complained may expect the answer, in words, or ''."""
        answer = self.sudo()._get_running("answer").sorted("due_at")[:1]
        if not answer or self.waiting_since:
            return ""
        zone = pytz.timezone(self._get_zone_name())
        return format_date(self.env, clocks.local_day(answer.due_at, zone))

    # BEGINNING AND END

    def _begin_clocks(self, event):
        """Begin the clocks that an event starts (``received``, ``accepted``, ``asked``,
        ``answered``; ``reopened``: the time to answer runs anew), for any number of cases at once.
        Under sudo."""
        rows_sudo = self.env["hcrm.complaint.clock"].sudo()
        running = set()
        if event != "received":
            running = {
                (case.id, duty)
                for case, duty, _count in rows_sudo._read_group(
                    [("complaint_id", "in", self.ids), ("state", "in", RUNNING)],
                    ["complaint_id", "duty"],
                    ["__count"],
                )
            }
        rows, desks = [], self.env["hcrm.complaint.desk"]
        for company, cases in self.grouped("company_id").items():
            pack, known = desks._find_regulation(company), {}
            for case in cases:
                key = (case.kind, case.situation)
                if key not in known:
                    known[key] = pack._choose(case).filtered(
                        lambda one: (
                            one.starts_on == event or (event == "reopened" and one.duty == "answer")
                        )
                    )
                rows += [
                    case._prepare_clock(limit, event)
                    for limit in known[key]
                    if (case.id, limit.duty) not in running
                ]
        rows_sudo.create(rows_sudo._reckon(rows))
        self._follow_clocks()

    def _prepare_clock(self, limit, event):
        return {
            "complaint_id": self.id,
            "company_id": self.company_id.id,
            "duty": limit.duty,
            "rule_id": limit.id,
            "amount": limit.amount,
            "unit": limit.unit,
            "started_at": self.received_at if event == "received" else self._now(),
        }

    def _follow_clocks(self):
        """Put the earliest deadline of the running clocks on the cases, in one query."""
        earliest = dict(
            self.env["hcrm.complaint.clock"]
            .sudo()
            ._read_group(
                [("complaint_id", "in", self.ids), ("state", "in", RUNNING)],
                ["complaint_id"],
                ["due_at:min"],
            )
        )
        for case in self:
            due = earliest.get(case, False)
            if case.next_due_at != due:
                case.next_due_at = due

    def _get_running(self, *duties):
        running = self.sudo().clock_ids.filtered(lambda one: one.state in RUNNING)
        return running.filtered(lambda one: one.duty in duties) if duties else running

    def _meet_clock(self, *duties, at=None):
        """These duties are done: their clocks end, in time or too late. Under sudo."""
        at = at or self._now()
        for clock in self._get_running(*duties):
            clock.write({"met_at": at, "state": "met" if at <= clock.due_at else "late"})
        self._follow_clocks()

    def _end_clocks(self):
        """No duty is left: what is over its time was too late, the rest is no longer due."""
        now = self._now()
        for clock in self._get_running():
            late = clock.state == "running" and clock.due_at < now
            clock.write({"state": "late" if late else "ended", "met_at": now if late else False})
        self._end_pauses(now)
        self._follow_clocks()

    def _on_moved(self, state):
        result = super()._on_moved(state)
        if state in ("accepted", "refused"):
            self._meet_clock("acknowledge")
        if state == "answered":
            self._meet_clock("answer", "interim")
            self._begin_clocks("answered")
        if state == "closed":
            self._meet_clock("close")
        return result

    # PAUSES

    def action_wait(self):
        """Let the clocks stand: we wait for the complainant."""
        self._check_at_desk()
        self._check_open()
        self.sudo()._stop_clocks(self.env._("We wait for the person"))

    def action_resume(self):
        self._check_at_desk()
        self.sudo()._restart_clocks()

    def _stop_clocks(self, reason):
        """Let the clocks stand that know waiting."""
        now = self._now()
        self._lock_cases()
        if any(case.waiting_since for case in self):
            raise UserError(self.env._("The clocks of this case stand already."))
        self.env["hcrm.complaint.pause"].create(
            [
                {
                    "complaint_id": case.id,
                    "company_id": case.company_id.id,
                    "since": now,
                    "reason": reason,
                    "by_user_id": self.env.uid,
                }
                for case in self
            ]
        )
        standing = self._get_running().filtered(
            lambda one: one.state == "running" and one._may_pause() and one.due_at >= now
        )
        standing.write({"state": "waiting"})
        self.write({"waiting_since": now})

    def _restart_clocks(self):
        """Go on; what was waited is added."""
        self._lock_cases()
        self._end_pauses(self._now())
        self._follow_clocks()

    def _end_pauses(self, now):
        for case in self.filtered("waiting_since"):
            pause = case.pause_ids.filtered(lambda one: not one.until)
            standing = case.clock_ids.filtered(lambda one: one.state == "waiting")
            standing._add_waited(case.waiting_since, max(now, case.waiting_since))
            standing._reckon_again()
            standing.write({"state": "running"})
            pause.write({"until": max(now, pause.since)})
            case.waiting_since = False

    # WHAT CHANGES LATER

    def write(self, vals):
        """Deadlines follow a corrected day of receipt and a situation that was judged anew."""
        result = super().write(vals)
        if vals.keys() & {"received_at", "situation", "kind"}:
            self.sudo()._judge_clocks_anew()
        return result

    def _judge_clocks_anew(self):
        desks = self.env["hcrm.complaint.desk"]
        for company, cases in self.grouped("company_id").items():
            pack = desks._find_regulation(company)
            for case in cases:
                chosen = {one.duty: one for one in pack._choose(case)}
                for clock in case._get_running():
                    limit = chosen.get(clock.duty)
                    if limit and limit != clock.rule_id:
                        clock.write(
                            {"rule_id": limit.id, "amount": limit.amount, "unit": limit.unit}
                        )
                    if clock.rule_id.starts_on == "received":
                        clock.started_at = case.received_at
                    clock._reckon_again()
        self._follow_clocks()
