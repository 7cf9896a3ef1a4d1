import psycopg2

from odoo.tests import tagged

from ..tools.rows import outside_db
from .rows_common import patient_row
from .rows_sql_common import PASSWORD, READER, RowsSqlCommon


@tagged("post_install", "-at_install")
class TestRowsSql(RowsSqlCommon):
    """Tables and views of another database are read once each, whatever happens."""

    def test_view_is_read(self):
        feed = self.charges()
        self.add_charges(3)
        self.assertEqual(self.run_feed(feed), 3)
        self.process()
        self.assertEqual((feed.stored_count, feed.mark), (3, "3"))
        charges = self.env["hcrm.charge"].search([("source", "=", self.sender.code)], order="id")
        self.assertEqual(charges.mapped("paid_amount"), [2.5] * 3)
        self.assertEqual(str(charges[0].charged_at), "2026-03-01 02:00:00")
        self.assertEqual(self.run_feed(feed), 1, "only the last mark is looked at again")
        self.assertEqual((feed.stored_count, feed.known_count), (3, 1))

    def test_only_columns_asked_for(self):
        """A column that the mapping does not name does not leave the source."""
        feed = self.patients()
        self.sql("""INSERT INTO his."Patient Table" (pid, name, sex, birthday, updated)
                    VALUES ('P1', '张伟', '1', '1990-05-01', '2026-03-01 08:00')""")
        self.run_feed(feed)
        body = self.messages(feed)._read_bodies()
        self.assertNotIn(b"not asked for", b"".join(body.values()))
        self.process()
        self.assertEqual(self.person().name, "张伟")

    def test_many_batches_go_on_after_an_interruption(self):
        feed = self.charges()
        self.add_charges(1300)
        self.run_feed(feed, batches=1)
        self.assertEqual((feed.stored_count, feed.mark, feed.until_mark), (500, "500", "1300"))
        self.add_charges(10, first=1301)
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, feed.mark), (1300, "1300"), "the pass has its end")
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, feed.mark), (1310, "1310"))

    def test_one_mark_for_all(self):
        """A table that was migrated has one time in every row: the keys part them."""
        feed = self.charges(key_columns="fee_id")
        feed.mark_column = "touched"
        self.add_charges(1200)
        self.run_feed(feed, batches=2)
        self.assertEqual(feed.stored_count, 1000)
        self.run_feed(feed)
        self.assertEqual(feed.stored_count, 1200)

    def test_numbers_begin_anew(self):
        """A staging table that was emptied counts from one again."""
        feed = self.charges()
        self.add_charges(20)
        self.run_feed(feed)
        self.sql("TRUNCATE his.charge")
        self.add_charges(5)
        self.sql("UPDATE his.charge SET item_name = '新'")
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, feed.mark), (25, "5"))

    def test_growing_column_must_grow(self):
        feed = self.charges()
        feed.mark_column = "item"
        self.add_charges(1)
        self.assertEqual(self.failed(feed), "sql_bad_mark")

    def test_late_committed_row(self):
        """A row that becomes visible late has an older mark than what was read already."""
        feed = self.patients(overlap=600)
        add = """INSERT INTO his."Patient Table" (pid, name, sex, updated)
                 VALUES (%s, %s, '1', %s)"""
        late = psycopg2.connect(dbname=self.outside, **self.info)
        cursor = late.cursor()
        cursor.execute(add, ("LATE", "晚", "2026-03-01 08:00:00"))
        self.sql(add, "P1", "张伟", "2026-03-01 08:05:00")
        self.run_feed(feed)
        self.assertEqual(feed.stored_count, 1)
        late.commit()
        late.close()
        self.run_feed(feed)
        self.assertEqual(feed.stored_count, 2)
        self.process()
        self.assertTrue(self.person("LATE"))

    def test_row_of_the_future_hides_nothing(self):
        feed = self.patients(overlap=0)
        add = """INSERT INTO his."Patient Table" (pid, name, sex, updated)
                 VALUES (%s, '张', '1', %s)"""
        self.sql(add, "P1", "2026-03-01 08:00:00")
        self.sql(add, "P99", "2099-01-01 00:00:00")
        self.run_feed(feed)
        self.assertEqual(feed.stored_count, 2)
        self.sql(add, "P2", "2026-03-02 08:00:00")
        self.run_feed(feed)
        self.assertEqual(feed.stored_count, 3)

    def test_changed_row(self):
        feed = self.patients()
        self.sql("""INSERT INTO his."Patient Table" (pid, name, sex, updated)
                    VALUES ('P1', '张伟', '1', '2026-03-01 08:00')""")
        self.run_feed(feed)
        self.sql("""UPDATE his."Patient Table" SET name = '张巍', updated = '2026-03-01 08:01'""")
        self.run_feed(feed)
        self.process()
        self.assertEqual(self.person().name, "张巍")
        self.assertEqual(len(self.messages(feed)), 2)

    def test_flag_is_written_back(self):
        feed = self.charges()
        feed.write(
            {"relation": "his.charge", "flag_column": "done", "flag_unread": "0", "flag_read": "1"}
        )
        self.add_charges(3)
        self.run_feed(feed)
        self.assertEqual(self.sql("SELECT DISTINCT done FROM his.charge"), [(1,)])
        self.sql("UPDATE his.charge SET done = 0, item_name = '改' WHERE fee_id = 1")
        self.assertEqual(self.run_feed(feed), 1)
        self.assertEqual((feed.stored_count, feed.known_count), (4, 0))

    def test_flag_after_a_kill(self):
        """Killed between our commit and the mark in the source: read again, stored once."""
        feed = self.charges()
        feed.write({"relation": "his.charge", "flag_column": "done", "flag_read": "1"})
        self.add_charges(3)
        self.run_feed(feed, batches=1)
        self.assertEqual(self.sql("SELECT DISTINCT done FROM his.charge"), [(None,)])
        feed.write({"resume_keys": False, "until_mark": False})
        self.run_feed(feed)
        self.assertEqual((feed.stored_count, feed.known_count), (3, 3))
        self.assertEqual(self.sql("SELECT DISTINCT done FROM his.charge"), [(1,)])

    def test_read_again(self):
        feed = self.charges()
        self.add_charges(2)
        self.run_feed(feed)
        feed.action_read_again()
        self.run_feed(feed)
        self.assertEqual(feed.stored_count, 4)
        self.process()
        self.assertEqual(self.env["hcrm.charge"].search_count([]), 2)

    def test_nothing_is_written(self):
        """The session is read-only, whatever the user might be allowed."""
        self.charges()
        with outside_db.OutsideDb(self.source._get_address()) as outside:
            for statement in ("UPDATE his.charge SET done = 1", "CREATE TABLE his.x (id int)"):
                with self.assertRaisesRegex(Exception, "read-only"):
                    outside._run(statement)
                outside._link.rollback()

    def test_slow_query_is_given_up(self):
        self.source.seconds = 1
        self.sql("""CREATE OR REPLACE VIEW his.slow AS
                    SELECT c.*, pg_sleep(3)::text AS nap FROM his.charge c""")
        self.sql(f"GRANT SELECT ON his.slow TO {READER}")
        self.add_charges(1)
        feed = self.charges()
        feed.relation = "his.slow"
        line = feed.line_ids.filtered(lambda line: line.target == "fact.category")
        line.columns = "nap"
        self.assertEqual(self.failed(feed), "sql_failed")
        self.assertIn("timeout", feed.detail)

    def test_hostile_names(self):
        """Names are quoted: they are names, never statements."""
        feed = self.charges()
        self.add_charges(1)
        feed.mark_column = 'fee_id"; DROP TABLE his.charge; --'
        self.assertEqual(self.failed(feed), "sql_no_column")
        feed.relation = "his.charge--"
        self.assertEqual(self.failed(feed), "sql_no_table")
        self.assertEqual(self.sql("SELECT count(*) FROM his.charge"), [(1,)])

    def test_reasons(self):
        feed = self.charges()
        feed.relation = "his.nothing"
        self.assertEqual(self.failed(feed), "sql_no_table")
        feed.write({"relation": "his.v_charge", "mark_column": "grown"})
        self.assertEqual(self.failed(feed), "sql_no_column")
        self.assertIn("grown", feed.reason)
        self.source.write({"port": 1, "password": PASSWORD})
        self.assertEqual(self.failed(feed), "sql_no_connection")
        self.assertEqual(feed.failure_count, 3)
        self.assertNotIn(PASSWORD, f"{feed.reason} {feed.detail}")

    def test_no_driver(self):
        """A driver that is not there is named."""
        self.source.write({"server": "oracle", "password": PASSWORD})
        feed = self.charges()
        self.patch(outside_db, "SERVERS", {"oracle": ("oracle+cx_oracle", "oracledb")})
        self.assertEqual(self.failed(feed), "sql_no_driver")
        self.assertIn("pip install oracledb", feed.reason)

    def test_own_tables_are_out_of_reach(self):
        """No administrator of HCRM reads around its rights through a connection to itself."""
        own = self.env.cr.dbname
        self.source.write({"database": own, "password": PASSWORD})
        feed = self.charges()
        feed.relation = "public.res_users"
        self.assertEqual(self.failed(feed), "sql_own_database")
        user = self.info.get("user") or self.env.cr.connection.info.user
        self.source.write({"database": self.outside, "user_name": user, "password": PASSWORD})
        self.assertEqual(self.failed(feed), "sql_own_database")

    def test_columns_are_proposed(self):
        feed = self.env["hcrm.his.feed"].create(
            {
                "source_id": self.source.id,
                "name": "x",
                "code": "x",
                "kind": "patient",
                "relation": "his.Patient Table",
                "mark_column": "updated",
            }
        )
        trial = self.env["hcrm.his.feed.try"].create({"feed_id": feed.id})
        trial.action_propose()
        found = {line.target: line.columns for line in feed.line_ids if line.columns}
        self.assertEqual(found["patient.name"], "name")
        self.assertEqual(found["patient.national_id"], "id_card")

    def test_wrong_rows_are_dead_letters_once(self):
        feed = self.patients()
        self.sql("""INSERT INTO his."Patient Table" (pid, name, sex, updated)
                    VALUES ('P1', '张', 'X', '2026-03-01'), ('P2', '李', '2', '2026-03-01')""")
        self.run_feed(feed)
        self.run_feed(feed)
        self.assertEqual(len(self.messages(feed)), 2)
        self.assertEqual(feed.mark, "2026-03-01T00:00:00")

    def test_same_patient_by_table_and_json(self):
        feed = self.patients()
        self.sql("""INSERT INTO his."Patient Table" (pid, name, sex, updated)
                    VALUES ('P1', '张伟', '1', '2026-03-01')""")
        self.run_feed(feed)
        other = self.make_feed(source=self.make_source(code="json"))
        self.tell_rows(other, patient_row(phone="13800138000"))
        self.assertEqual(self.messages(feed).partner_id, self.messages(other).partner_id)
