import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..models import retention_rows
from ..models.retention_steps import steps

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
        is_done = all(run._apply_step(step, until) for step in steps(rule))
        run._end("done" if is_done else "time")
        return run.row_count

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
        self.assertEqual(self._run(), 1)

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
