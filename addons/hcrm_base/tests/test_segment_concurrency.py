import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

CITY = "并发城"


@tagged("post_install", "-at_install")
class TestSegmentConcurrency(TransactionCase):
    """Real connections that commit; what they leave is removed by SQL at the end."""

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            user = new_test_user(
                env, login="segment_worker", groups="hcrm_base.group_nurse", name="Nurse Wang"
            )
            kind = env.ref("hcrm_base.kind_patient")
            partners = env["res.partner"].create(
                [
                    {"name": f"并发 {number}", "kind_ids": kind.ids, "city": CITY}
                    for number in range(6)
                ]
            )
            segment = env["hcrm.segment"].create(
                {
                    "name": "并发",
                    "owner_id": user.id,
                    "domain": f"[('city', '=', '{CITY}')]",
                    "cadence": "manual",
                }
            )
            self.user_id, self.segment_id, self.partner_ids = user.id, segment.id, partners.ids
            self.user_partner_id = user.partner_id.id
        self.addCleanup(self._remove)

    @contextmanager
    def connection(self, user=False):
        """Give an environment on a connection of its own and commit at the end."""
        with self.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '20s'")
            yield api.Environment(
                cr, self.user_id if user else SUPERUSER_ID, {"tracking_disable": True}
            )

    def _remove(self):
        with self.connection() as env:
            for table in ("hcrm_segment_member", "hcrm_segment_refresh"):
                env.cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE segment_id = %s",
                        SQL.identifier(table),
                        self.segment_id,
                    )
                )
            env.cr.execute(SQL("DELETE FROM hcrm_segment WHERE id = %s", self.segment_id))
            env["res.users"].browse(self.user_id).unlink()
            ids = [*self.partner_ids, self.user_partner_id]
            env.cr.execute(SQL("DELETE FROM res_partner WHERE id = ANY(%s)", ids))

    def _segment(self, env):
        return env["hcrm.segment"].browse(self.segment_id)

    def _open_rows(self):
        with self.connection() as env:
            env.cr.execute(
                SQL(
                    "SELECT partner_id FROM hcrm_segment_member"
                    " WHERE segment_id = %s AND left_at IS NULL ORDER BY partner_id",
                    self.segment_id,
                )
            )
            return [partner_id for (partner_id,) in env.cr.fetchall()]

    def test_two_at_once(self):
        """The second is told who is at it, and since when; nobody is in twice."""
        with self.connection(user=True) as first, self.connection(user=True) as second:
            self._segment(first)._refresh()
            first.flush_all()
            with self.assertRaises(UserError) as caught:
                self._segment(second)._refresh()
            self.assertIn("is being refreshed", str(caught.exception))
            self.assertIn("Nurse Wang", str(caught.exception))
        self.assertEqual(self._open_rows(), self.partner_ids)

    @mute_logger("odoo.sql_db")
    def test_begun_before_and_refreshed_after(self):
        """It fails with the error that Odoo tries again on, and then finds nothing to do."""
        with self.connection(user=True) as late:
            self._segment(late).read(["name"])  # its view of the world is taken
            with self.connection(user=True) as first:
                self._segment(first)._refresh()
            with self.assertRaises(SerializationFailure):
                self._segment(late)._refresh()
            late.cr.rollback()
            late.transaction.reset()
            self._segment(late)._refresh()
            newest = self._segment(late).refresh_ids[:1]
            self.assertEqual((newest.size, newest.entered, newest.left), (6, 0, 0))
        self.assertEqual(self._open_rows(), self.partner_ids)

    @mute_logger("odoo.sql_db")
    def test_many_at_once(self):
        """Given eight refreshes at the same moment, whoever wins, all members are in once."""

        def refresh(env):
            for _attempt in range(100):
                try:
                    self._segment(env)._refresh()
                    env.cr.commit()
                    return "done"
                except (UserError, SerializationFailure):
                    env.cr.rollback()
                    time.sleep(0.02)
            return "gave up"

        with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
            # environments are made here: the tests hold the lock of the registry
            envs = [stack.enter_context(self.connection(user=True)) for _number in range(8)]
            self.assertEqual(set(pool.map(refresh, envs)), {"done"})
        self.assertEqual(self._open_rows(), self.partner_ids)

    @mute_logger("odoo.sql_db")
    def test_a_merge_meanwhile(self):
        """Given a merge that commits while the refresh runs, the absorbed person is not left in."""
        survivor_id, absorbed_id = self.partner_ids[:2]
        self.addCleanup(self._remove_log, survivor_id)
        with self.connection(user=True) as late:
            self._segment(late).read(["name"])
            with self.connection() as env:
                survivor, absorbed = env["res.partner"].browse([survivor_id, absorbed_id])
                survivor._hcrm_merge(absorbed, "concurrent")
            with self.assertRaises(SerializationFailure):
                self._segment(late)._refresh()
            late.cr.rollback()
            late.transaction.reset()
            self._segment(late)._refresh()
        self.assertEqual(self._open_rows(), [survivor_id, *self.partner_ids[2:]])

    def _remove_log(self, survivor_id):
        with self.connection() as env:
            env.cr.execute("ALTER TABLE hcrm_merge_log DISABLE TRIGGER USER")
            env.cr.execute(SQL("DELETE FROM hcrm_merge_log WHERE survivor_id = %s", survivor_id))
            env.cr.execute("ALTER TABLE hcrm_merge_log ENABLE TRIGGER USER")
