from odoo.tests import tagged

from .common import HisCommon
from .messages import registration


@tagged("post_install", "-at_install")
class TestPerformance(HisCommon):
    """The queries of a batch do not grow with the number of its messages."""

    def count_queries(self, texts):
        self.receive(*texts)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.intake._process_batch(), len(texts))
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_new_and_known(self):
        self.count_queries([registration(0)])
        single = self.count_queries([registration(1)])
        many = self.count_queries([registration(number) for number in range(100, 150)])
        self.assertLessEqual(many, single + 10)
        again = self.count_queries(
            [registration(number, kind="A08", hour=9) for number in range(100, 150)]
        )
        self.assertLessEqual(again, many)
        self.assertLessEqual(single, 80)

    def test_counts_beside_senders(self):
        """A list of senders or feeds counts its messages for all its rows at once."""
        senders = self.env["hcrm.his.sender"].create(
            [{"name": f"S{number}", "code": f"COUNTED{number}"} for number in range(20)]
        )
        sources = self.env["hcrm.his.source"].create(
            [
                {
                    "name": sender.name,
                    "code": sender.code.lower(),
                    "way": "http",
                    "sender_id": sender.id,
                }
                for sender in senders
            ]
        )
        feeds = self.env["hcrm.his.feed"].create(
            [
                {"name": source.name, "code": "visits", "source_id": source.id, "relation": "x"}
                for source in sources
            ]
        )
        for rows in (senders, feeds, sources):
            rows.mapped("message_count")
            counts = []
            for some in (rows[:1], rows):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                some.read(["message_count", "dead_count"])
                counts.append(self.env.cr.sql_log_count - before)
            self.assertLessEqual(counts[1], counts[0], rows._name)
