from odoo.fields import Command

from .common import HisCommon

PATIENTS = {
    "patient.number": "pid",
    "patient.national_id": "id_card",
    "patient.name": "name",
    "patient.sex": "sex",
    "patient.birth_date": "birthday",
    "patient.phone": "phone",
    "row.told_at": "updated",
}
CHARGES = {
    "patient.number": "pid",
    "visit.number": "visit_no",
    "fact.item_code": "item",
    "fact.item_name": "item_name",
    "fact.quantity": "qty",
    "fact.unit_price": "price",
    "fact.kind": "kind",
    "fact.charged_at": "charged",
    "fact.department": "dept",
}


class RowsCommon(HisCommon):
    """A hospital whose systems speak no HL7; the sender is the one of its HL7, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sender.authority = "RENAI"

    @classmethod
    def make_feed(cls, way="http", kind="patient", columns=None, source=None, **values):
        """Return a feed that is ready."""
        code = values.pop("code", f"{kind}s")
        source = source or cls.make_source(way)
        lines = [
            Command.create({"target": target, "columns": column, **cls.more.get(target, {})})
            for target, column in (columns or PATIENTS).items()
        ]
        return cls.env["hcrm.his.feed"].create(
            {
                "source_id": source.id,
                "name": code,
                "code": code,
                "kind": kind,
                "line_ids": lines,
                **values,
            }
        )

    #: Further values of lines, by target.
    more = {}

    @classmethod
    def make_source(cls, way="http", code="src", **values):
        return cls.env["hcrm.his.source"].create(
            {"name": code, "code": code, "way": way, "sender_id": cls.sender.id, **values}
        )

    def send(self, feed, *rows):
        """Store rows as a request does; return what became of each."""
        results, _counts = feed._receive([(row, "", None) for row in rows], "test")
        self.env.invalidate_all()
        return results

    def tell_rows(self, feed, *rows):
        """Send and process; return the messages of the feed, oldest first."""
        self.send(feed, *rows)
        self.process()
        return self.messages(feed)

    def messages(self, feed):
        self.env.invalidate_all()
        return self.env["hcrm.his.message"].search([("feed_id", "=", feed.id)], order="id")


def patient_row(number="P1", **values):
    """Return a row of patients."""
    row = {"pid": number, "name": "张伟", "sex": "男", "birthday": "1990-05-01"}
    return row | values
