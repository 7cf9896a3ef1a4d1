from contextlib import contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestSeatConcurrency(TransactionCase):
    """Desks that press at once, on connections that commit; what they leave is removed by SQL."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove)
        with self.connection() as env:
            now = fields.Datetime.now()
            users = env["res.users"]
            for number in range(2):
                users |= new_test_user(env, f"race_desk_{number}", groups="hcrm_base.group_officer")
            agents = env["hcrm.agent"].create([{"user_id": user.id} for user in users])
            agents.write(
                {"state": "available", "away_reason": False, "seen_at": now, "idle_since": now}
            )
            self.user_ids = users.ids
            self.call_ids = [self._create_call(env, number).id for number in range(2)]

    @staticmethod
    def _create_call(env, number):
        call = env["hcrm.call"].create(
            {
                "channel_ref": f"race-{number}",
                "direction": "in",
                "company_id": env.company.id,
                "number_stored": f"+86138001390{number:02}",
                "program": "menu",
                "state": "menu",
            }
        )
        call._queue_up()
        return call

    @contextmanager
    def connection(self, uid=SUPERUSER_ID):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, uid, {"tracking_disable": True})

    def _remove(self):
        with self.connection() as env:
            calls = SQL("(SELECT id FROM hcrm_call WHERE channel_ref LIKE 'race-%%')")
            env.cr.execute("ALTER TABLE hcrm_call_event DISABLE TRIGGER USER")
            env.cr.execute(SQL("DELETE FROM hcrm_call_event WHERE call_id IN %s", calls))
            env.cr.execute("ALTER TABLE hcrm_call_event ENABLE TRIGGER USER")
            env.cr.execute(SQL("DELETE FROM hcrm_call WHERE id IN %s", calls))
            users = env["res.users"].search([("login", "=like", "race_desk_%")])
            env["hcrm.agent"].search([("user_id", "in", users.ids)]).unlink()
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def _accept(self, env, user_id, call_id):
        return env["hcrm.seat"].with_user(user_id).accept(call_id)

    def _press_both(self, first, second):
        """Press (user, call) twice at once: both began before either was done."""
        with self.registry.cursor() as cr:
            older = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT 1")  # its picture of the database is of now
            with self.connection() as env:
                self._accept(env, *first)
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._accept(older, *second)
            cr.rollback()
            with self.assertRaises(UserError):
                self._accept(older, *second)  # as Odoo tries again
            cr.rollback()

    def _get_holders(self):
        with self.connection() as env:
            calls = env["hcrm.call"].browse(self.call_ids)
            return {call.id: call.user_id.id for call in calls if call.user_id}

    def _get_talking(self):
        with self.connection() as env:
            agents = env["hcrm.agent"].search([("user_id", "in", self.user_ids)])
            return agents.filtered(lambda one: one.state == "talking").user_id.ids

    def test_one_call_two_desks(self):
        """Of two desks that press for one call the first has it, the second stays free."""
        one, other = self.user_ids[:2]
        call_id = self.call_ids[0]
        self._press_both((one, call_id), (other, call_id))
        self.assertEqual(self._get_holders(), {call_id: one})
        self.assertEqual(self._get_talking(), [one])

    def test_one_desk_in_two_windows(self):
        """A desk that presses for two calls in two windows talks to one caller."""
        user_id, (first, second) = self.user_ids[0], self.call_ids[:2]
        self._press_both((user_id, first), (user_id, second))
        self.assertEqual(self._get_holders(), {first: user_id})
        self.assertEqual(self._get_talking(), [user_id])

    def test_given_back_while_another_takes(self):
        """What a silent desk gives back is taken by one desk, and never twice."""
        one, other = self.user_ids[:2]
        call_id = self.call_ids[0]
        with self.connection() as env:
            call = env["hcrm.call"].browse(call_id)
            self.assertTrue(call._claim(env["res.users"].browse(one)))
        with self.registry.cursor() as cr:
            older = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT 1")
            with self.connection() as env:
                env["hcrm.call"]._give_back([("id", "=", call_id)])
            with self.connection() as env:
                self._accept(env, other, call_id)
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                older["hcrm.call"]._give_back([("id", "=", call_id)])
            cr.rollback()
        self.assertEqual(self._get_holders(), {call_id: other})
