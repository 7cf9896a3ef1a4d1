import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

NUMBERS = ("+8613700137001", "+8613700137002")


@tagged("post_install", "-at_install")
class TestConversationConcurrency(TransactionCase):
    """Real connections that commit at once; what they leave is removed by SQL."""

    def setUp(self):
        super().setUp()
        with self._connection() as env:
            kind = env.ref("hcrm_base.kind_patient")
            persons = env["res.partner"].create(
                [
                    {"name": f"并发{number}", "kind_ids": kind.ids, "phone": number}
                    for number in NUMBERS
                ]
            )
            self.persons = persons.ids
            self.users = [
                new_test_user(env, f"rush{number}", "hcrm_base.group_officer").id
                for number in (1, 2)
            ]
            self.company = env.company.id
        self.addCleanup(self._remove)

    @contextmanager
    def _connection(self, user=SUPERUSER_ID):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, user, {"tracking_disable": True})

    def _remove(self):
        with self._connection() as env:
            env.cr.execute("ALTER TABLE hcrm_conversation_handover DISABLE TRIGGER USER")
            talks = "SELECT id FROM hcrm_conversation WHERE partner_id = ANY(%s)"
            for table in ("hcrm_conversation_handover", "hcrm_conversation_turn"):
                statement = f"DELETE FROM {table} WHERE conversation_id IN ({talks})"
                env.cr.execute(statement, [self.persons])
            env.cr.execute(
                SQL(
                    "UPDATE hcrm_conversation SET last_inbound_id = NULL"
                    " WHERE partner_id = ANY(%s)",
                    self.persons,
                )
            )
            for table in ("hcrm_inbound", "hcrm_conversation"):
                env.cr.execute(f"DELETE FROM {table} WHERE partner_id = ANY(%s)", [self.persons])
            env.cr.execute("ALTER TABLE hcrm_conversation_handover ENABLE TRIGGER USER")
            env.cr.execute(SQL("DELETE FROM res_partner WHERE id = ANY(%s)", self.persons))
            env["res.users"].browse(self.users).unlink()

    def _rush(self, *calls):
        """Do all at once, each on a connection of its own; return what each gave or raised.

        Connections and environments are made here: a test's thread holds the registry.
        """
        gate = threading.Barrier(len(calls))

        def run(call, env):
            gate.wait(10)
            try:
                return call(env)
            except UserError as error:
                return error

        with ExitStack() as stack, ThreadPoolExecutor(len(calls)) as pool:
            environments = [stack.enter_context(self._connection(user)) for user, _call in calls]
            for env in environments:
                env["hcrm.conversation"].search([], limit=1)  # caches are warm in the threads
                env.cr.rollback()
            told = [
                pool.submit(run, call, env)
                for env, (_user, call) in zip(environments, calls, strict=True)
            ]
            return [one.result(60) for one in told]

    def _again(self, env, call):
        """Call as Odoo does for a request: again after a conflict, then commit."""
        for _try in range(5):
            try:
                result = call()
                env.flush_all()
            except (SerializationFailure, LockNotAvailable):
                env.cr.rollback()
                env.invalidate_all()
            else:
                env.cr.commit()  # pylint: disable=invalid-commit
                return result
        raise AssertionError("five conflicts")

    def _receive(self, count):
        """Store messages of both persons, in turns; each is a row that any worker may take."""
        with self._connection() as env:
            return [
                env["hcrm.inbound"]._receive(
                    "sms",
                    env["res.company"].browse(self.company),
                    NUMBERS[number % 2],
                    f"请问 {number}",
                    provider_key=f"rush/{self.id()}/{number}",
                )
                for number in range(count)
            ]

    def _work(self, env, limit=1):
        """One worker, as the scheduled action works: committed after each batch."""
        done = 0
        env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        while worked := env["hcrm.inbound"]._work(limit):
            done += worked
            env.cr.commit()  # pylint: disable=invalid-commit
            env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return done

    def _work_all(self):
        with self._connection() as env:
            self._work(env)

    def test_two_workers_make_one_conversation(self):
        """Given four workers and forty messages of two persons, there are two conversations."""
        self._receive(40)
        self._rush(*[(SUPERUSER_ID, self._work)] * 4)
        self._work_all()
        with self._connection() as env:
            env["hcrm.conversation"]._gather()
            talks = env["hcrm.conversation"].search([("partner_id", "in", self.persons)])
            self.assertEqual(len(talks), 2)
            arrived = env["hcrm.inbound"].search([("partner_id", "in", self.persons)])
            self.assertEqual(len(arrived), 40)
            self.assertTrue(all(one.conversation_id for one in arrived))
            self.assertEqual(sorted(talks.mapped("unread")), [20, 20])
            turns = env["hcrm.conversation.turn"].search([("conversation_id", "in", talks.ids)])
            self.assertEqual(len(turns), 2)

    def test_two_agents_press_at_once(self):
        """Given two who take one conversation, exactly one has it and the other is told who."""
        self._receive(1)
        self._work_all()
        with self._connection() as env:
            talk = env["hcrm.conversation"].search([("partner_id", "=", self.persons[0])]).id

        def take(env):
            one = env["hcrm.conversation"].browse(talk)
            return self._again(env, one.action_take)

        with mute_logger("odoo.sql_db"):
            told = self._rush(*[(user, take) for user in self.users])
        self.assertEqual(sum(isinstance(one, UserError) for one in told), 1, told)
        with self._connection() as env:
            self.assertIn(env["hcrm.conversation"].browse(talk).user_id.id, self.users)
            lines = env["hcrm.conversation.handover"].search([("conversation_id", "=", talk)])
            self.assertEqual(len(lines.filtered(lambda line: line.event == "taken")), 1)

    def test_a_double_click_over_two_connections(self):
        """Given two presses of one answer at once, one message is asked for."""
        self._receive(1)
        self._work_all()
        with self._connection() as env:
            found = env["hcrm.conversation"].search([("partner_id", "=", self.persons[0])])
            talk, gateway = (
                found.id,
                env["hcrm.gateway"].create(
                    {"name": "rush", "channel": "sms", "kind": "null", "company_id": self.company}
                ),
            )
        self.addCleanup(self._forget, gateway.id, talk)

        def answer(env):
            one = env["hcrm.conversation"].browse(talk)
            return self._again(env, lambda: one.reply("周一上午", "press-00001"))

        with mute_logger("odoo.sql_db"):
            told = self._rush(*[(self.users[0], answer)] * 2)
        self.assertEqual(len({one["id"] for one in told}), 1, told)

    def _forget(self, gateway, talk):
        with self._connection() as env:
            statement = "DELETE FROM hcrm_communication WHERE conversation_id = %s"
            env.cr.execute(statement, [talk])
            env["hcrm.gateway"].browse(gateway).unlink()
