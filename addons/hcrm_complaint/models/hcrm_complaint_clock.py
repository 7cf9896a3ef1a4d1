import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools import clocks
from .hcrm_regulation_clock import DUTIES, UNITS


class HcrmComplaintClock(models.Model):
    """One duty of one case with its time: what it is, since when, until when, and how it ended.

    The amount is that of the rule when the clock began: a pack that changes later does not change
    what was due.
    """

    _name = "hcrm.complaint.clock"
    _description = "Clock of a Case"
    _order = "due_at, id"
    _rec_name = "duty"
    _hcrm = Governance(
        data_class="complaint",
        retention="log",
        dated="started_at",
        expiry="keep",
        note="names no customer; goes with the case",
    )

    complaint_id = fields.Many2one(
        "hcrm.complaint", string="Case", required=True, readonly=True, index=True,
        ondelete="cascade",
    )  # fmt: skip
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, index=True
    )
    department_id = fields.Many2one(related="complaint_id.department_id", string="Department")
    duty = fields.Selection(selection=DUTIES, required=True, readonly=True)
    rule_id = fields.Many2one(
        "hcrm.regulation.clock", readonly=True, ondelete="set null",
        index="btree_not_null",
    )  # fmt: skip
    amount = fields.Integer(required=True, readonly=True, aggregator=None)
    unit = fields.Selection(selection=UNITS, required=True, readonly=True)
    started_at = fields.Datetime(string="Began", required=True, readonly=True)
    waited = fields.Integer(
        readonly=True,
        aggregator=None,
        help="What pauses added: days of the unit, seconds for hours.",
    )
    due_at = fields.Datetime(string="Due", required=True, readonly=True)
    met_at = fields.Datetime(string="Done", readonly=True)
    state = fields.Selection(
        selection=[
            ("running", "Running"),
            ("waiting", "Stands"),
            ("met", "In time"),
            ("late", "Too late"),
            ("ended", "No longer due"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    is_breached = fields.Boolean(
        string="Broken", compute="_compute_is_breached", search="_search_is_breached"
    )
    explanation = fields.Text(string="How it is counted", compute="_compute_explanation")
    breach_text = fields.Text(string="Why it was broken", compute="_compute_breach_text")

    _one_running = models.UniqueIndex(
        "(complaint_id, duty) WHERE state IN ('running', 'waiting')",
        "This duty has a running clock already.",
    )
    _running_idx = models.Index("(due_at) WHERE state = 'running'")
    _judged_idx = models.Index("(company_id, duty, started_at)")

    @api.depends("state", "due_at")
    def _compute_is_breached(self):
        now = fields.Datetime.now()
        for clock in self:
            clock.is_breached = clock.state == "late" or (
                clock.state == "running" and clock.due_at < now
            )

    def _search_is_breached(self, operator, value):
        if operator != "in":
            return NotImplemented
        running = Domain("state", "=", "running") & Domain("due_at", "<", fields.Datetime.now())
        return Domain("state", "=", "late") | running

    # RECKONING

    @api.model
    def _reckon(self, rows):
        """Put ``due_at`` into rows of values, the calendar of each hospital read once."""
        by_company = {}
        for row in rows:
            by_company.setdefault(row["company_id"], []).append(row)
        for company_id, some in by_company.items():
            hospital = self.env["hcrm.complaint.hospital"]._get(company_id)
            calendar = self.env["resource.calendar"].browse(hospital.calendar_id)
            zone = pytz.timezone(hospital.zone_name)
            workdays = self._get_workdays(calendar, zone, some)
            known = {}
            for row in some:
                day = clocks.local_day(row["started_at"], zone)
                waited = row.get("waited") or 0
                key = (row["unit"] == clocks.HOURS and row["started_at"]) or day
                key = (key, row["amount"], row["unit"], waited)
                if key not in known:
                    known[key] = clocks.due(
                        row["started_at"], row["amount"], row["unit"], zone, workdays, waited
                    )
                row["due_at"] = known[key]
        return rows

    @api.model
    def _get_workdays(self, calendar, zone, rows):
        """Return the working days that these rows may need, or none."""
        spans = [
            (
                day := clocks.local_day(row["started_at"], zone),
                clocks.horizon(day, row["amount"], row.get("waited") or 0),
            )
            for row in rows
            if row["unit"] == clocks.WORKING_DAYS
        ]
        if not spans:
            return ()
        first, last = min(day for day, _until in spans), max(until for _day, until in spans)
        return sorted(calendar._hcrm_workdays(first, last))

    def _reckon_again(self):
        """Follow a changed beginning, amount or pause."""
        rows = [
            {
                "clock": clock,
                "company_id": clock.company_id.id,
                "started_at": clock.started_at,
                "amount": clock.amount,
                "unit": clock.unit,
                "waited": clock.waited,
            }
            for clock in self
        ]
        for row in self._reckon(rows):
            if row["clock"].due_at != row["due_at"]:
                row["clock"].due_at = row["due_at"]

    def _add_waited(self, since, until):
        """Add a pause to clocks that know waiting."""
        for clock in self:
            calendar = clock.company_id.sudo().resource_calendar_id
            zone = calendar._hcrm_zone()
            workdays = ()
            if clock.unit == clocks.WORKING_DAYS:
                first, last = clocks.local_day(since, zone), clocks.local_day(until, zone)
                workdays = calendar._hcrm_workdays(first, last)
            clock.waited += clocks.waited(since, until, clock.unit, zone, workdays)

    def _may_pause(self):
        """True if the clock stands while we wait; a rule that was deleted forbids nothing."""
        return not self.rule_id or self.rule_id.may_pause

    # IN WORDS

    @api.depends("amount", "unit", "started_at", "waited", "due_at", "rule_id", "state")
    @api.depends_context("lang", "tz")
    def _compute_explanation(self):
        for clock in self:
            clock.explanation = clock._explain()

    def _explain(self):
        """Say how the deadline is counted: rule, beginning, holidays, waiting, end."""
        zone = self.company_id.sudo().resource_calendar_id._hcrm_zone()
        first = clocks.local_day(self.started_at, zone)
        last = clocks.local_day(self.due_at, zone)
        units = dict(self._fields["unit"]._description_selection(self.env))
        time = self.env._("%(amount)s %(unit)s", amount=self.amount, unit=units[self.unit].lower())
        if self.unit == clocks.HOURS:
            text = self.env._(
                "%(time)s from %(start)s", time=time, start=self._tell(self.started_at)
            )
        else:
            text = self.env._(
                "%(time)s, counted from the day after %(day)s",
                time=time,
                day=format_date(self.env, first),
            )
        parts = [text, *self._explain_calendar(first, last)]
        if self.waited:
            waited = self.waited // 3600 if self.unit == clocks.HOURS else self.waited
            parts.append(
                self.env._(
                    "%(days)s %(unit)s of waiting added", days=waited, unit=units[self.unit].lower()
                )
            )
        parts.append(self.env._("due until the end of %(day)s", day=format_date(self.env, last)))
        if self.rule_id.source:
            parts.append(f"{self.rule_id.regulation_id.name}, {self.rule_id.source}")
        return "; ".join(parts)

    def _explain_calendar(self, first, last):
        """Name the holidays left out and the made-up days counted between two local dates."""
        if self.unit != clocks.WORKING_DAYS:
            return []
        parts = []
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id", "=", False),
                    ("calendar_id", "in", (self.company_id.sudo().resource_calendar_id.id, False)),
                    ("date_from", "<=", self.due_at),
                    ("date_to", ">=", self.started_at),
                ]
            )
        )
        if leaves:
            names = ", ".join(dict.fromkeys(filter(None, leaves.mapped("name"))))
            parts.append(self.env._("holidays left out: %(names)s", names=names or len(leaves)))
        made_up = (
            self.env["hcrm.makeup.day"]
            .sudo()
            .search([("date", ">", first), ("date", "<=", last)], order="date")
        )
        if made_up:
            days = ", ".join(format_date(self.env, one.date) for one in made_up)
            parts.append(self.env._("made-up workdays counted: %(days)s", days=days))
        return parts

    @api.depends("state", "due_at", "met_at", "complaint_id.handover_ids")
    @api.depends_context("lang", "tz")
    def _compute_breach_text(self):
        for clock in self:
            clock.breach_text = clock._explain_breach() if clock.is_breached else False

    def _explain_breach(self):
        """Say how late it is and at which desks the time went."""
        end = self.met_at or fields.Datetime.now()
        late = end - self.due_at
        told = {
            "due": self._tell(self.due_at),
            "days": late.days,
            "hours": late.seconds // 3600,
        }
        if self.met_at:
            text = self.env._(
                "Due %(due)s, done %(end)s: %(days)s days %(hours)s hours too late.",
                end=self._tell(end),
                **told,
            )
        else:
            text = self.env._(
                "Due %(due)s, not done yet: %(days)s days %(hours)s hours too late.", **told
            )
        spent = ", ".join(
            self.env._("%(desk)s %(days)s days", desk=desk.name, days=round(seconds / 86400, 1))
            for desk, seconds in self._get_spent(end).items()
            if seconds >= 3600
        )
        if not spent:
            return text
        where = self.env._("Where the time went: %(spent)s.", spent=spent)
        return f"{text} {where}"

    def _get_spent(self, end):
        """Return {desk: seconds} between the beginning and ``end``, from the custody ledger."""
        spent, desk, since = {}, None, self.started_at
        ledger = self.complaint_id.sudo().handover_ids.filtered("is_giving").sorted("id")
        for row in ledger:
            at = min(max(row.done_at, self.started_at), end)
            if desk:
                spent[desk] = spent.get(desk, 0) + (at - since).total_seconds()
            desk, since = row.desk_id, at
        if desk:
            spent[desk] = spent.get(desk, 0) + (end - since).total_seconds()
        return spent

    def _tell(self, moment):
        return format_datetime(self.env, moment, dt_format="short")
