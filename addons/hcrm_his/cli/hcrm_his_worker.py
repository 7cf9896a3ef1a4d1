from odoo.cli import Command


class HcrmHisWorker(Command):
    """Process waiting HIS messages in a process of its own, beside Odoo's scheduled actions"""

    name = "hcrm_his_worker"

    def run(self, cmdargs):
        """Work until SIGTERM."""
        from odoo.addons.hcrm_base.tools.worker import work_until_stopped  # noqa: PLC0415

        greeting = "processing HIS messages of %s"
        work_until_stopped(self, cmdargs, greeting, lambda env: env["hcrm.his.intake"]._drain())
