from odoo import api, models

from odoo.addons.hcrm_his.models.hcrm_his_intake import BATCH

JOBS = 4


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

        One job is one loop until nothing is left that it may take. The identity key keeps jobs from
        piling up; the lanes keep them out of each other's way.
        """
        jobs = max(0, min(JOBS, self._count_waiting(limit=BATCH * (JOBS + 1)) // BATCH - 1))
        for number in range(1, jobs + 1):
            self.with_delay(identity_key=f"hcrm_his_drain_{number}")._drain()
        return jobs
