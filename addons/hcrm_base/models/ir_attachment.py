from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        if not self.env.su:
            self.browse(row["id"] for row in rows)._access_log_files()
        return rows

    def _access_log_files(self):
        """A file of a logged row is read: so is the row."""
        files_sudo = self.browse(self.ids).sudo()  # not those of a form that is being filled in
        for model_name, found_sudo in files_sudo.grouped("res_model").items():
            governance = getattr(self.env.get(model_name or ""), "_hcrm", None)
            if governance and governance.logs_reads:
                row_ids = list(filter(None, found_sudo.mapped("res_id")))
                self.env[model_name].browse(row_ids)._access_log_records(["attachment"])
