from odoo import models

from .access_log_writer import AccessLogWriter
from .base import NOBODY


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        """A printed page leaves the hospital: it is logged, also where it is rendered by sudo."""
        writer = AccessLogWriter.of(self.env.cr)
        if report.model in self.env and docids:
            governance = getattr(self.env[report.model], "_hcrm", None)
            if governance and governance.data_class not in NOBODY:
                what = {"res_ids": docids, "orphans": docids, "detail": report.report_name}
                writer.add(self.env, report.model, **what)
        writer.act = writer.act or "report"
        return super()._get_rendering_context(report, docids, data)
