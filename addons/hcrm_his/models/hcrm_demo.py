from odoo import api, fields, models
from odoo.fields import Command

from ..tools import demo_feed, demo_rows, inbox, inbox_store, mllp
from ..tools.rows.folder import DropFolder


class HcrmDemo(models.AbstractModel):
    _inherit = "hcrm.demo"

    @api.model
    def _open_desks(self):
        """A morning of messages for the integration desk, some of them dead letters."""
        opened = super()._open_desks()
        self.env["hcrm.his.sender"].create(
            [
                {"name": name, "code": code, "timezone": demo_feed.ZONE}
                for name, code in demo_feed.SENDERS
            ]
        )
        feed = demo_feed.messages(self._demo_feed_patients(), fields.Datetime.now())
        self.env.flush_all()
        book = inbox_store.SenderBook()
        book.refresh(self.env.cr)
        entries = []
        for received_at, body in feed:
            entry = inbox.prepare(mllp.Frame(body), book, "demo")
            entry.received_at = received_at
            entries.append(entry)
        inbox_store.store(self.env.cr, entries, book)
        self._demo_rows()
        while self.env["hcrm.his.intake"]._process_batch():
            self.env.flush_all()
        return opened

    def _demo_rows(self):
        """Systems without HL7: one has sent JSON, one has left a file, one only shows how."""
        feeds = {source[0]: self._demo_source(*source) for source in demo_rows.SOURCES}
        patients, now = self._demo_feed_patients()[:8], fields.Datetime.now()
        rows = demo_rows.json_rows(patients, now)
        feeds["tijian"]._receive([(row, "", None) for row in rows], "10.0.0.8")
        dropped = feeds["fangyi"]
        with DropFolder(dropped._get_drop_root(), dropped.folder) as folder:
            folder.write_text("接种记录.csv", "", demo_rows.csv_text(patients, now))
        dropped.settle_seconds = 0
        for _count in dropped._run_steps():
            self.env.flush_all()
        dropped.settle_seconds = 30
        dropped._note_end(is_over=True)

    def _demo_source(self, code, name, way, sender, feed, columns):
        """Return the feed of a new source."""
        sender = self.env["hcrm.his.sender"].create(
            {
                "name": name,
                "code": sender,
                "timezone": demo_feed.ZONE,
                "authority": demo_feed.AUTHORITY,
            }
        )
        values = {"name": name, "code": code, "way": way, "sender_id": sender.id}
        if way == "sql":
            values |= {"host": "10.0.0.5", "database": "his", "user_name": "hcrm_reader"}
            values |= {"active": False, "note": "示例：填写真实的服务器地址和密码后启用。"}
            feed = feed | {"relation": "his.v_charge", "mark_column": "update_time"}
        source = self.env["hcrm.his.source"].create(values)
        lines = [
            Command.create({"target": target, "columns": column})
            for target, column in columns.items()
        ]
        return self.env["hcrm.his.feed"].create({"source_id": source.id, "line_ids": lines, **feed})

    def _demo_feed_patients(self):
        """Patients whom the demonstration's HIS knows, as the feed names them."""
        identifiers = self.env["hcrm.identifier"].search(
            [("system", "=", demo_feed.AUTHORITY), ("partner_id.is_protected", "=", False)],
            order="id",
            limit=demo_feed.PATIENTS,
        )
        return [
            demo_feed.Patient(
                row.value_stored,
                row.partner_id.name,
                row.partner_id.birth_date,
                row.partner_id.sex,
            )
            for row in identifiers.sudo()
        ]
