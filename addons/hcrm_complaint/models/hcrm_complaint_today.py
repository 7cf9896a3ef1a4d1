from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, format_datetime

#: So many cases of a part are shown; the rest is behind its number.
ROWS = 6


class HcrmComplaintToday(models.AbstractModel):
    """What is on somebody's desk today, in the order in which it wants to be done.

    Everything is asked under the reader's rights: a part never counts a case that its list hides.
    """

    _name = "hcrm.complaint.today"
    _description = "My Desk Today"

    @api.model
    def get_today(self):
        """Return ``parts`` (name, label, help, count, domain, rows), ``tasks`` and, for service
        managers, ``desks`` and ``figures``."""
        parts = [self._read_part(*part) for part in self._get_parts()]
        told = {"parts": parts, "tasks": self._get_tasks()}
        if self.env.user.has_group("hcrm_base.group_service_manager"):
            told |= {"desks": self._get_desks(), "figures": self._get_figures()}
        return told

    @api.model
    def _get_parts(self):
        """Return (name, label, hint, domain) of each part; a case stands in the first that fits.

        Whom a case is about is asked before, and beside what else is to be done with it.
        """
        now, end = fields.Datetime.now(), self._get_end_of_today()
        mine = Domain("is_at_my_desk", "=", True) | Domain("user_id", "=", self.env.uid)
        running = Domain("waiting_since", "=", False)
        offered = Domain("is_offered_to_me", "=", True)
        late = running & Domain("next_due_at", "<", now)
        today = running & Domain("next_due_at", ">=", now) & Domain("next_due_at", "<=", end)
        free = Domain("user_id", "=", False)
        later = Domain("next_due_at", "=", False) | Domain("next_due_at", ">", end)
        parts = [
            ("offered", self.env._("Offered to you"), self.env._("Take over or decline"), offered),
            ("late", self.env._("Overdue"), self.env._("The clock has run out"), mine & late),
            ("due", self.env._("Due today"), self.env._("Before the day is over"), mine & today),
            (
                "free",
                self.env._("Nobody has taken these yet"),
                self.env._("At your desk"),
                mine & free & later,
            ),
            (
                "mine",
                self.env._("In your hand"),
                self.env._("Due later"),
                Domain("user_id", "=", self.env.uid) & later & running,
            ),
            (
                "waiting",
                self.env._("Waiting for the person"),
                self.env._("The clocks stand"),
                mine & Domain("waiting_since", "!=", False),
            ),
        ]
        if self.env.user._hcrm_is_complaint_office():
            label, hint = self.env._("Staff told, not linked"), self.env._("Hidden from nobody yet")
            told = mine & Domain("has_unlinked_staff", "=", True)
            parts.insert(0, ("unlinked", label, hint, told))
        opened = Domain("is_open", "=", True)
        return [(name, label, hint, opened & domain) for name, label, hint, domain in parts]

    @api.model
    def _get_end_of_today(self):
        """Return the end of the reader's day in UTC."""
        zone = pytz.timezone(self.env.user.tz or self.env.company.resource_calendar_id.tz or "UTC")
        day = datetime.now(zone).date() + timedelta(days=1)
        return (
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
        )

    @api.model
    def _read_part(self, name, label, hint, domain):
        cases = self.env["hcrm.complaint"]
        found = cases.search(domain, order="next_due_at, id", limit=ROWS)
        kinds = dict(cases._fields["kind"]._description_selection(self.env))
        states = dict(cases._fields["state"]._description_selection(self.env))
        return {
            "name": name,
            "label": label,
            "hint": hint,
            "count": len(found) if len(found) < ROWS else cases.search_count(domain),
            "domain": list(domain),
            "rows": [
                {
                    "id": case.id,
                    "number": case.number,
                    "name": case.name,
                    "kind": kinds[case.kind],
                    "state": states[case.state],
                    "department": case.department_id.name or "",
                    "handler": case.user_id.name or "",
                    "due": format_datetime(self.env, case.next_due_at, dt_format="short")
                    if case.next_due_at
                    else "",
                    "is_danger": case.is_danger,
                    "is_ping_pong": case.is_ping_pong,
                }
                for case in found
            ],
        }

    @api.model
    def _get_tasks(self):
        """Return this user's activities on cases, due first: call-backs, explanations, reviews."""
        found = self.env["mail.activity"].search(
            [("res_model", "=", "hcrm.complaint"), ("user_id", "=", self.env.uid)],
            order="date_deadline, id",
            limit=ROWS * 2,
        )
        today = fields.Date.context_today(self)
        cases = self.env["hcrm.complaint"].browse(found.mapped("res_id"))
        readable = set(cases._filtered_access("read").ids)
        return [
            {
                "id": one.id,
                "case_id": one.res_id,
                "label": one.summary or one.activity_type_id.name,
                "number": one.res_name,
                "due": format_date(self.env, one.date_deadline),
                "is_late": one.date_deadline < today,
            }
            for one in found
            if one.res_id in readable
        ]

    @api.model
    def _get_desks(self):
        """Return for each desk how many cases it has, how many are late and in nobody's hand."""
        cases, now = self.env["hcrm.complaint"], fields.Datetime.now()
        opened = Domain("is_open", "=", True)
        late = opened & Domain("waiting_since", "=", False) & Domain("next_due_at", "<", now)
        free = opened & Domain("user_id", "=", False)
        counts = {
            name: {
                desk: count for desk, count in cases._read_group(domain, ["desk_id"], ["__count"])
            }
            for name, domain in (("open", opened), ("late", late), ("free", free))
        }
        oldest = dict(cases._read_group(opened, ["desk_id"], ["received_at:min"]))
        return [
            {
                "id": desk.id,
                "name": desk.name,
                **{name: counts[name].get(desk, 0) for name in counts},
                "oldest": (now - oldest[desk]).days,
            }
            for desk in sorted(counts["open"], key=lambda one: -counts["late"].get(one, 0))
        ]

    @api.model
    def _get_figures(self):
        """Return the manager's numbers: (name, label, number, domain)."""
        now = fields.Datetime.now()
        opened = Domain("is_open", "=", True)
        month = now - timedelta(days=30)
        figures = [
            ("open", self.env._("Open cases"), opened),
            (
                "late",
                self.env._("Overdue"),
                opened & Domain("waiting_since", "=", False) & Domain("next_due_at", "<", now),
            ),
            ("free", self.env._("In nobody's hand"), opened & Domain("user_id", "=", False)),
            (
                "ping_pong",
                self.env._("Passed back and forth"),
                opened & Domain("is_ping_pong", "=", True),
            ),
            (
                "high",
                self.env._("With the leaders"),
                opened & Domain("level", "in", ("3", "4", "5")),
            ),
            ("month", self.env._("Received in 30 days"), Domain("received_at", ">=", month)),
        ]
        cases = self.env["hcrm.complaint"]
        return [
            {
                "name": name,
                "label": label,
                "count": cases.search_count(domain),
                "domain": list(domain),
            }
            for name, label, domain in figures
        ]
