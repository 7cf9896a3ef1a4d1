from odoo import api, models
from odoo.tools import config

from odoo.addons.hcrm_his.models.hcrm_his_intake import BATCH

JOBS = 4


def seconds_of_a_job():
    """Return for how long a job may begin batches, or None without a limit.

    A job is a request: past Odoo's limits its process is killed, and the job counts as dead.
    """
    limits = [config[name] for name in ("limit_time_real", "limit_time_cpu") if config[name]]
    return min(limits) / 2 if limits else None


class HcrmHisIntake(models.AbstractModel):
    _inherit = "hcrm.his.intake"

    @api.model
    def _cron_process(self):
        """Call for help first, then work as ever: without a running job runner nothing waits."""
        if self._enqueue_drains():
            self.env["ir.cron"]._commit_progress()
        return super()._cron_process()

    @api.model
    def _enqueue_drains(self):
        """Ask for a job per batch that waits beyond the first; return how many were asked for.

        One job is one loop until nothing is left that it may take or its time is over. The
        identity key keeps jobs from piling up; the lanes keep them out of each other's way.
        """
        jobs = max(0, min(JOBS, self._count_waiting(limit=BATCH * (JOBS + 1)) // BATCH - 1))
        for number in range(1, jobs + 1):
            job = self.with_delay(identity_key=f"hcrm_his_drain_{number}")
            job._drain(seconds=seconds_of_a_job())
        return jobs
