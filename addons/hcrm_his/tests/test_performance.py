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
