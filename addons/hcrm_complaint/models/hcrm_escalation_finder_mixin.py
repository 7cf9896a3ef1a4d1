from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import clocks, ladder

#: Something is still owed to the person.
UNANSWERED = ("new", "accepted", "working", "approval")


class HcrmEscalationFinderMixin(models.AbstractModel):
    """Finds the cases on which rules of the ladder act: a few statements for each rule."""

    _name = "hcrm.escalation.finder.mixin"
    _description = "Finds Cases to Pass Up"

    @api.model
    def _find_due(self, now=None):
        """Return {case: rules that hold and have not acted}. Under sudo.

        A case that somebody archived is no less due: hiding is no way out.
        """
        now, found = now or fields.Datetime.now(), {}
        # pylint: disable=no-search-all
        for rule in self.search([]).with_context(active_test=False):
            for case in rule._find_cases(now):
                found[case] = found.get(case, self.browse()) | rule
        return self._leave_out_done(found)

    def _find_by_fact(self, cases):
        """Return {case: rules of ``self``} for facts of these cases, asked in memory."""
        found = {}
        for rule in self:
            domain = rule._get_case_domain() & rule._get_fact_domain()
            for case in cases.filtered_domain(domain):
                found[case] = found.get(case, self.browse()) | rule
        return self._leave_out_done(found) if found else found

    @api.model
    def _leave_out_done(self, found):
        """Return what is left of {case: rules} without those that acted in this turn."""
        ids = [case.id for case in found]
        done = {
            (row.complaint_id.id, row.rule_id.id, row.turn)
            for row in self.env["hcrm.complaint.raise"].search([("complaint_id", "in", ids)])
        }
        left = {
            case: rules.filtered(
                lambda rule, case=case: (case.id, rule.id, case.reopened_count) not in done
            )
            for case, rules in found.items()
        }
        return {case: rules for case, rules in left.items() if rules}

    def _find_cases(self, now):
        """Return the cases on which this rule may act now."""
        self.ensure_one()
        if self.ground == "share":
            return self._find_share(now)
        if self.ground == "stay":
            return self._find_stay(now)
        cases = self.env["hcrm.complaint"]
        return cases.search(self._get_case_domain() & self._get_fact_domain())

    # TIME OF A DUTY

    def _find_share(self, now):
        """Return the cases of which a duty has used up its share of time; what stands is not
        asked."""
        domain = Domain("state", "=", "running") & Domain(
            "complaint_id", "any", self._get_case_domain()
        )
        if self.duty:
            domain &= Domain("duty", "=", self.duty)
        wanted = ["complaint_id", "company_id", "started_at", "amount", "unit", "waited", "due_at"]
        rows = self.env["hcrm.complaint.clock"].search_read(domain, wanted, load=None)
        found = {
            row["complaint_id"]
            for row, zone, workdays in self._with_workdays(rows)
            if now
            >= ladder.alarm(
                row["started_at"],
                row["amount"],
                row["unit"],
                self.threshold,
                zone,
                due_at=row["due_at"],
                workdays=workdays,
                waited=row["waited"],
            )
        }
        return self.env["hcrm.complaint"].browse(sorted(found))

    @api.model
    def _with_workdays(self, rows):
        """Give each row with the zone and working days of its hospital, read once."""
        by_company = {}
        for row in rows:
            by_company.setdefault(row["company_id"], []).append(row)
        for company_id, some in by_company.items():
            calendar = self.env["res.company"].browse(company_id).resource_calendar_id
            zone = calendar._hcrm_zone()
            workdays = self.env["hcrm.complaint.clock"]._get_workdays(calendar, zone, some)
            for row in some:
                yield row, zone, workdays

    # TIME ON A RUNG

    def _find_stay(self, now):
        """Return the unanswered cases that are too long on a rung; time waited is left out."""
        domain = self._get_case_domain() & Domain("desk_id.level", "=", self.level)
        domain &= Domain("state", "in", UNANSWERED) & Domain("waiting_since", "=", False)
        if self.is_untaken:
            domain &= Domain("user_id", "=", False)
        rows = [
            {
                "complaint_id": case_id,
                "company_id": company_id,
                "started_at": since,
                "amount": self.amount,
                "unit": self.unit,
            }
            for case_id, company_id, since in self._select_stays(domain)
        ]
        pauses = self._get_pauses([row["complaint_id"] for row in rows])
        for row, zone, workdays in self._with_workdays(rows):
            row["waited"] = sum(
                clocks.waited(begin, end, self.unit, zone, workdays)
                for begin, end in ladder.overlap(
                    pauses.get(row["complaint_id"], ()), row["started_at"], now
                )
            )
        found = [
            row["complaint_id"]
            for row, zone, workdays in self._with_workdays(rows)
            if now
            > clocks.due(row["started_at"], self.amount, self.unit, zone, workdays, row["waited"])
        ]
        return self.env["hcrm.complaint"].browse(found)

    def _select_stays(self, domain):
        """Return (case, hospital, since when): on the rung, whatever desks of it had the case, or
        opened again there; in nobody's hand since the last row."""
        cases = self.env["hcrm.complaint"]
        query = cases._search(domain)
        self.env["hcrm.complaint.handover"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT found.id, found.company_id,
                       CASE WHEN %(untaken)s THEN max(ledger.done_at) ELSE min(ledger.done_at) END
                  FROM hcrm_complaint AS found
                  JOIN hcrm_complaint_handover AS ledger
                    ON ledger.complaint_id = found.id AND ledger.is_giving
                   AND ledger.id > COALESCE((
                       SELECT max(before.id) FROM hcrm_complaint_handover AS before
                         JOIN hcrm_complaint_desk AS desk ON desk.id = before.desk_id
                        WHERE before.complaint_id = found.id AND before.is_giving
                          AND desk.level <> %(level)s), 0)
                   AND ledger.id >= COALESCE((
                       SELECT max(again.id) FROM hcrm_complaint_handover AS again
                        WHERE again.complaint_id = found.id AND again.event = 'reopened'), 0)
                 WHERE found.id IN %(cases)s
                 GROUP BY found.id
                """,
                untaken=self.is_untaken,
                level=self.level,
                cases=query.subselect(),
            )
        )

    @api.model
    def _get_pauses(self, case_ids):
        pauses = {}
        for row in self.env["hcrm.complaint.pause"].search([("complaint_id", "in", case_ids)]):
            pauses.setdefault(row.complaint_id.id, []).append((row.since, row.until or None))
        return pauses
