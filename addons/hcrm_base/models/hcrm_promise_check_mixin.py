from math import ceil

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.promise_rate import ENOUGH, Past, every_tenth, judge, told, told_rate

UNIT_SECONDS = {"minutes": 60, "hours": 3600, "days": 86400, "workdays": 86400}


class HcrmPromiseCheckMixin(models.AbstractModel):
    """Asks the records, before a promise is made, whether it could be kept.

    Terms may still change, so the question can be asked again and again: every answer moves in
    steps of ten cases, and the verdict is given on these answers. The difference of two of them
    tells of nobody.
    """

    _name = "hcrm.promise.check.mixin"
    _description = "Feasibility of Promises"

    def action_check(self):
        """Ask the records whether the promise could have been kept.

        For those who keep promises; a leader asks about what waits for approval.
        """
        self.check_access("read")
        is_leader = self.env.user.has_group("hcrm_base.group_leader")
        if not is_leader or any(promise.state != "review" for promise in self):
            self.check_access("write")
        for promise in self:
            promise._require_state("draft", "review")
            promise.sudo()._check_feasibility()
        return True

    def _check_feasibility(self, now=None):
        """Write what the last year says: rates, and a limit that holds."""
        self.ensure_one()
        now = now or fields.Datetime.now()
        first = self._local_day(now) - relativedelta(years=1)
        facts = self._past_facts(first, now)
        worst_id, worst_rate = self._worst_department(first, now)
        past = Past(
            cases=facts["cases"],
            rate=told_rate(facts["kept"], facts["cases"]),
            worst_rate=worst_rate,
            busy_rate=self._busy_rate(first, now),
            missing=facts["missing"],
        )
        monthly_cost = self.remedy_cost * told(facts["cases"] - facts["kept"]) / 12
        verdict = judge(past, self.target_rate, monthly_cost, self.remedy_budget or None)
        self.write(
            {
                "check_level": verdict.level,
                "check_reasons": list(verdict.reasons),
                "checked_at": now,
                "past_cases": told(facts["cases"]),
                "past_rate": past.rate or 0.0,
                "past_missing": told(facts["missing"]),
                "past_busy_rate": past.busy_rate or 0.0,
                "past_worst_rate": worst_rate or 0.0,
                "past_worst_department_id": worst_id,
                "monthly_cost": monthly_cost,
                **self._past_limits(first, now, facts["cases"]),
            }
        )

    def _past_facts(self, first, now):
        [row] = self.env.execute_query_dict(
            SQL(
                """
                WITH judged AS (%s)
                SELECT COUNT(*) FILTER (WHERE verdict IN ('kept', 'broken')) AS cases,
                       COUNT(*) FILTER (WHERE verdict = 'kept') AS kept,
                       COUNT(*) FILTER (WHERE verdict = 'missing') AS missing
                  FROM judged
                """,
                self._select_judged(first, now),
            )
        )
        return row

    def _past_limits(self, first, now, cases):
        """Return the times within which half, and the wanted share, of the cases ended.

        Whole units, at every tenth case: else each wanted share would tell one case's time.
        """
        shares = [every_tenth(share, cases) for share in (0.5, self.target_rate / 100)]
        if None in shares:
            return {"past_median": 0.0, "safe_limit": 0.0}
        [(times,)] = self.env.execute_query(
            SQL(
                """
                WITH judged AS (%s)
                SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY seconds)
                  FROM judged WHERE verdict IN ('kept', 'broken')
                """,
                self._select_judged(first, now),
                shares,
            )
        )
        unit = UNIT_SECONDS[self.limit_unit]
        median, safe = (ceil(float(time) / unit) for time in times)
        return {"past_median": median, "safe_limit": safe}

    def _worst_department(self, first, now):
        """Return (id, rate) of the department that kept it least, of those with enough cases."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH judged AS (%s)
                SELECT department_id, COUNT(*) FILTER (WHERE verdict = 'kept'), COUNT(*)
                  FROM judged
                 WHERE verdict IN ('kept', 'broken') AND department_id IS NOT NULL
                 GROUP BY department_id
                HAVING COUNT(*) >= %s
                """,
                self._select_judged(first, now),
                ENOUGH,
            )
        )
        rates = [(told_rate(kept, cases), department) for department, kept, cases in rows]
        worst_rate, worst_id = min(rates, default=(None, False))
        return worst_id, worst_rate

    def _busy_rate(self, first, now):
        """Return the rate on the busiest tenth of the days; None with too few cases on them."""
        [(kept, cases)] = self.env.execute_query(
            SQL(
                """
                WITH judged AS (%(judged)s),
                     days AS (SELECT COUNT(*) AS cases,
                                     COUNT(*) FILTER (WHERE verdict = 'kept') AS kept
                                FROM judged
                               WHERE verdict IN ('kept', 'broken')
                               GROUP BY (started AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date),
                     ranked AS (SELECT kept, cases, ntile(10) OVER (ORDER BY cases DESC) AS tenth
                                  FROM days)
                SELECT COALESCE(SUM(kept), 0)::bigint, COALESCE(SUM(cases), 0)::bigint
                  FROM ranked WHERE tenth = 1
                """,
                judged=self._select_judged(first, now),
                zone=self._zone().zone,
            )
        )
        return told_rate(kept, cases) if cases >= ENOUGH else None
