from collections import defaultdict
from datetime import datetime, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..tools import workdays
from ..tools.promise_rate import SMALL, Cell, fold_small, rate

MONTHS = 13
DAYS = 90
#: Fewer cases are not counted aloud: a count of one is a person.
TOLD_FROM = SMALL
SECONDS = {"minutes": 60, "hours": 3600, "days": 86400}


class HcrmPromiseMeasureMixin(models.AbstractModel):
    """Reads from the records how a promise is kept: one statement for each question.

    A case is *kept* if it ended in time, *broken* if it ended late or is late without an end,
    *waiting* while time runs; where the clock does not count cases without an end they are
    *missing*, and told as such.
    """

    _name = "hcrm.promise.measure.mixin"
    _description = "Measuring of Promises"

    may_keep = fields.Boolean(compute="_compute_may_keep", export_string_translation=False)

    @api.depends_context("uid")
    def _compute_may_keep(self):
        """Who keeps the promise is who may change it: their buttons are for nobody else."""
        kept = self._origin._filtered_access("write")
        may_write = self.browse().has_access("write")
        for promise in self:
            promise.may_keep = promise._origin in kept if promise._origin else may_write

    def action_measure(self):
        """Measure now; exact figures are those of terms that do not change any more."""
        self.check_access("write")
        for promise in self:
            promise._require_state("approved", "published", "superseded")
            promise.sudo()._measure()
        return True

    def _cron_measure(self):
        """Measure what is in force or about to be; one that fails does not stop the others.

        What was replaced is measured on: its last cases end later, and some news comes late.
        """
        late = fields.Datetime.now() - timedelta(days=DAYS)
        in_force = Domain("state", "in", ("approved", "published"))
        promises = self.search(
            in_force | (Domain("state", "=", "superseded") & Domain("superseded_at", ">=", late))
        )
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=len(promises))
        for batch in split_every(1, promises.ids, self.browse):
            batch._measure_safely()
            if not commit(1):
                break

    def _measure_safely(self):
        """Measure; a clock that cannot be read leaves its reason on the promise."""
        try:
            with self.env.cr.savepoint():
                self._measure()
        except (UserError, ValueError) as error:
            self.measure_error = str(error)

    def _measure(self, now=None):
        """Write the results of the last 13 months and the rate of the last 90 days."""
        self.ensure_one()
        now = now or fields.Datetime.now()
        self.lock_for_update()
        today = self._local_day(now)
        first = today.replace(day=1) - relativedelta(months=MONTHS - 1)
        self._write_results(first, self._count_months(first, now))
        counts = self._without_few(self._count_since(today - timedelta(days=DAYS), now))
        self.write(
            {
                "case_count": counts["kept"] + counts["broken"],
                "kept_count": counts["kept"],
                "broken_count": counts["broken"],
                "waiting_count": counts["waiting"],
                "missing_count": counts["missing"],
                "rate": rate(counts["kept"], counts["broken"]) or 0.0,
                "measured_at": now,
                "measure_error": False,
            }
        )
        self._warn_below_target()

    @staticmethod
    def _without_few(counts):
        """Return the counts, nought where there are too few of them to be told."""
        if counts["kept"] + counts["broken"] < TOLD_FROM:
            told = counts | {"kept": 0, "broken": 0}
            return dict.fromkeys(counts, 0) if sum(counts.values()) < TOLD_FROM else told
        return counts

    def _write_results(self, first, months):
        """Make the months since ``first`` anew; older ones are history."""
        self.result_ids.filtered(lambda result: result.month >= first).unlink()
        self.env["hcrm.promise.result"].create(
            [
                {
                    "promise_id": self.id,
                    "month": month,
                    "department_id": cell.department,
                    "total": cell.total,
                    "kept": cell.kept,
                    "broken": cell.broken,
                    "waiting": cell.waiting,
                }
                for month, cells in months.items()
                for cell in fold_small(cells)
            ]
        )

    def _count_months(self, first, now):
        """Return {first of month: [Cell]} since ``first``, a local date."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH judged AS (%(judged)s)
                SELECT date_trunc('month', started AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                       department_id,
                       COUNT(*) FILTER (WHERE verdict <> 'missing'),
                       COUNT(*) FILTER (WHERE verdict = 'kept'),
                       COUNT(*) FILTER (WHERE verdict = 'broken'),
                       COUNT(*) FILTER (WHERE verdict = 'waiting')
                  FROM judged
                 GROUP BY 1, 2
                """,
                judged=self._select_judged(first, now, in_force=True),
                zone=self._zone().zone,
            )
        )
        months = defaultdict(list)
        for month, *cell in rows:
            if cell[1]:
                months[month].append(Cell(*cell))
        return months

    def _count_since(self, first, now):
        """Return {verdict: number of cases} since ``first``, a local date."""
        rows = self.env.execute_query(
            SQL(
                "WITH judged AS (%s) SELECT verdict, COUNT(*) FROM judged GROUP BY verdict",
                self._select_judged(first, now, in_force=True),
            )
        )
        return dict.fromkeys(("kept", "broken", "waiting", "missing"), 0) | dict(rows)

    def _select_judged(self, first, now, in_force=False):
        """Return SQL of (id, started, department_id, seconds, verdict) of all cases since.

        :param in_force: only those to which this version of the promise was made
        """
        zone = self._zone()
        since = zone.localize(datetime.combine(first, datetime.min.time()))
        since, until = since.astimezone(pytz.utc).replace(tzinfo=None), now
        if in_force:
            told, until = self._force_span(now)
            since = max(since, told or since)
        cases = self.clock_id._select_cases(self.company_id, zone.zone, since, until)
        deadline, join = self._deadline_sql(first, now)
        return SQL(
            """
            SELECT cases.id, started, department_id,
                   EXTRACT(epoch FROM COALESCE(ended, %(now)s) - started) AS seconds,
                   CASE WHEN ended <= %(deadline)s THEN 'kept'
                        WHEN ended > %(deadline)s THEN 'broken'
                        WHEN %(ignore)s THEN 'missing'
                        WHEN %(now)s > %(deadline)s THEN 'broken'
                        ELSE 'waiting' END AS verdict
              FROM (SELECT id, started, department_id,
                           -- an end that lies ahead is a plan
                           CASE WHEN ended <= %(now)s THEN ended END AS ended
                      FROM (%(cases)s) AS found) AS cases %(join)s
             WHERE %(department)s
            """,
            now=now,
            deadline=deadline,
            ignore=self.clock_id.without_end == "ignore",
            cases=cases,
            join=join,
            department=self._department_sql(),
        )

    def _department_sql(self):
        if not self.department_id:
            return SQL("TRUE")
        own = self.env["hr.department"].sudo().search([("id", "child_of", self.department_id.id)])
        return SQL("department_id = ANY(%s)", own.ids)

    def _deadline_sql(self, first, now):
        """Return (SQL of the deadline in UTC, SQL of the join it needs)."""
        if self.limit_unit in SECONDS:
            seconds = self.limit_value * SECONDS[self.limit_unit]
            return SQL("started + %s * interval '1 second'", seconds), SQL()
        zone = self._zone().zone
        last_days = self._last_days(first, now.date() + timedelta(days=1))
        local_day = SQL("(started AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", zone)
        join = SQL(
            "LEFT JOIN unnest(%s::date[], %s::date[]) AS plan(day, last_day) ON plan.day = %s",
            list(last_days),
            list(last_days.values()),
            local_day,
        )
        end = SQL("((plan.last_day + 1)::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC')", zone)
        return end, join

    def _last_days(self, first, last):
        """Return {local day: last working day in time} on the hospital's calendar."""
        until = workdays.horizon(last, self.limit_value)
        days = self.company_id.resource_calendar_id._hcrm_workdays(first, until)
        return workdays.deadlines(days, first, last, self.limit_value)

    def _local_day(self, now):
        """Return the hospital's date at a moment in UTC."""
        return pytz.utc.localize(now).astimezone(self._zone()).date()

    def _zone(self):
        return pytz.timezone(self.company_id.resource_calendar_id.tz or "UTC")

    # what was not kept
    def _select_broken_ids(self, now=None, limit=2000):
        """Return the ids of the newest broken cases of the last 90 days."""
        now = now or fields.Datetime.now()
        first = self._local_day(now) - timedelta(days=DAYS)
        rows = self.env.execute_query(
            SQL(
                """
                WITH judged AS (%s)
                SELECT id FROM judged WHERE verdict = 'broken' ORDER BY started DESC LIMIT %s
                """,
                self._select_judged(first, now, in_force=True),
                limit,
            )
        )
        return [row[0] for row in rows]

    def _require_clock(self):
        """Raise where a promise of today's records cannot be read any more."""
        for promise in self:
            if not promise.clock_id.active:
                raise ValidationError(
                    self.env._("The clock of %(promise)s is archived.", promise=promise.name)
                )
