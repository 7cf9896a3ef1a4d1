import psycopg2

from odoo.sql_db import connection_info_for

from ..tools.bulk import SourceError
from .rows_common import CHARGES, RowsCommon

READER, PASSWORD = "hcrm_test_reader", "a reader's password"
TABLES = """
CREATE SCHEMA his;
CREATE TABLE his."Patient Table" (pid text PRIMARY KEY, name text, sex text, birthday date,
    phone text, id_card text, updated timestamp, secret text DEFAULT 'not asked for');
CREATE TABLE his.charge (fee_id bigserial PRIMARY KEY, pid text, visit_no text, item text,
    item_name text, qty numeric(9, 2), price numeric(9, 2), kind text, charged timestamptz,
    dept text, done int, touched int DEFAULT 1);
CREATE VIEW his.v_charge AS SELECT * FROM his.charge;
CREATE TABLE his.loose (LIKE his.charge);
ALTER TABLE his.loose ALTER fee_id DROP NOT NULL;
"""


class RowsSqlCommon(RowsCommon):
    """Another, real PostgreSQL database with tables and views of a hospital."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outside = f"{cls.env.cr.dbname}__outside"
        _name, info = connection_info_for("postgres")
        cls.info = {
            name: value for name, value in info.items() if name not in ("database", "dbname")
        }
        cls._admin(f'DROP DATABASE IF EXISTS "{cls.outside}"', f'CREATE DATABASE "{cls.outside}"')
        cls.addClassCleanup(cls._admin, f'DROP DATABASE IF EXISTS "{cls.outside}" WITH (FORCE)')
        cls._admin(
            f"""DO $$ BEGIN CREATE ROLE {READER} LOGIN;
                EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""",
            f"ALTER ROLE {READER} PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'",
        )
        cls.sql(TABLES)
        cls.sql(f"GRANT USAGE ON SCHEMA his TO {READER}")
        cls.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA his TO {READER}")
        cls.sql(f"GRANT UPDATE (done) ON his.charge, his.loose TO {READER}")
        cls.source = cls.make_source(
            "sql",
            host=cls.info.get("host") or "127.0.0.1",
            port=int(cls.info.get("port") or 0),
            database=cls.outside,
            user_name=READER,
            password=PASSWORD,
            encryption="none",
        )

    def setUp(self):
        super().setUp()
        self.sql("""TRUNCATE his.charge, his.loose, his."Patient Table" """)

    @classmethod
    def _admin(cls, *statements):
        link = psycopg2.connect(dbname="postgres", **cls.info)
        link.autocommit = True
        with link.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        link.close()

    @classmethod
    def sql(cls, statement, *values):
        """Run in the other database; return the rows."""
        link = psycopg2.connect(dbname=cls.outside, **cls.info)
        with link, link.cursor() as cursor:
            cursor.execute(statement, values or None)
            rows = cursor.fetchall() if cursor.description else []
        link.close()
        return rows

    def patients(self, **values):
        return self.make_feed(
            source=self.source,
            relation="his.Patient Table",
            mark_column="updated",
            **values,
        )

    def charges(self, **values):
        return self.make_feed(
            kind="charge",
            columns=CHARGES,
            source=self.source,
            relation="his.v_charge",
            mark_column="fee_id",
            overlap=0,
            **{"key_columns": "fee_id", **values},
        )

    def add_charges(self, count, first=1):
        self.sql(
            """INSERT INTO his.charge (fee_id, pid, visit_no, item, item_name, qty, price, charged)
               SELECT n, 'P' || n %% 7, 'V' || n %% 7, 'D' || n %% 3, '药', 1, 2.50,
                      '2026-03-01 10:00+08'
                 FROM generate_series(%s, %s) AS n""",
            first,
            first + count - 1,
        )

    def run_feed(self, feed, batches=None):
        """Run as a worker does, without its commits; stop after some batches if told."""
        steps = feed._run_steps()
        total = 0
        try:
            for number, count in enumerate(steps):
                self.env.flush_all()
                total += count
                if number == batches:
                    break
        finally:
            steps.close()
        self.env.invalidate_all()
        return total

    def failed(self, feed):
        """Run and return the code of the reason why it stopped."""
        with self.assertRaises(SourceError) as caught:
            self.run_feed(feed)
        feed._note_failure(caught.exception)
        return feed.reason_code
