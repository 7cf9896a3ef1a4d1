from contextlib import contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestConsentConcurrency(TransactionCase):
    """Two desks at once, on connections that commit; what they leave is removed by SQL."""

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            kind = env.ref("hcrm_base.kind_patient")
            person = env["res.partner"].create({"name": "并发同意", "kind_ids": kind.ids})
            self.person_id = person.id
        self.addCleanup(self._remove)
        for channel in ("sms", "email"):
            with self.connection() as env:
                self._say(env, channel, "granted")

    @contextmanager
    def connection(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _remove(self):
        with self.connection() as env:
            env.cr.execute("ALTER TABLE hcrm_consent DISABLE TRIGGER USER")
            env.cr.execute(SQL("DELETE FROM hcrm_consent WHERE partner_id = %s", self.person_id))
            env.cr.execute("ALTER TABLE hcrm_consent ENABLE TRIGGER USER")
            env.cr.execute(SQL("DELETE FROM res_partner WHERE id = %s", self.person_id))

    def _say(self, env, channel, status):
        person = env["res.partner"].browse(self.person_id)
        env["hcrm.consent"]._record(person, [("marketing", False, channel, status)])

    def _flag(self):
        with self.connection() as env:
            return env["res.partner"].browse(self.person_id).marketing_allowed

    def test_two_refusals_at_once_leave_no_permission(self):
        """Given two channels agreed to, refused one each by two desks at once, nothing is left.

        Each alone would see the other channel still open and keep the permission.
        """
        self.assertTrue(self._flag())
        with self.registry.cursor() as cr:
            older = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            cr.execute("SELECT 1")
            with self.connection() as env:
                self._say(env, "sms", "withdrawn")
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._say(older, "email", "withdrawn")
            cr.rollback()
            self._say(older, "email", "withdrawn")  # as Odoo tries again
            cr.commit()  # pylint: disable=invalid-commit
        self.assertFalse(self._flag())

    def test_a_table_imported_twice_at_once_is_there_once(self):
        """Given two who take over one table, the second's lines are those of the first."""
        with self.registry.cursor() as cr:
            older = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT 1")
            with self.connection() as env:
                self._import(env)
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._import(older)
            cr.rollback()
            self._import(older)  # as Odoo tries again
            cr.commit()  # pylint: disable=invalid-commit
        with self.connection() as env:
            asked = [("partner_id", "=", self.person_id), ("method", "=", "import")]
            self.assertEqual(env["hcrm.consent"].search_count(asked), 1)

    def _import(self, env):
        source = SQL(
            "SELECT 2 AS line, %s AS partner_id, %s AS company_id, 'survey' AS purpose,"
            " NULL::int AS topic_id, NULL AS channel, 'withdrawn' AS status,"
            " '2026-01-05'::timestamp AS decided_at, NULL::date AS expires_on,"
            " NULL::int AS by_partner_id, NULL AS evidence, NULL AS trouble",
            self.person_id,
            env.company.id,
        )
        _new, wrong = env["hcrm.consent"]._import_rows(source)
        self.assertEqual(wrong, [])
