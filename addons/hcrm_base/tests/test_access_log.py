from psycopg2.errors import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.access_log_writer import AccessLogWriter
from .access_log_case import AccessLogCase


@tagged("post_install", "-at_install")
class TestAccessLog(AccessLogCase):
    """Notes become rows, once; nobody changes a row."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.log = cls.env["hcrm.access.log"]
        cls.person, cls.other = cls._person("张伟丽"), cls._person("李强")

    def _noted(self, user="nurse", **vals):
        log = self.env(user=self.users[user])["hcrm.access.log"]
        log._note("res.partner", self.person.ids, self.person.ids, **vals)
        return self._take()

    def test_note_becomes_a_row(self):
        row = self._noted(fields=("name", "phone"), detail="call list")
        self.assertRecordValues(
            row,
            [
                {
                    "user_id": self.users["nurse"].id,
                    "company_id": self.company.id,
                    "kind": "view",
                    "res_model": "res.partner",
                    "record_count": 1,
                    "field_names": "name,phone",
                    "detail": "call list",
                    "res_ids": self.person.ids,
                    "partner_ids": self.person.ids,
                    "real_user_id": self.env["res.users"].id,
                }
            ],
        )

    def test_equal_notes_are_one_row(self):
        log = self.env(user=self.users["nurse"])["hcrm.access.log"]
        for _again in range(3):
            log._note("res.partner", self.person.ids, None)
        log._note("res.partner", self.other.ids, None)
        row = self._take()
        self.assertEqual(len(row), 1)
        self.assertEqual(row.kind, "list")
        self.assertEqual(set(row.partner_ids), set((self.person | self.other).ids))

    def test_persons_are_found_from_records(self):
        encounter = self._encounter(self.person, self.cardiology)
        encounter.flush_recordset()
        self.log._note("hcrm.encounter", encounter.ids, None, kind="fhir")
        row = self._take()
        self.assertEqual((row.kind, row.partner_ids), ("fhir", self.person.ids))

    def test_unknown_kind(self):
        with self.assertRaisesRegex(ValueError, "'glance' is unknown"):
            self.log._note("res.partner", [], [], kind="glance")

    def test_nothing_noted_writes_nothing(self):
        with self.assertQueryCount(0):
            self.log._flush_notes()

    def test_one_statement_for_many(self):
        self._noted()  # settings are in cache from then on
        people = self.env["res.partner"].browse(self.person.ids * 50)
        for log in (self.log, self.env(user=self.users["nurse"])["hcrm.access.log"]):
            log._note("res.partner", people.ids, None)
            log._note("hcrm.encounter", [1, 2], None)
        with self.assertQueryCount(1):
            self.log._flush_notes()

    def test_orm_refuses(self):
        row = self._noted()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self._savepoint():
            row.sudo().detail = "nothing"
            row.flush_recordset()
        with self.assertRaises(UserError):
            row.sudo().unlink()

    def test_postgresql_refuses(self):
        row = self._noted()
        for statement in (
            SQL("UPDATE hcrm_access_log SET user_id = 1 WHERE id = %s", row.id),
            SQL("UPDATE hcrm_access_log SET partner_ids = '{}' WHERE id = %s", row.id),
            SQL("DELETE FROM hcrm_access_log WHERE id = %s", row.id),
            SQL("TRUNCATE hcrm_access_log"),
        ):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self._savepoint():
                self.env.cr.execute(statement)

    def _savepoint(self):
        return self.env.cr.savepoint()

    def test_connection_is_left_as_it_was(self):
        """Given a line written between two transactions, the next one is isolated as ever."""
        with self.registry.cursor() as cr:
            connection = cr.connection
            before = (connection.isolation_level, connection.readonly, connection.autocommit)
            AccessLogWriter(cr)._write_at_once(SQL("SELECT 1"))
            after = (connection.isolation_level, connection.readonly, connection.autocommit)
            self.assertEqual(after, before)
            cr.execute("SHOW transaction_isolation")
            self.assertEqual(cr.fetchall(), [("repeatable read",)])

    def test_ids_are_eight_bytes(self):
        [[kind]] = self.env.execute_query(
            SQL("SELECT pg_typeof(id)::text FROM hcrm_access_log LIMIT 1")
        ) or [["bigint"]]
        self.assertEqual(kind, "bigint")
