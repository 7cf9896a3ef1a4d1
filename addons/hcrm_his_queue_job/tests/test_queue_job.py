from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.hcrm_his.models import hcrm_his_intake as intake
from odoo.addons.hcrm_his.tests.common import HisCommon, adt, patient, visit
from odoo.addons.hcrm_his_queue_job.models import hcrm_his_intake
from odoo.addons.queue_job.job import Job

CRON = "hcrm_his.ir_cron_process_1"


@tagged("post_install", "-at_install")
class TestQueueJob(HisCommon):
    """Jobs help when much waits; they neither pile up nor are they needed."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(hcrm_his_intake, "BATCH", 2))

    def _receive(self, count):
        numbers = range(count)
        return self.receive(
            *(adt("A01", str(n), patient(f"P{n}"), visit(f"V{n}")) for n in numbers)
        )

    def _jobs(self):
        return self.env["queue.job"].search([("identity_key", "like", "hcrm_his_drain_")])

    def test_a_job_per_batch_beyond_the_first(self):
        for waiting, jobs in ((0, 0), (3, 0), (4, 1), (7, 2), (30, 4)):
            self._receive(waiting)
            self.assertEqual(self.intake._enqueue_drains(), jobs, waiting)

    def test_jobs_do_not_pile_up(self):
        self._receive(6)
        for _wake in range(3):
            self.intake._enqueue_drains()
        jobs = self._jobs()
        self.assertEqual(len(jobs), 2)
        self.assertEqual(set(jobs.mapped("channel")), {"root.hcrm_his"})
        self.assertEqual(set(jobs.mapped("method_name")), {"_drain"})

    def test_job_drains_and_commits(self):
        entries = self._receive(4)
        self.intake._enqueue_drains()
        job = Job.load(self.env, self._jobs().uuid)
        with self.enter_registry_test_mode():
            self.assertEqual(job.perform(), 4)
        self.env.invalidate_all()
        self.assertEqual(set(self.stored(entries).mapped("state")), {"processed"})

    def test_job_ends_before_odoo_ends_it(self):
        """Given limits for requests, a job stops at half of the stricter one; the rest waits."""
        for limits, seconds in (
            ({"limit_time_real": 120, "limit_time_cpu": 60}, 30),
            ({"limit_time_real": 40, "limit_time_cpu": 60}, 20),
            ({"limit_time_real": 0, "limit_time_cpu": 60}, 30),
            ({"limit_time_real": 0, "limit_time_cpu": 0}, None),
        ):
            with patch.dict(config.options, limits):
                self.assertEqual(hcrm_his_intake.seconds_of_a_job(), seconds)
        entries = self._receive(6)
        with patch.object(hcrm_his_intake, "seconds_of_a_job", lambda: 0):
            self.intake._enqueue_drains()
        job = Job.load(self.env, self._jobs()[0].uuid)
        with self.enter_registry_test_mode(), patch.object(intake, "BATCH", 2):
            self.assertEqual(job.perform(), 2)
        self.env.invalidate_all()
        states = self.stored(entries).mapped("state")
        self.assertEqual((states.count("processed"), states.count("received")), (2, 4))

    def test_scheduled_action_asks_and_works(self):
        entries = self._receive(4)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self._jobs()), 1)
        self.assertEqual(set(self.stored(entries).mapped("state")), {"processed"})
