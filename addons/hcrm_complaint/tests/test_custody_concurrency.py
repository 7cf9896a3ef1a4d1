import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

GUARDED = ("hcrm_complaint_handover", "hcrm_complaint_statement")
WRITERS, EACH = 8, 6


@tagged("post_install", "-at_install")
class TestCustodyConcurrency(TransactionCase):
    """Real connections that commit: one gets it, nothing is numbered twice, nobody is left out."""

    def setUp(self):
        super().setUp()
        self.key = f"race/{self._testMethodName}/"
        self.addCleanup(self._remove)
        with self._connection() as env:
            users = [
                new_test_user(env, f"race_{n}_{self._testMethodName}", "hcrm_base.group_officer")
                for n in range(2)
            ]
            self.users = [user.id for user in users]

    @contextmanager
    def _connection(self, user_id=SUPERUSER_ID):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, user_id, {"tracking_disable": True})

    def _take_in(self, env, number, text="等太久"):
        request = {"kind": "complaint", "channel": "web", "text": text, "is_anonymous": True}
        return env["hcrm.complaint"]._take_in([{**request, "key": f"{self.key}{number}"}])

    def _find(self, env):
        return env["hcrm.complaint"].search([("intake_key", "=like", f"{self.key}%")])

    def _remove(self):
        with self._connection() as env:
            cases = self._find(env)
            ids = cases.ids or [0]
            env.cr.execute("DELETE FROM hcrm_complaint_clock WHERE complaint_id = ANY(%s)", [ids])
            for table in GUARDED:
                env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            env.cr.execute("UPDATE hcrm_complaint SET offer_id = NULL WHERE id = ANY(%s)", [ids])
            env.cr.execute(
                "DELETE FROM hcrm_complaint_handover WHERE complaint_id = ANY(%s)", [ids]
            )
            env.cr.execute("DELETE FROM hcrm_complaint WHERE id = ANY(%s)", [ids])
            for table in GUARDED:
                env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            env["res.users"].browse(self.users).unlink()

    @staticmethod
    def _again(work, env, job):
        """Try again after what Odoo tries requests again after; its own loop wants the registry."""
        for _turn in range(20):
            try:
                told = work(env, job)
                env.cr.commit()
                return told
            except (ConcurrencyError, OperationalError):
                env.cr.rollback()
                env.clear()
                time.sleep(0.05)
        raise AssertionError("tried twenty times")

    def _race(self, work, jobs):
        """Run ``work(env, job)`` of all jobs at once, each tried again as Odoo does with requests;
        return what each gave, or the error that its user reads."""
        gate = threading.Barrier(len(jobs))

        def run(env, job):
            gate.wait(20)
            try:
                return self._again(work, env, job)
            except UserError as error:
                return error

        with ExitStack() as stack, ThreadPoolExecutor(len(jobs)) as pool:
            # environments want the registry, which the thread of the tests keeps to itself
            users = [job if job in self.users else SUPERUSER_ID for job in jobs]
            envs = [stack.enter_context(self._connection(user_id)) for user_id in users]
            for env in envs:
                env["hcrm.complaint"].search([], limit=1)
                env.user.has_group("hcrm_base.group_officer")
                env.cr.rollback()
                env.clear()
            return list(pool.map(run, envs, jobs, timeout=90))

    @mute_logger("odoo.sql_db")
    def test_many_writers_number_nothing_twice(self):
        def write(env, job):
            return [self._take_in(env, f"{job}-{n}").intake_number for n in range(EACH)]

        taken = sum(self._race(write, [f"w{n}" for n in range(WRITERS)]), [])
        self.assertEqual(len(set(taken)), WRITERS * EACH)
        with self._connection() as env:
            cases = self._find(env)
            self.assertEqual(len(cases), WRITERS * EACH)
            self.assertEqual(set(cases.handover_ids.mapped("event")), {"received"})
            self.assertEqual(len(cases.handover_ids), len(cases))

    @mute_logger("odoo.sql_db")
    def test_one_arrival_told_to_all_workers_is_one_case(self):
        numbers = self._race(
            lambda env, _job: self._take_in(env, "same").intake_number, [f"w{n}" for n in range(4)]
        )
        self.assertEqual(len(set(numbers)), 1)

    @mute_logger("odoo.sql_db")
    def test_of_two_who_take_it_one_has_it(self):
        with self._connection() as env:
            case_id = self._take_in(env, "take").id
        told = self._race(
            lambda env, _job: env["hcrm.complaint"].browse(case_id).action_take(), self.users
        )
        self.assertEqual(sum(isinstance(one, UserError) for one in told), 1)
        with self._connection() as env:
            case = env["hcrm.complaint"].browse(case_id)
            self.assertIn(case.user_id.id, self.users)
            self.assertEqual(case.handover_ids.mapped("event"), ["received", "taken"])
