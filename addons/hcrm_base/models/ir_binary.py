from odoo import models


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _record_to_stream(self, record, field_name):
        """A download of a file that belongs to a logged row is a reading of that row."""
        if record._name == "ir.attachment":
            record.with_env(self.env)._access_log_files()
        else:
            governance = getattr(record, "_hcrm", None)
            if governance and governance.logs_reads:
                record.with_env(self.env)._access_log_read([field_name])
        return super()._record_to_stream(record, field_name)
