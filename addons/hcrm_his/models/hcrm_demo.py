from odoo import api, fields, models

from ..tools import demo_feed, inbox, inbox_store, mllp


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
        while self.env["hcrm.his.intake"]._process_batch():
            self.env.flush_all()
        return opened

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
