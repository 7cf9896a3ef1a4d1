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
            case.next_clock_text = f"{duties[first.duty]}: {due}" if first else False

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

    @api.model
    def _prepare_first_clocks(self, vals_list):
        """Return the values of the clocks that receipt starts, a list for each case to be made.

        The first deadline goes into the values of the case itself.
        """
        begun, now = [], self._now()
        for vals in vals_list:
            limits = self._get_limits(vals["company_id"], vals["kind"], vals.get("situation"))
            started_at = fields.Datetime.to_datetime(vals.get("received_at")) or now
            begun.append(
                [
                    _prepare_clock(limit, vals["company_id"], started_at)
                    for limit in limits
                    if limit.starts_on == "received"
                ]
            )
        self.env["hcrm.complaint.clock"]._reckon([row for rows in begun for row in rows])
        for vals, rows in zip(vals_list, begun, strict=True):
            vals["next_due_at"] = min((row["due_at"] for row in rows), default=False)
        return begun

    @api.model
    def _get_limits(self, company_id, kind, situation):
        """Return the time limits for a case, from memory."""
        situation = situation or "complex"
        return self.env["hcrm.complaint.hospital"]._get_limits(company_id, kind, situation)

    def _create_first_clocks(self, begun):
        """Begin what ``_prepare_first_clocks`` prepared."""
        self.env["hcrm.complaint.clock"].sudo().create(
            [
                row | {"complaint_id": case.id}
                for case, rows in zip(self, begun, strict=True)
                for row in rows
            ]
        )

    def _begin_clocks(self, event):
        """Begin the clocks that an event starts (``accepted``, ``asked``, ``answered``;
        ``reopened``: the time to answer runs anew), for any number of cases at once. Under sudo."""
        rows_sudo = self.env["hcrm.complaint.clock"].sudo()
        running = {
            (case.id, duty)
            for case, duty, _count in rows_sudo._read_group(
                [("complaint_id", "in", self.ids), ("state", "in", RUNNING)],
                ["complaint_id", "duty"],
                ["__count"],
            )
        }
        rows, now = [], self._now()
        for case in self:
            company_id = case.company_id.id
            for limit in self._get_limits(company_id, case.kind, case.situation):
                begins = limit.starts_on == event or (
                    event == "reopened" and limit.duty == "answer"
                )
                if begins and (case.id, limit.duty) not in running:
                    rows.append(_prepare_clock(limit, company_id, now) | {"complaint_id": case.id})
        rows_sudo.create(rows_sudo._reckon(rows))
        self._follow_clocks()

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
        for case in self:
            limits = self._get_limits(case.company_id.id, case.kind, case.situation)
            chosen = {one.duty: one for one in limits}
            for clock in case._get_running():
                limit = chosen.get(clock.duty)
                if limit and limit.id != clock.rule_id.id:
                    clock.write({"rule_id": limit.id, "amount": limit.amount, "unit": limit.unit})
                if clock.rule_id.starts_on == "received":
                    clock.started_at = case.received_at
                clock._reckon_again()
        self._follow_clocks()


def _prepare_clock(limit, company_id, started_at):
    return {
        "company_id": company_id,
        "duty": limit.duty,
        "rule_id": limit.id,
        "amount": limit.amount,
        "unit": limit.unit,
        "started_at": started_at,
    }
