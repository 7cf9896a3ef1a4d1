from odoo import models

from .access_log_writer import AccessLogWriter


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def _run_action_code_multi(self, eval_context):
        """Whoever starts the action is told what its code finds, under ``sudo()`` or not.

        The records it is run on are named at once: their values may be in cache already.
        """
        with AccessLogWriter.of(self.env.cr).acting(self.name):
            records = eval_context.get("records") or eval_context.get("record")
            governance = getattr(records, "_hcrm", None)
            if governance and governance.logs_reads and records.ids:
                records._access_log_read(records._fields)
            return super()._run_action_code_multi(eval_context)
