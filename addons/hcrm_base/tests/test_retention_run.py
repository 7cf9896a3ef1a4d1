import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..models import hcrm_retention_run, retention_records, retention_rows
from ..models.retention_steps import steps
from .retention_case import LONG_AGO

MODEL = "hcrm.segment.refresh"
NAME = "Retention of refreshes"
ROWS = 40


@tagged("post_install", "-at_install")
class TestRetentionRun(TransactionCase):
    """Real connections that commit; what they leave is removed by SQL at the end."""

    def setUp(self):
        super().setUp()
        self.patch(retention_rows, "ROWS", 5)
        with self.connection() as env:
            self.rule_id = env["hcrm.retention.rule"]._get_rules()["log"].id
            env["hcrm.retention.rule"].search([]).mode = "show"
            env["hcrm.retention.rule"].browse(self.rule_id).mode = "apply"
            segment = env["hcrm.segment"].create(
                {
                    "name": NAME,
                    "purpose": "test",
                    "kind": "fixed",
                    "owner_id": env.ref("base.user_admin").id,
                }
            )
            self.segment_id = segment.id
            env[MODEL].search([("segment_id", "=", segment.id)]).unlink()
            env.cr.execute(
                SQL(
                    """
                    INSERT INTO hcrm_segment_refresh (segment_id, refreshed_at, state)
                    SELECT %s, '2001-01-01'::timestamp + make_interval(days => day), 'done'
                      FROM generate_series(1, %s) day
                    """,
                    segment.id,
                    ROWS,
                )
            )
        self.addCleanup(self._remove)

    def _remove(self):
        tables = ("hcrm_retention_line", "hcrm_retention_run")
        with self.connection() as env:
            for table in tables:
                env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
            for statement in (
                "DELETE FROM hcrm_retention_line",
                "DELETE FROM hcrm_retention_run",
                "DELETE FROM hcrm_segment_refresh WHERE segment_id = %(segment)s",
                "DELETE FROM hcrm_segment_member WHERE segment_id = %(segment)s",
                "DELETE FROM hcrm_segment WHERE id = %(segment)s",
                "UPDATE hcrm_retention_rule SET mode = 'show'",
                "UPDATE hcrm_retention_rule SET mode = 'apply' WHERE kind = 'message'",
            ):
                env.cr.execute(statement, {"segment": self.segment_id})
            for table in tables:
                env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table)))

    @contextmanager
    def connection(self):
        """Give an environment on a connection of its own and commit at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _run(self, seconds=60):
        with self.connection() as env:
            return self._work(env, seconds)

    def _work(self, env, seconds=60):
        """Work as the scheduled action does; return what the run says it took."""
        rule = env["hcrm.retention.rule"].browse(self.rule_id)
        run = env["hcrm.retention.run"]._begin(rule)
        env.cr.commit()
        until = time.monotonic() + seconds
        run._end(run._apply(steps(rule), until))
        return run.row_count

    def _last(self, env):
        return env["hcrm.retention.run"].search([], limit=1)

    def _left(self):
        with self.connection() as env:
            return env[MODEL].search_count([("segment_id", "=", self.segment_id)])

    def test_cron(self):
        with self.connection() as env:
            env["hcrm.retention.run"]._cron_apply()
            run = env["hcrm.retention.run"].search([], limit=1)
            self.assertEqual((run.outcome, run.row_count), ("done", ROWS))
            self.assertEqual(len(run.line_ids), ROWS // 5, "a line for each batch")
            self.assertEqual(run.line_ids[0].oldest.year, 2001)
            self.assertEqual(set(run.line_ids.mapped("why_place")), {False}, "nothing failed")
            [total] = run._get_totals()
            self.assertEqual(total["rows"], ROWS)
        self.assertEqual(self._left(), 0)

    def test_two_workers(self):
        """Each row is taken once and counted once."""
        with self.connection() as one, self.connection() as two, ThreadPoolExecutor(2) as workers:
            counts = list(workers.map(self._work, (one, two)))
        self.assertEqual(sum(counts), ROWS)
        self.assertEqual(self._left(), 0)

    def test_rows_that_another_holds(self):
        """Locked rows are left for the next run and hold up nobody."""
        with self.connection() as env:
            env.cr.execute(
                SQL(
                    "SELECT 1 FROM hcrm_segment_refresh WHERE id IN (SELECT min(id) "
                    "FROM hcrm_segment_refresh WHERE segment_id = %s) FOR UPDATE",
                    self.segment_id,
                )
            )
            started = time.monotonic()
            self.assertEqual(self._run(), ROWS - 1)
            self.assertLess(time.monotonic() - started, 20)
        with self.connection() as env:
            run = self._last(env)
            self.assertEqual(run.outcome, "busy", "it was not all that was due")
            [line] = run.line_ids.filtered(lambda line: line.action == "busy")
            self.assertEqual((line.model_name, line.rows), (MODEL, 1))
            self.assertNotIn("busy", [total["line"].action for total in run._get_totals()])
        self.assertEqual(self._run(), 1)
        with self.connection() as env:
            self.assertEqual(self._last(env).outcome, "done")

    def test_in_use_for_a_moment(self):
        """What was in use when its turn came is tried again before the run ends."""
        with self.connection() as holder:
            holder.cr.execute(
                "SELECT 1 FROM hcrm_segment_refresh WHERE segment_id = %s FOR UPDATE",
                [self.segment_id],
            )
            # the first pause is none; who uses the rows lets go in the second
            pauses = iter((lambda: None, holder.cr.commit))
            with patch.object(hcrm_retention_run.time, "sleep", lambda _seconds: next(pauses)()):
                self.assertEqual(self._run(), ROWS)
        with self.connection() as env:
            self.assertEqual(self._last(env).outcome, "done")

    def test_a_person_in_use_does_not_hide_others(self):
        """Given whoever comes first is in use, the next person's records go all the same."""
        self.patch(retention_records, "PERSONS", 1)
        with self.connection() as env:
            rule = env["hcrm.retention.rule"]._get_rules()["inpatient"]
            kind = env.ref("hcrm_base.kind_patient")
            persons = env["res.partner"].create(
                [{"name": f"{NAME} {i}", "kind_ids": kind.ids} for i in range(2)]
            )
            env["hcrm.encounter"].create(
                [
                    {"partner_id": one.id, "started_at": LONG_AGO, "state": "finished"}
                    for one in persons
                    for _visit in range(2)
                ]
            )
        self.addCleanup(self._remove_persons, persons.ids)
        with self.connection() as holder, self.connection() as env:
            [step] = steps(env["hcrm.retention.rule"].browse(rule.id))
            [[first]] = env.execute_query(
                SQL("SELECT root FROM (%s) due LIMIT 1", step._over_query(SQL("TRUE")))
            )
            holder.cr.execute("SELECT 1 FROM res_partner WHERE id = %s FOR UPDATE", [first])
            [told] = step.apply()
            self.assertEqual((told.model, told.rows), ("hcrm.encounter", 2))
            self.assertEqual(step.apply(), [])
            self.assertEqual(step.left(), {"hcrm.encounter": 2}, "two records of one person")
            left = env["hcrm.encounter"].search([("partner_id", "in", persons.ids)])
            self.assertEqual(left.partner_id.id, first)

    def _remove_persons(self, ids):
        with self.connection() as env:
            env.cr.execute("DELETE FROM hcrm_encounter WHERE partner_id = ANY(%s)", [ids])
            env.cr.execute("DELETE FROM res_partner WHERE id = ANY(%s)", [ids])

    @mute_logger("odoo.addons.hcrm_base.models.retention_rows")
    def test_one_bad_row(self):
        """Given two rows that something else stands on, all others of their batch go."""
        self.patch(retention_rows, "ROWS", 1000)
        with self.connection() as env:
            ids = env[MODEL].search([("segment_id", "=", self.segment_id)]).ids
            env.cr.execute("CREATE TABLE x_kept (id int REFERENCES hcrm_segment_refresh)")
            env.cr.execute("INSERT INTO x_kept VALUES (%s), (%s)", (ids[3], ids[-1]))
        try:
            self.assertEqual(self._run(), ROWS - 2)
            with self.connection() as env:
                run = self._last(env)
                self.assertEqual(run.outcome, "failed")
                [line] = run.line_ids.filtered(lambda line: line.action == "failed")
                self.assertEqual(
                    (line.rows, line.why, line.why_place), (2, "linked", "x_kept_id_fkey")
                )
                self.assertEqual(set(line.sample.split(", ")), {f"#{ids[3]}", f"#{ids[-1]}"})
        finally:
            with self.connection() as env:
                env.cr.execute("DROP TABLE x_kept")
        self.assertEqual(self._run(), 2)

    @mute_logger("odoo.addons.hcrm_base.models.retention_rows")
    def test_an_error_of_the_program(self):
        """Any error of one row stops neither its batch nor the run, and its words are not kept."""
        self.patch(retention_rows, "ROWS", 1000)
        with self.connection() as env:
            bad = env[MODEL].search([("segment_id", "=", self.segment_id)], limit=1).id
        unlink = type(env[MODEL]).unlink

        def fail(records):
            if bad in records.ids:
                raise ValueError("张伟丽")
            return unlink(records)

        with patch.object(type(env[MODEL]), "unlink", fail):
            self.assertEqual(self._run(), ROWS - 1)
        with self.connection() as env:
            [line] = self._last(env).line_ids.filtered(lambda line: line.action == "failed")
            self.assertEqual((line.why, line.why_place), ("error", "ValueError"))

    def test_killed(self):
        """What a lost worker had committed stays told; the next run takes the rest, once."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.Error),
            self.connection() as env,
        ):
            rule = env["hcrm.retention.rule"].browse(self.rule_id)
            run = env["hcrm.retention.run"]._begin(rule)
            env.cr.commit()
            step = next(step for step in steps(rule) if step.model._name == MODEL)
            run._take_batch(step)
            env.cr.commit()
            run._take_batch(step)
            [[backend]] = env.execute_query(SQL("SELECT pg_backend_pid()"))
            with self.connection() as other:
                other.cr.execute(SQL("SELECT pg_terminate_backend(%s)", backend))
            time.sleep(0.2)
            env.cr.execute("SELECT 1")
        self.assertEqual(self._left(), ROWS - 5)
        self.assertEqual(self._run(), ROWS - 5)
        with self.connection() as env:
            runs = env["hcrm.retention.run"].search([], order="id")
            self.assertEqual(runs.mapped("outcome"), ["running", "done"])
            self.assertEqual(runs.mapped("row_count"), [5, ROWS - 5])

    def test_time_is_over(self):
        self.assertEqual(self._run(seconds=0), 0)
        with self.connection() as env:
            self.assertEqual(env["hcrm.retention.run"].search([], limit=1).outcome, "time")
        self.assertEqual(self._left(), ROWS)
