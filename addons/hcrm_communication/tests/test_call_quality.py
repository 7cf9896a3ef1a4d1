from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .seat_case import SeatCase


@tagged("post_install", "-at_install")
class TestCallQuality(SeatCase):
    """Calls and written answers are drawn by chance, and scored by who may hear them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checks = cls.env["hcrm.quality.check"]
        cls.manager = new_test_user(cls.env, "score_m", groups="hcrm_base.group_service_manager")
        cls.clinical = new_test_user(
            cls.env,
            "score_n",
            groups="hcrm_base.group_service_manager,hcrm_base.group_nurse",
        )

    def _spoken(self, agent, count, **values):
        calls = self.calls
        now = fields.Datetime.now()
        for _number in range(count):
            call = self._create_call(**values)
            call.write(
                {
                    "state": "ended",
                    "outcome": "answered",
                    "ended_at": now,
                    "talk_at": now,
                    "user_id": agent.user_id.id,
                }
            )
            calls |= call
        return calls

    def _score(self, check, user):
        check.with_user(user).score_ids.write({"points": "4"})
        check.with_user(user).action_score()

    def test_calls_are_drawn(self):
        calls = self._spoken(self.officer, 5)
        self._create_call()  # nobody spoke
        now = fields.Datetime.add(fields.Datetime.now(), minutes=1)
        drawn = self.checks._sample(now=now).filtered(lambda one: one.res_model == "hcrm.call")
        mine = drawn.filtered(lambda one: one.user_id == self.officer.user_id)
        self.assertEqual(len(mine), 2)
        self.assertLessEqual(set(mine.mapped("res_id")), set(calls.ids))
        again = self.checks._sample(now=now)
        self.assertFalse(again.filtered(lambda one: one.user_id == self.officer.user_id))
        self._score(mine[0], self.manager)
        self.assertEqual(mine[0].score, 75)
        mine[0].with_user(self.officer.user_id).read(["score", "praise"])
        with self.assertRaises(AccessError):
            mine[1].with_user(self.officer.user_id).read(["score"])  # not scored yet
        with self.assertRaises(AccessError):
            mine[0].with_user(self.second.user_id).read(["score"])

    def test_the_same_week_draws_the_same(self):
        self._spoken(self.officer, 9)
        now = fields.Datetime.add(fields.Datetime.now(), minutes=1)
        first = self.checks._sample(now=now).filtered(
            lambda one: one.user_id == self.officer.user_id
        )
        ids = first.mapped("res_id")
        first.unlink()
        again = self.checks._sample(now=now).filtered(
            lambda one: one.user_id == self.officer.user_id
        )
        self.assertEqual(again.mapped("res_id"), ids)

    def test_care_is_scored_by_who_may_hear_it(self):
        self._spoken(self.nurse, 1, purpose="care")
        now = fields.Datetime.add(fields.Datetime.now(), minutes=1)
        check = self.checks._sample(now=now).filtered(
            lambda one: one.user_id == self.nurse.user_id and one.res_model == "hcrm.call"
        )
        with self.assertRaises(AccessError):
            self._score(check, self.manager)
        self._score(check, self.clinical)
        self.assertEqual(check.state, "scored")

    def test_nobody_scores_the_own_calls(self):
        desk = self._create_desk("service_manager", self.queue)
        self._spoken(desk, 1)
        now = fields.Datetime.add(fields.Datetime.now(), minutes=1)
        check = self.checks._sample(now=now).filtered(lambda one: one.user_id == desk.user_id)
        with self.assertRaises(AccessError):
            self._score(check, desk.user_id)

    def test_written_answers_are_drawn(self):
        self._create_person("赵敏", phone="13600136000")
        inbox = self.env["hcrm.inbound"]
        arrived_id = inbox._receive(
            "sms", self.env.company, "+8613600136000", "几点开门？", gateway=self.sms,
            provider_key="quality/1",
        )  # fmt: skip
        inbox._work()
        arrived = inbox.browse(arrived_id)
        talk = arrived.conversation_id.with_user(self.officer.user_id)
        talk.reply("八点开门", "press-0001")
        reply = arrived.reply_id
        self._drain()
        self.assertIn(reply.state, ("sent", "delivered"))
        now = fields.Datetime.add(fields.Datetime.now(), minutes=1)
        drawn = self.checks._sample(now=now).filtered(
            lambda one: one.res_model == "hcrm.communication"
        )
        self.assertEqual(drawn.mapped("res_id"), reply.ids)
        self.assertEqual(drawn.user_id, self.officer.user_id)
