from odoo.cli import Command

#: A worker looks at the clock again after so many seconds of work.
SLICE = 30


class HcrmOutboxWorker(Command):
    """Send waiting messages in a process of its own, beside Odoo's scheduled actions"""

    name = "hcrm_outbox_worker"

    def run(self, cmdargs):
        """Work until SIGTERM."""
        from odoo.addons.hcrm_base.tools.worker import work_until_stopped  # noqa: PLC0415

        greeting = "sending messages of %s"
        work_until_stopped(
            self, cmdargs, greeting, lambda env: env["hcrm.outbox"]._drain(seconds=SLICE)
        )
