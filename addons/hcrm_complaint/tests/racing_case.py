import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import TransactionCase, new_test_user

GUARDED = ("hcrm_complaint_handover", "hcrm_complaint_statement")


class RacingCase(TransactionCase):
    """Real connections that commit; what they leave is removed by SQL."""

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
