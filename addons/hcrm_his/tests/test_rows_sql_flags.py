from odoo.tests import tagged

from ..models import hcrm_his_feed_sql_mixin as sql_mixin
from ..tools.rows import outside_db
from .rows_sql_common import RowsSqlCommon


@tagged("post_install", "-at_install")
class TestRowsSqlFlags(RowsSqlCommon):
    """What is marked as read was read, as it stands; what cannot be told apart is not lost."""

    def flagged(self, table="his.charge", **values):
        feed = self.charges(**values)
        feed.write({"relation": table, "flag_column": "done", "flag_read": "1"})
        return feed

    def flags(self, table="his.charge"):
        return self.sql(f"SELECT done FROM {table} ORDER BY fee_id, item")

    def read_then(self, feed, change):
        """Change the source after its rows are stored and before they are marked as read."""
        steps = feed._run_steps()
        next(steps), next(steps)
        self.sql(change)
        list(steps)
        self.env.invalidate_all()

    def add_loose(self, *rows):
        for key, mark, item in rows:
            self.sql(
                """INSERT INTO his.loose (fee_id, touched, pid, visit_no, item, qty, price, charged)
                   VALUES (%s, %s, 'P1', 'V1', %s, 1, 2.50, '2026-03-01 10:00+08')""",
                *(key, mark, item),
            )

    def test_change_before_the_flag_is_read_again(self):
        feed = self.flagged()
        self.add_charges(3)
        self.read_then(feed, "UPDATE his.charge SET item_name = '改' WHERE fee_id = 2")
        self.assertEqual(self.flags(), [(1,), (None,), (1,)])
        self.assertEqual(self.run_feed(feed), 1)
        self.assertEqual((feed.stored_count, self.flags()), (4, [(1,)] * 3))
        [body] = self.messages(feed)[-1]._read_bodies().values()
        self.assertIn("改".encode(), body)

    def test_same_key_told_again_before_the_flag(self):
        """A table that gets a row for each change: the newer one has not been read."""
        feed = self.flagged(key_columns="pid")
        self.add_charges(1)
        self.read_then(
            feed,
            "INSERT INTO his.charge (fee_id, pid, visit_no, item, qty, price, charged) "
            "VALUES (8, 'P1', 'V1', 'D9', 1, 2.50, '2026-03-01 11:00+08')",
        )
        self.assertEqual(self.flags(), [(1,), (None,)])
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, self.flags()), (2, [(1,), (1,)]))

    def test_values_that_no_comparison_finds(self):
        """A number of four bytes is never equal to its own text: it is compared as it was read."""
        self.sql("ALTER TABLE his.loose ALTER qty TYPE real")
        self.addCleanup(self.sql, "ALTER TABLE his.loose ALTER qty TYPE numeric(9, 2)")
        self.add_loose((1, 1, "D1"))
        self.sql("UPDATE his.loose SET qty = 0.1")
        self.run_feed(self.flagged("his.loose"))
        self.assertEqual(self.flags("his.loose"), [(1,)])

    def test_rows_without_key_are_dead_letters(self):
        feed = self.flagged("his.loose")
        feed.mark_column = "touched"
        self.add_loose((1, 1, "D1"), (None, 1, "D2"), (None, 1, "D3"), (2, 1, "D4"))
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, feed.refused_count), (2, 2))
        dead = self.messages(feed).filtered(lambda message: message.state == "dead")
        self.assertEqual(dead.mapped("reason_code"), ["row_no_key"] * 2)
        self.assertEqual(set(dead.mapped("reason_location")), {"fee_id"})
        self.assertEqual(self.flags("his.loose"), [(1,)] * 4)
        self.assertEqual(self.run_feed(feed), 0)

    def test_page_that_ends_without_key(self):
        self.patch(sql_mixin, "BATCH", 4)
        feed = self.charges()
        feed.write({"relation": "his.loose", "mark_column": "touched", "overlap": 1})
        self.add_loose(*((key, 1, f"D{key}") for key in (1, 2, 3)))
        self.add_loose(*((None, 1, f"N{number}") for number in range(6)))
        self.add_loose(*((key, 2, f"D{key}") for key in (4, 5)))
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, feed.refused_count, feed.mark), (5, 6, "2"))
        self.run_feed(feed)
        self.assertEqual(feed.stored_count, 5)
        self.assertEqual(len(self.messages(feed)), 11, "each is a dead letter once")

    def test_keys_of_several_columns(self):
        """A key is whole or it is none, whichever of its columns is empty."""
        self.patch(sql_mixin, "BATCH", 2)
        feed = self.charges(key_columns="item, fee_id")
        feed.write({"relation": "his.loose", "mark_column": "touched"})
        self.add_loose((1, 1, "A"), (None, 1, "A"), (2, 1, None), (None, 1, None), (3, 1, "B"))
        self.add_loose((1, 1, "B"), (None, 1, "B"), (4, 1, None))
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, feed.refused_count), (3, 5))

    def test_too_many_that_nothing_tells_apart(self):
        self.patch(sql_mixin, "BATCH", 2)
        self.patch(outside_db, "MOST", 4)
        feed = self.charges()
        feed.write({"relation": "his.loose", "mark_column": "touched"})
        self.add_loose(*((7, 1, f"D{number}") for number in range(20)))
        self.assertEqual(self.failed(feed), "sql_stands_still")
