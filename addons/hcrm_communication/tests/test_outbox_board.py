from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ..tools.outbox_columns import COLUMNS
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestOutboxBoard(CommunicationCase):
    """What the board counts, for whom, and at what price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"board_{role}", groups=f"hcrm_base.group_{role}")
            for role in ("officer", "nurse", "marketing", "community_worker", "leader", "analyst")
        }
        cls.start = cls._board(cls.users["officer"])

    @classmethod
    def _board(cls, user, **context):
        return cls.env["hcrm.outbox.board"].with_user(user).with_context(**context).get_board()

    def _counts(self, gateway=None, role="officer", **context):
        """Return the cells of a gateway that are not zero."""
        board = self._board(self.users[role], **context)
        [line] = [one for one in board["lines"] if one["gateway_id"] == (gateway or self.sms).id]
        return {name: count for name, count in line["counts"].items() if count}

    def _end(self, state, days=0, **values):
        """Return a message that ended so many days ago."""
        at = fields.Datetime.now() - timedelta(days=days)
        message = self._ask().sudo()
        message.write({"gateway_id": self.sms.id, "claim": 1, "claimed_at": at})
        if state in ("sent", "delivered", "uncertain", "failed"):
            message.write({"state": "claimed"})
            message.flush_recordset()
        if state in ("sent", "delivered"):
            values["sent_at"] = at
        if state == "failed":
            values["failure_code"] = "undelivered"
        message.write({"state": state, "settled_at": at, **values})
        message.flush_recordset()
        return message

    def test_each_column(self):
        self._ask()
        self._ask(due_at=fields.Datetime.now() + timedelta(hours=2))
        self._ask(due_at=fields.Datetime.now() + timedelta(days=3))
        self._end("uncertain")
        for _number in range(2):
            self._end("sent")
        for _number in range(3):
            self._end("delivered")
        for days in (0, 20, 40):
            self._end("failed", days=days)
        self._end("refused")
        self._end("refused", days=2)
        self._end("delivered", days=2)
        self.assertEqual(
            self._counts(),
            {
                "due": 1, "later": 1, "uncertain": 1, "sent": 2, "delivered": 3, "failed": 2,
                "refused": 1,
            },
        )  # fmt: skip

    def test_a_number_opens_its_messages(self):
        """Every number is that of the list which a click on it opens."""
        self.test_each_column()
        self._ask(channels=["voice"])
        officer = self.users["officer"]
        board = self.env["hcrm.outbox.board"].with_user(officer)
        messages = self.env["hcrm.communication"].with_user(officer)
        opened = 0
        for line in board.get_board()["lines"]:
            for column in COLUMNS:
                where = (line["gateway_id"], line["channel"], line["company_id"])
                action = board.action_open(column, *where)
                found = messages.search_count(action["domain"])
                self.assertEqual(found, line["counts"][column], (line["name"], column))
                opened += found
        self.assertGreater(opened, 10)

    def test_speed_and_cost(self):
        self.sms.price_per_part = 0.05
        self.env.company.currency_id.active = True
        for _number in range(3):
            self._ask()
        self._drain()
        [line] = [
            one
            for one in self._board(self.users["officer"])["lines"]
            if one["gateway_id"] == self.sms.id
        ]
        self.assertEqual(line["rate"], "0.2 a minute", "three in a quarter of an hour")
        self.assertIn("0.15", line["cost"])

    def test_oldest_of_each_priority(self):
        self._ask(due_at=fields.Datetime.now() - timedelta(minutes=90))
        self._ask(due_at=fields.Datetime.now() - timedelta(minutes=5), is_urgent=True)
        self._ask(due_at=fields.Datetime.now() + timedelta(hours=1))
        told = self._board(self.users["officer"])["oldest"]
        self.assertEqual([(one["level"], one["count"]) for one in told], [(0, 1), (10, 1)])
        self.assertAlmostEqual(told[1]["seconds"], 90 * 60, delta=60)

    def test_what_waits_belongs_to_who_will_take_it(self):
        self.sms.carries_marketing = False
        second = self._create_gateway("sms", "kannel", carries_service=False)
        self._ask(purpose="marketing")
        self._ask()
        self.assertEqual(self._counts(), {"due": 1})
        self.assertEqual(self._counts(second), {"due": 1})
        self._ask(channels=["voice"])
        [line] = [
            one for one in self._board(self.users["officer"])["lines"] if one["channel"] == "voice"
        ]
        self.assertEqual((line["state"], line["counts"]["due"]), ("none", 1))

    def test_state_of_a_gateway(self):
        def state():
            lines = self._board(self.users["nurse"])["lines"]
            [line] = [one for one in lines if one["gateway_id"] == self.sms.id]
            return line["state"], line["why"]

        self.assertEqual(state()[0], "open")
        self.env["hcrm.gateway.meter"]._note_trouble(self.sms, "gateway_away", "refused")
        self.env.invalidate_all()
        self.assertEqual(state()[0], "resting")
        self.assertIn("cannot be reached", state()[1])
        self.env["hcrm.gateway.meter"]._note_health(self.sms)
        self.sms.sandbox = True
        self.env.invalidate_all()
        self.assertEqual(state()[0], "sandbox")

    # RIGHTS

    def test_each_role_counts_what_it_may_read(self):
        for purpose in ("care", "service", "marketing"):
            self._ask(purpose=purpose)
        for role, count in (("officer", 3), ("nurse", 2), ("marketing", 1)):
            with self.subTest(role=role):
                self.assertEqual(self._counts(role=role).get("due", 0), count)
        self.assertFalse(self._counts(role="community_worker"), "nobody of theirs")
        self.li.user_id = self.users["community_worker"]
        self.env.registry.clear_cache()
        self.assertEqual(self._counts(role="community_worker"), {"due": 2})

    def test_who_sees_no_board(self):
        portal = new_test_user(self.env, "board_portal", groups="base.group_portal")
        plain = new_test_user(self.env, "board_plain", groups="base.group_user")
        for user in (portal, plain, self.users["leader"], self.users["analyst"]):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._board(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["hcrm.outbox.board"].with_user(user).action_open("due", self.sms.id)

    def test_own_hospitals_only(self):
        other = self.env["res.company"].create({"name": "分院"})
        gateway = self._create_gateway("sms", "kannel", company_id=other.id)
        self._ask(company_id=other.id)
        officer = self.users["officer"]
        told = self._board(officer)["lines"]
        self.assertNotIn(gateway.id, [one["gateway_id"] for one in told])
        self.assertFalse(sum(one["counts"]["due"] for one in told))
        officer.company_ids += other
        companies = (self.env.company | other).ids
        self.assertEqual(self._counts(gateway, allowed_company_ids=companies), {"due": 1})
        told = self._board(officer, allowed_company_ids=self.env.company.ids)["lines"]
        self.assertNotIn(gateway.id, [one["gateway_id"] for one in told])

    def test_protected_files_are_not_counted(self):
        self._ask()
        self.li.is_protected = True
        self.assertFalse(self._counts(role="nurse"))

    # COST OF LOOKING

    def test_as_many_queries_for_many(self):
        board = self.env["hcrm.outbox.board"].with_user(self.users["officer"])
        self._ask()
        board.get_board()
        self.env.flush_all()
        with self.assertQueryCount(1):
            board._count()
        for _number in range(50):
            self._ask()
        self.env.flush_all()
        with self.assertQueryCount(1):
            board._count()

    def test_a_look_is_no_reading(self):
        """A poll tells of nobody: it does not fill the access log."""
        self._ask()
        log = self.env["hcrm.access.log"].sudo()
        log._flush_notes()
        before = log.search_count([])
        self._board(self.users["nurse"])
        log._flush_notes()
        self.assertEqual(log.search_count([]), before)


@tagged("post_install", "-at_install")
class TestOutboxScreens(HttpCase, CommunicationCase):
    """Click paths in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(cls.env, "board_nurse", groups="hcrm_base.group_nurse")

    def test_dead_letter_is_mended(self):
        """From the number on the board to the mended message, by a nurse."""
        message = self._ask().sudo()
        message.write({"gateway_id": self.sms.id, "state": "failed", "failure_code": "bad_address"})
        message.settled_at = fields.Datetime.now()
        self.env.flush_all()
        self.start_tour("/odoo/hcrm-outbox-board", "hcrm_mend_from_the_board", login="board_nurse")
        self.env.invalidate_all()
        self.assertEqual(message.state, "waiting")
        self.assertEqual(self.li.phone_stored, "+8613900139009")
        self.assertEqual([one.to for one in self._drain()], ["+8613900139009"])
