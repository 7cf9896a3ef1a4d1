import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

NAME = "并发删除者"


@tagged("post_install", "-at_install")
class TestErasureConcurrency(TransactionCase):
    """Real connections that commit; what they leave is removed by SQL at the end."""

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            kind = env.ref("hcrm_base.kind_patient")
            partner = env["res.partner"].create({"name": NAME, "kind_ids": kind.ids})
            group, mark = "hcrm_base.group_service_manager", uuid4().hex[:8]
            managers = [new_test_user(env, login=f"{mark}-{n}", groups=group) for n in range(2)]
            request = env["hcrm.privacy.request"].create(
                {
                    "partner_id": partner.id,
                    "kind_id": env.ref("hcrm_base.privacy_kind_erase").id,
                    "identity_method": "card",
                    "user_id": managers[0].id,
                }
            )
            request = request.with_user(managers[0])
            request.action_check_identity()
            request.action_start()
            request.action_propose_erasure()
            self.partner_id, self.request_id = partner.id, request.id
            self.user_ids = [manager.id for manager in managers]
        self.addCleanup(self._remove)

    def _remove(self):
        tables = ("hcrm_erasure_line", "hcrm_erasure_log", "hcrm_privacy_step")
        with self.connection() as env:
            for table in tables:
                env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
            for statement in (
                """DELETE FROM hcrm_erasure_line WHERE log_id IN (
                       SELECT id FROM hcrm_erasure_log WHERE request_id = %(request)s)""",
                "DELETE FROM hcrm_erasure_log WHERE request_id = %(request)s",
                "DELETE FROM hcrm_privacy_step WHERE request_id = %(request)s",
                "DELETE FROM mail_activity WHERE res_model = 'hcrm.privacy.request'",
                "DELETE FROM hcrm_privacy_request WHERE id = %(request)s",
                "DELETE FROM hcrm_contact_note WHERE partner_id = %(partner)s",
                "DELETE FROM hcrm_encounter WHERE partner_id = %(partner)s",
                "DELETE FROM res_partner WHERE id = %(partner)s",
            ):
                env.cr.execute(statement, {"request": self.request_id, "partner": self.partner_id})
            for table in tables:
                env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table)))
            users = env["res.users"].browse(self.user_ids)
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    @contextmanager
    def connection(self):
        """Give an environment on a connection of its own and commit at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @contextmanager
    def older_connection(self):
        """As ``connection``, with a snapshot that is taken now; waits are bounded."""
        with self.connection() as env:
            env.cr.execute("SET LOCAL lock_timeout = '20s'")
            env.cr.execute("SELECT 1")
            yield env

    def _approve(self, env):
        request = env["hcrm.privacy.request"].browse(self.request_id)
        return request.with_user(self.user_ids[1]).action_approve_erasure()

    def _note(self, env):
        return env["hcrm.contact.note"].create(
            {"partner_id": self.partner_id, "summary": f"{NAME} rang", "body": NAME}
        )

    def test_a_note_committed_while_the_erasure_waits(self):
        """The erasure cannot see it under repeatable read: it is swept after the commit."""
        with ThreadPoolExecutor(1) as pool, self.older_connection() as eraser:
            with self.connection() as env:
                note_id = self._note(env).id
                env.flush_all()
                erasure = pool.submit(self._approve, eraser)
                self._wait_for_lock(env, eraser)
            erasure.result(timeout=30)
        with self.connection() as env:
            self.assertTrue(env["res.partner"].browse(self.partner_id).is_erased)
            note = env["hcrm.contact.note"].browse(note_id)
            self.assertNotIn(NAME, f"{note.summary} {note.body}")

    def test_a_note_begun_before_the_erasure_and_written_after(self):
        """It fails with the error that Odoo tries again on, and is then refused."""
        with self.older_connection() as late:
            with self.connection() as env:
                self._approve(env)
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                self._note(late)
                late.flush_all()
            late.cr.rollback()
            late.transaction.reset()
            with self.assertRaises(UserError):
                self._note(late)

    def test_a_phone_typed_while_the_person_is_erased(self):
        with self.older_connection() as late:
            partner = late["res.partner"].browse(self.partner_id)
            self.assertFalse(partner.is_erased)
            with self.connection() as env:
                self._approve(env)
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                partner.phone = "13900001111"
                late.flush_all()
            late.cr.rollback()
            late.transaction.reset()
            with self.assertRaises(UserError):
                partner.phone = "13900001111"

    @mute_logger("odoo.sql_db")
    def test_two_approve_at_once(self):
        """One erases; the other fails, is tried again and finds the request closed."""
        with ThreadPoolExecutor(1) as pool, self.older_connection() as second:
            with self.connection() as env:
                self._approve(env)
                env.flush_all()
                erasure = pool.submit(self._approve, second)
                self._wait_for_lock(env, second)
            with self.assertRaises(SerializationFailure):
                erasure.result(timeout=30)
            second.cr.rollback()
            second.transaction.reset()
            with self.assertRaises(UserError):
                self._approve(second)
        with self.connection() as env:
            logs = env["hcrm.erasure.log"].search([("request_id", "=", self.request_id)])
            self.assertEqual(len(logs), 1)

    def _wait_for_lock(self, env, other):
        """Return when the other connection waits for one of ours."""
        pid = other.cr.connection.info.backend_pid
        for _attempt in range(200):
            time.sleep(0.05)
            env.cr.execute(SQL("SELECT cardinality(pg_blocking_pids(%s)) > 0", pid))
            if env.cr.fetchone()[0]:
                return
        self.fail("the other connection never waited")
