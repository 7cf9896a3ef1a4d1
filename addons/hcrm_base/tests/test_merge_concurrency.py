import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestMergeConcurrency(TransactionCase):
    """Real connections that commit; what they leave is removed by SQL at the end."""

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            kind = env.ref("hcrm_base.kind_patient")
            partners = env["res.partner"].create(
                [{"name": f"并发 {number}", "kind_ids": kind.ids} for number in range(2)]
            )
            self.survivor_id, self.absorbed_id = partners.ids
        self.addCleanup(self._remove, partners.ids)

    @contextmanager
    def connection(self):
        """Give an environment on a connection of its own and commit at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _remove(self, partner_ids):
        with self.connection() as env:
            cr = env.cr
            cr.execute("ALTER TABLE hcrm_merge_log DISABLE TRIGGER USER")
            cr.execute(SQL("DELETE FROM hcrm_encounter WHERE partner_id = ANY(%s)", partner_ids))
            cr.execute(
                SQL(
                    "DELETE FROM hcrm_merge_log WHERE survivor_id = ANY(%s) AND parent_id > 0",
                    partner_ids,
                )
            )
            cr.execute(SQL("DELETE FROM hcrm_merge_log WHERE survivor_id = ANY(%s)", partner_ids))
            cr.execute("ALTER TABLE hcrm_merge_log ENABLE TRIGGER USER")
            cr.execute(SQL("DELETE FROM res_partner WHERE id = ANY(%s)", partner_ids))

    def _merge(self, env):
        survivor, absorbed = env["res.partner"].browse([self.survivor_id, self.absorbed_id])
        return survivor._hcrm_merge(absorbed, "concurrent")

    def _encounter(self, env):
        return env["hcrm.encounter"].create({"partner_id": self.absorbed_id})

    @contextmanager
    def older_connection(self):
        """As ``connection``, with a snapshot that is taken now; waits are bounded."""
        with self.connection() as env:
            env.cr.execute("SET LOCAL lock_timeout = '20s'")
            env.cr.execute("SELECT 1")
            yield env

    def test_a_fact_committed_while_the_merge_waits(self):
        """The merge cannot see it under repeatable read: it is swept after the commit."""
        with ThreadPoolExecutor(1) as pool, self.older_connection() as merger:
            with self.connection() as env:
                encounter_id = self._encounter(env).id
                env.flush_all()
                merge = pool.submit(self._merge, merger)
                self._wait_for_lock(env, merger)
            self.assertEqual(len(merge.result(timeout=30)), 1)
        with self.connection() as env:
            encounter = env["hcrm.encounter"].browse(encounter_id)
            self.assertEqual(encounter.partner_id.id, self.survivor_id)
            log = env["hcrm.merge.log"].search([("absorbed_id", "=", self.absorbed_id)])
            self.assertEqual(len(log), 2)
            log.filtered(lambda line: not line.parent_id).action_undo()
            self.assertEqual(encounter.partner_id.id, self.absorbed_id)

    def test_a_fact_begun_before_the_merge_and_written_after(self):
        """It fails with the error that Odoo tries again on, and is then redirected."""
        with self.older_connection() as late:
            with self.connection() as env:
                self.assertEqual(len(self._merge(env)), 1)
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                self._encounter(late)
                late.flush_all()
            late.cr.rollback()
            late.transaction.reset()
            self.assertEqual(self._encounter(late).partner_id.id, self.survivor_id)

    @mute_logger("odoo.sql_db")
    def test_two_workers_merge_the_same_persons(self):
        with ThreadPoolExecutor(1) as pool, self.older_connection() as second:
            with self.connection() as env:
                self.assertEqual(len(self._merge(env)), 1)
                env.flush_all()
                merge = pool.submit(self._merge, second)
                self._wait_for_lock(env, second)
            with self.assertRaises(SerializationFailure):
                merge.result(timeout=30)
            second.cr.rollback()
            second.transaction.reset()
            self.assertFalse(self._merge(second), "tried again, there is nothing to do")

    def _wait_for_lock(self, env, other):
        """Return when the other connection waits for one of ours."""
        pid = other.cr.connection.info.backend_pid
        for _attempt in range(200):
            time.sleep(0.05)
            env.cr.execute(SQL("SELECT cardinality(pg_blocking_pids(%s)) > 0", pid))
            if env.cr.fetchone()[0]:
                return
        self.fail("the other connection never waited")
