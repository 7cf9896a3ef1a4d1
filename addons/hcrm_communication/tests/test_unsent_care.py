from datetime import datetime, time, timedelta
from unittest.mock import patch

from pytz import timezone, utc

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import hcrm_outbox_task_mixin
from ..models.hcrm_communication_care_mixin import ACTIVITY
from ..tools.gateway import REFUSED, Outcome
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestUnsentCare(CommunicationCase):
    """What a nurse finds on the list when care could not be sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nurse = new_test_user(
            cls.env, "nina", groups="hcrm_base.group_nurse", lang="en_US", tz="Asia/Shanghai"
        )
        cls.other = new_test_user(cls.env, "nora", groups="hcrm_base.group_nurse")
        cls._name_for_care(cls.nurse)
        cls.wu = cls._create_person("无号")

    @classmethod
    def _name_for_care(cls, user):
        settings = cls.env["res.config.settings"].create({})
        settings.hcrm_care_user_id = user

    def _calls(self, user=None):
        domain = [("activity_type_id", "=", self.env.ref(ACTIVITY).id)]
        if user:
            domain.append(("user_id", "=", user.id))
        return self.env["mail.activity"].search(domain)

    def test_no_number(self):
        message = self._ask(self.wu)
        self._drain()
        [call] = self._calls()
        self.assertEqual((message.state, call.res_id), ("failed", message.id))
        self.assertEqual((call.user_id, call.res_name), (self.nurse, "无号"))
        self.assertEqual(str(call.note), "<p>No address for this channel</p>")
        self.assertNotIn("预约", f"{call.summary}{call.note}{call.res_name}")

    def test_one_for_a_person_and_day(self):
        for _number in range(3):
            self._ask(self.wu)
        self._drain()
        self._ask(self.wu)
        self._drain()
        self.assertEqual(len(self._calls()), 1)
        self._calls().with_user(self.nurse).action_feedback(feedback="called")
        self._ask(self.wu)
        self._drain()
        self.assertFalse(self._calls(), "done for today")
        self.env.cr.execute("UPDATE mail_activity SET create_date = create_date - interval '1 day'")
        self._ask(self.wu)
        self._drain()
        self.assertEqual(len(self._calls()), 1, "a new day")

    def test_nothing_clinical_is_kept(self):
        """Given a stay among the reasons, the list does not tell of it."""
        message = self._ask(self.wu)
        self._drain()
        self._calls().unlink()
        reasons = [["admitted", {"effect": "refuse"}], ["minor", {"effect": "refuse"}]]
        message.sudo().write({"reasons": reasons, "wants_person": True})
        self._drain()
        self.assertIn("Recipient under 14", self._calls().note)
        self.assertNotIn("hospital", self._calls().note)

    def test_two_persons_are_two(self):
        for person in (self.wu, self._create_person("无号二")):
            self._ask(person)
        self._drain()
        self.assertEqual(len(self._calls()), 2)

    def test_who_is_responsible(self):
        self.wu.user_id = self.other
        self._ask(self.wu)
        self._drain()
        self.assertEqual(self._calls().user_id, self.other)

    def test_who_may_not_read_care_is_not_asked(self):
        self.wu.user_id = new_test_user(self.env, "mark", groups="hcrm_base.group_marketing")
        self._name_for_care(self.wu.user_id)
        self._ask(self.wu)
        self._drain()
        self.assertTrue(self._calls().user_id.has_group("hcrm_base.group_nurse"))

    def test_nurse_settles_it(self):
        message = self._ask(self.wu)
        self._drain()
        mine = message.with_user(self.nurse)
        self.assertTrue(mine.is_mine_to_settle)
        mine.action_reached()
        self.assertFalse(self._calls())
        self.env.invalidate_all()
        self.assertFalse(mine.is_mine_to_settle)

    def test_only_care(self):
        self._ask(self.wu, purpose="service")
        self._ask(self.wu, purpose="education")
        self._drain()
        self.assertFalse(self._calls())

    def test_the_next_channel_needs_nobody(self):
        person = self._create_person("只有邮箱", email="mail@example.org")
        self._ask(person, channels=["sms", "email"])
        self.assertEqual(len(self._drain()), 1)
        self.assertFalse(self._calls())

    def test_the_dead_are_not_called(self):
        self._ask(self.wu, expires_at=fields.Datetime.now() - timedelta(minutes=1))
        self.wu.is_deceased = True
        message = self._ask(self.wu)
        self._drain()
        self.assertEqual(message.state, "refused")
        self.assertFalse(self._calls())

    def test_a_date_of_death_is_enough(self):
        """Given a death that HIS reported by its date only, nobody is called about the dead."""
        self._ask(self.wu, expires_at=fields.Datetime.now() - timedelta(minutes=1))
        self.wu.death_date = fields.Date.today()
        self._drain()
        self.assertFalse(self._calls())

    def _lose_the_child(self):
        self.env["hcrm.diagnosis"].create(
            {
                "partner_id": self.li.id,
                "name": "流产",
                "code": "O03.900",
                "recorded_at": fields.Datetime.now(),
            }
        )

    def _ask_about_child(self, **values):
        topic = self.env["hcrm.message.topic"].search([("code", "=", "child")], limit=1)
        self.assertTrue(topic)
        return self._ask(topic_id=topic.id, **values)

    def test_expired_after_a_loss(self):
        """Given a message that was too late when the pregnancy was lost, nobody asks about it."""
        message = self._ask_about_child(expires_at=fields.Datetime.now() - timedelta(minutes=1))
        other = self._ask(expires_at=fields.Datetime.now() - timedelta(minutes=1))
        self._lose_the_child()
        self._drain()
        self.assertEqual(set((message | other).mapped("state")), {"expired"})
        self.assertEqual(self._calls().res_id, other.id, "about what is not silent, all the same")

    def test_undelivered_after_a_loss(self):
        message = self._ask_about_child()
        self._drain()
        self._lose_the_child()
        self.outbox._take_receipt(self.sms, message.ref, message.claim, 2, "")
        self._drain()
        self.assertEqual(message.state, "failed")
        self.assertFalse(self._calls())

    def test_the_hospitals_day(self):
        """Given a hospital without a time zone, or with one that is none, its day is China's."""
        company = self.env.company
        company.resource_calendar_id.tz = "UTC"
        self._ask(self.wu)
        self._drain()
        self._calls().with_user(self.nurse).action_feedback(feedback="called")
        zone = timezone("Asia/Shanghai")
        midnight = zone.localize(datetime.combine(datetime.now(zone), time()))
        for unknown in (None, "Mars/Olympus"):
            for minutes, calls in ((1, 0), (-1, 1)):
                with self.subTest(zone=unknown, minutes=minutes):
                    self._calls().unlink()
                    done = midnight.astimezone(utc).replace(tzinfo=None)
                    self.env.cr.execute(
                        "UPDATE mail_activity SET create_date = %s",
                        (done + timedelta(minutes=minutes),),
                    )
                    self.env.cr.execute(
                        "UPDATE res_partner SET tz = %s WHERE id = %s",
                        (unknown, company.partner_id.id),
                    )
                    self.env.invalidate_all()
                    self._ask(self.wu)
                    self._drain()
                    self.assertEqual(len(self._calls()), calls)

    def test_one_mistake_keeps_nobody_else(self):
        """Given a person about whom asking fails, all others are asked, the one again later."""
        people = [self._create_person(f"无号{number}") for number in range(5)]
        messages = [self._ask(person) for person in people]
        schedule = self.env.registry["hcrm.communication"]._schedule_calls

        def fail(about, user, why):
            if people[0] in about.subject_id:
                raise ZeroDivisionError
            return schedule(about, user, why)

        with (
            patch.object(hcrm_outbox_task_mixin, "PERSON_BATCH", 2),
            patch.object(self.env.registry["hcrm.communication"], "_schedule_calls", fail),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_outbox_task_mixin"),
        ):
            self._drain()
        self.assertEqual(len(self._calls()), 4)
        self.assertEqual([one.wants_person for one in messages], [True] + [False] * 4)
        self._drain()
        self.assertEqual(len(self._calls()), 5)

    def test_calls_take_no_longer_than_a_drain(self):
        """Given more to ask about than there is time for, the next drain goes on."""
        for number in range(4):
            self._ask(self._create_person(f"无号{number}"))
        self._drain_without_calls()
        with patch.object(hcrm_outbox_task_mixin, "PERSON_BATCH", 2):
            self.outbox._ask_people(False, end=0)
            self.assertEqual(len(self._calls()), 2)
            self.outbox._ask_people(False, end=0)
        self.assertEqual(len(self._calls()), 4)

    def _drain_without_calls(self):
        with patch.object(self.env.registry["hcrm.outbox"], "_ask_people"):
            self._drain()

    def test_expired(self):
        self._ask(expires_at=fields.Datetime.now() - timedelta(minutes=1))
        self._drain()
        self.assertEqual(self._calls().user_id, self.nurse)

    def test_refused_by_the_far_end(self):
        self._ask()
        with self._recording(**{"+8613800138001": Outcome(REFUSED, "bad_address", "no such")}):
            self.outbox._drain(commit=False)
        self.assertEqual(len(self._calls()), 1)

    def test_undelivered(self):
        message = self._ask()
        self._drain()
        self.assertFalse(self._calls())
        self.outbox._take_receipt(self.sms, message.ref, message.claim, 2, "")
        self._drain()
        self.assertEqual(len(self._calls()), 1)

    def test_a_nurse_of_the_hospital_if_nobody_is_named(self):
        """Given an administrator, who has every role, a nurse is asked all the same."""
        self._name_for_care(self.env["res.users"])
        self._ask(self.wu)
        self._drain()
        self.assertTrue(self._calls().user_id.has_group("hcrm_base.group_nurse"))
        self.assertFalse(self._calls().user_id.has_group("base.group_system"))

    def test_many_are_few_queries(self):
        """Given a week of a closed outbox, a call more costs no query more."""
        counts = []
        for number in (1, 1, 50):  # the first fills caches
            people = [self._create_person(f"无号{one}") for one in range(number)]
            for person in people:
                self._ask(person)
            self._drain_without_calls()
            before = self.env.cr.sql_log_count
            self.outbox._ask_people(False)
            counts.append(self.env.cr.sql_log_count - before)
        calls = self._calls()
        self.assertEqual(len(calls), 52)
        self.assertEqual(
            {(call.res_id, call.res_name) for call in calls},
            {
                (message.id, message.subject_id.name)
                for message in self.messages.browse(calls.mapped("res_id"))
            },
        )
        self.assertLessEqual(counts[2], counts[1] + 5, counts)
