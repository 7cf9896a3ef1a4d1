from odoo.tests import TransactionCase

from ..tools import inbox, inbox_store, mllp
from . import messages


class HisCommon(TransactionCase):
    """A hospital with a department, a doctor and a sender that is already known."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.intake = cls.env["hcrm.his.intake"]
        cls.department = cls.env["hr.department"].create({"name": "Cardiology", "code": "CARD"})
        cls.doctor = cls.env["hr.employee"].create({"name": "Dr. Li", "staff_code": "1001"})
        cls.sender = cls.env["hcrm.his.sender"].create(
            {"name": "HIS", "code": "HIS|RENAI", "timezone": "Asia/Shanghai"}
        )

    def receive(self, *texts, codec="utf-8", load_id=None):
        """Store messages as the listener does; return the entries with their verdicts."""
        self.env.flush_all()
        book = inbox_store.SenderBook()
        book.refresh(self.env.cr)
        bodies = [text if isinstance(text, bytes) else text.encode(codec) for text in texts]
        entries = [inbox.prepare(mllp.Frame(body), book, "test") for body in bodies]
        inbox_store.store(self.env.cr, entries, book, load_id)
        self.env.invalidate_all()
        return entries

    def process(self):
        """Empty the queue."""
        while self.intake._process_batch():
            self.env.flush_all()

    def tell(self, *texts, **options):
        """Receive and process; return the messages."""
        entries = self.receive(*texts, **options)
        self.process()
        return self.stored(entries)

    def stored(self, entries):
        """Return the rows of the entries, in their order."""
        rows = self.env["hcrm.his.message"]
        for entry in entries:
            rows |= rows.search([("control_id", "=", entry.control_id)], order="id desc", limit=1)
        return rows

    def person(self, number="P1", system="RENAI"):
        """Return the customer with a record number."""
        found = self.env["hcrm.identifier"].search(
            [("system", "=", system), ("value", "=", number)]
        )
        return found.partner_id._hcrm_canonical()

    def encounter(self, number="V1"):
        """Return the encounter with a visit number."""
        return self.env["hcrm.encounter"].search([("visit_number", "=", number)])

    def assertDead(self, message, reason):
        """The message is a dead letter whose reason holds ``reason``."""
        self.assertEqual(message.state, "dead")
        self.assertIn(reason, message.reason)


adt, a40, patient, visit = messages.adt, messages.a40, messages.patient, messages.visit
segment, header, message = messages.segment, messages.header, messages.message
