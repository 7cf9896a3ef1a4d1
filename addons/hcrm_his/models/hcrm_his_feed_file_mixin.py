import os

from odoo import fields, models
from odoo.tools import config

from ..tools.bulk import DAMAGE, SourceError
from ..tools.reasons import Reason
from ..tools.rows.csv_file import CsvReader
from ..tools.rows.folder import DONE, FAILED, WORK, DropFolder


class HcrmHisFeedFileMixin(models.AbstractModel):
    """Takes files out of a folder: each is a load, which goes on where it was when it was killed.

    A file is first noted as a load, then moved to ``work``, read, and moved to ``done`` or
    ``failed`` with a report. Whatever happens in between, the next run sees from the load and the
    place of the file what is still to be done.
    """

    _name = "hcrm.his.feed.file.mixin"
    _description = "Feeds out of Folders"

    keep_days = fields.Integer(
        string="Days files are kept",
        default=30,
        help="Files in done and failed are deleted after so many days: they are about patients. "
        "0: somebody else sees to it.",
    )

    def _get_drop_root(self):
        """Return the one folder below which files are taken; only the operator can change it."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        default = os.path.join(config["data_dir"], "drop", self.env.cr.dbname)
        return (get_param("hcrm_his.drop_root") or default).rstrip("/")

    def _file_steps(self):
        try:
            with DropFolder(self._get_drop_root(), self.folder) as folder:
                self._clear_work(folder)
                for place in (DONE, FAILED) if self.keep_days else ():
                    folder.forget(place, self.keep_days)
                for load in self.env["hcrm.his.load"].search(self._get_running_domain()):
                    yield from self._load_file(folder, load)
                settle = self.settle_seconds
                for name in folder.list_complete(self.pattern or "*", settle, self.needs_ok):
                    load = self._create_load(name)
                    yield 0
                    yield from self._load_file(folder, load)
        except (OSError, ValueError) as error:
            raise SourceError("folder_unusable") from error

    def _get_running_domain(self):
        return [("feed_id", "=", self.id), ("state", "=", "running")]

    def _create_load(self, name):
        return self.env["hcrm.his.load"].create(
            {
                "name": name,
                "file_name": name,
                "feed_id": self.id,
                "company_id": self.company_id.id,
                "state": "running",
                "started_at": fields.Datetime.now(),
            }
        )

    def _load_file(self, folder, load):
        """Yield the number of rows of each chunk."""
        work = load._get_work_name()
        if not folder.exists(work, WORK):
            if not folder.exists(load.file_name) or not folder.move(load.file_name, "", WORK, work):
                load._finish("failed", Reason("file_gone"))
                yield 0
                return
            folder.remove_ok(load.file_name)
        try:
            with folder.open(work) as stream:
                reader = CsvReader(
                    stream, self.charset or "", self._get_delimiter(), self.quote or ""
                )
                reader.check_columns(self._get_column_names())
                yield from load._load_rows(reader)
            load._finish("done")
        except SourceError as error:
            load._finish("failed", error.reason, error.__cause__)
        except DAMAGE as error:
            load._finish("failed", Reason("source_unreadable"), error)
        yield 0
        self._put_away(folder, load)

    def _clear_work(self, folder):
        """Finish what a killed run left between its last commit and the move of the file."""
        for name in folder.names(WORK):
            number = name.partition("-")[0]
            load = self.env["hcrm.his.load"].browse(int(number) if number.isdecimal() else 0)
            if not load.exists() or not load.feed_id:
                folder.move(name, WORK, FAILED)
            elif load.feed_id != self:
                continue  # another feed of the same folder is at it
            elif load.state in ("done", "failed"):
                self._put_away(folder, load)

    def _put_away(self, folder, load):
        place = DONE if load.state == "done" else FAILED
        name = load._get_work_name()
        lang = self.company_id.sudo().partner_id.lang
        folder.write_text(f"{name}.report.txt", place, load.with_context(lang=lang)._get_report())
        folder.move(name, WORK, place)
