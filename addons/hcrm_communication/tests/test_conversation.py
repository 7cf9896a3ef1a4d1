import uuid
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .inbound_case import InboundCase

CLINICAL = "我的糖尿病药吃完了，血糖又高了"


class ConversationCase(InboundCase):
    """Conversations that begin by what arrives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.talks = cls.env["hcrm.conversation"]
        cls.second = new_test_user(cls.env, "desk2", "hcrm_base.group_officer")

    def _of(self, partner):
        return self.talks.search([("partner_id", "=", partner.id), ("closed_at", "=", False)])

    def _reply(self, talk, body="请周一上午来院办理", user=None, **values):
        user = user or self.officer
        return talk.with_user(user).reply(body, str(uuid.uuid4()), **values)

    def _texts(self, talk, user=None):
        thread = talk.with_user(user or self.officer).get_thread()
        return [entry["text"] for entry in thread["entries"] if entry["kind"] != "log"]


@tagged("post_install", "-at_install")
class TestConversation(ConversationCase):
    """One person, one hospital, one thread, whatever the way."""

    def test_ways_share_one_conversation(self):
        """Given an SMS, an e-mail and an SMS of one person, it is one thread in their order."""
        self._arrive("请问周末门诊开吗")
        self._arrive("另外想问停车", "liming@example.org", "email")
        self._arrive("谢谢")
        talk = self._of(self.li)
        self.assertEqual(len(talk), 1)
        self.assertEqual(self._texts(talk), ["请问周末门诊开吗", "另外想问停车", "谢谢"])
        self.assertRecordValues(
            talk, [{"state": "new", "unread": 3, "channel": "sms", "message_class": "service"}]
        )

    def test_order_is_that_of_the_far_end(self):
        """Given a message that was written before and arrives late, it stands where it belongs."""
        now = fields.Datetime.now()
        told = {"第二": 20, "第一": 30, "第三": 10}
        for text, minutes in told.items():
            self._arrive(text, happened_at=now - timedelta(minutes=minutes))
        talk = self._of(self.li)
        self.assertEqual(self._texts(talk), ["第一", "第二", "第三"])
        self.assertEqual(talk.last_inbound_id.body_stored, "第三")

    def test_ties_keep_the_order_of_arrival(self):
        """Given five messages of one second, their order is that in which they were stored."""
        at = fields.Datetime.now() - timedelta(minutes=5)
        texts = [f"问题{number}" for number in range(5)]
        for text in texts:
            self._arrive(text, happened_at=at)
        self.assertEqual(self._texts(self._of(self.li)), texts)

    def test_a_far_clock_that_is_wrong_is_not_believed(self):
        """Given a time of next year or of 1970, the message stands when it arrived."""
        for at in (
            fields.Datetime.now() + timedelta(days=300),
            fields.Datetime.from_string("1970-01-02"),
        ):
            arrived = self._arrive(f"你好 {at}", happened_at=at)
            second = arrived.received_at.replace(microsecond=0)
            self.assertEqual(arrived.happened_at, second)

    def test_after_closing(self):
        """Given a closed conversation, who writes soon goes on, who writes late begins anew."""
        self._arrive("请问周末门诊开吗")
        first = self._of(self.li)
        first.with_user(self.officer).action_close()
        self.assertFalse(self._of(self.li))
        self._arrive("还有一个问题")
        self.assertEqual(self._of(self.li), first)
        self.assertEqual(first.handover_ids.mapped("event"), ["reopened"])
        first.with_user(self.officer).action_close()
        first.closed_at = fields.Datetime.now() - timedelta(days=15)
        self._arrive("半个月后的问题")
        second = self._of(self.li)
        self.assertTrue(second)
        self.assertNotEqual(second, first)

    def test_unknown_is_named_and_joins(self):
        """Given an unknown number that turns out to be the person's, both threads become one."""
        self._arrive("我换号码了", "+8613900139000")
        self._arrive("请问周末门诊开吗")
        unknown = self.talks.search([("partner_id", "=", False), ("closed_at", "=", False)])
        self.assertEqual(len(unknown), 1)
        with self.assertRaises(UserError):
            self._reply(unknown)
        wizard = self.env["hcrm.conversation.match"].with_user(self.officer)
        wizard = wizard.create({"conversation_id": unknown.id, "partner_id": self.li.id})
        wizard.action_match()
        talk = self._of(self.li)
        self.assertEqual(self._texts(talk), ["我换号码了", "请问周末门诊开吗"])
        self.assertRecordValues(unknown, [{"state": "closed", "merged_into_id": talk.id}])
        self.assertEqual(talk.unread, 2)

    def test_unknown_is_named_and_stays(self):
        """Given an unknown number of a person without a thread, the thread is theirs now."""
        self._arrive("我换号码了", "+8613900139000")
        unknown = self.talks.search([("partner_id", "=", False), ("closed_at", "=", False)])
        unknown.with_user(self.officer)._name_person(self.li)
        self.assertEqual(unknown.partner_id, self.li)
        self._reply(unknown)
        self.assertEqual(
            self.messages.search([("conversation_id", "=", unknown.id)]).address_asked_stored,
            "+8613900139000",
        )

    def test_somebody_else(self):
        """Given a wrong name, what came from this address moves to the right person."""
        other = self._create_person("王芳")
        self._arrive("我是王芳，用李明的手机")
        talk = self._of(self.li)
        talk.with_user(self.officer)._name_person(other)
        self.assertFalse(self._of(self.li))
        self.assertEqual(self._texts(self._of(other)), ["我是王芳，用李明的手机"])

    def test_shared_phone_moves_when_known(self):
        """Given a phone of two persons, nobody's thread has it until somebody says whose it is."""
        self._create_person("李小明", phone="13800138001")
        arrived = self._arrive("请问周末门诊开吗")
        self.assertEqual(arrived.trouble, "several")
        self.assertFalse(self._of(self.li))
        talk = arrived.conversation_id
        self.assertEqual(len(talk._get_candidates()), 2)
        talk.with_user(self.officer)._name_person(self.li)
        self.assertEqual(self._of(self.li), talk)

    def test_spam(self):
        """Given an address called spam, what it writes next waits for nobody."""
        self._arrive("贷款找我", "+8613900139001")
        talk = self.talks.search([("partner_id", "=", False)])
        talk.with_user(self.officer).action_spam()
        again = self._arrive("贷款找我呀", "+8613900139001")
        self.assertEqual((again.state, again.conversation_id), ("noise", talk))
        self.assertEqual(talk.state, "spam")

    # ANSWERING

    def test_reply_once(self):
        """Given a double click, one message leaves on the channel they wrote by."""
        self._arrive("停车收费吗", "liming@example.org", "email")
        talk = self._of(self.li)
        token = str(uuid.uuid4())
        for _click in range(2):
            talk.with_user(self.officer).reply("门诊患者两小时内免费", token)
        sent = self._drain()
        self.assertEqual([message.to for message in sent], ["liming@example.org"])
        self.assertRecordValues(
            talk, [{"state": "waiting", "unread": 0, "user_id": self.officer.id, "due_at": False}]
        )
        self.assertEqual(self._texts(talk), ["停车收费吗", "门诊患者两小时内免费"])
        self.assertEqual(talk.last_inbound_id.state, "done")

    def test_answer_to_our_reply_comes_back(self):
        """Given our reply, what they write next is in the thread and to be answered."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        self._reply(talk)
        self._drain()
        self.assertEqual(talk.state, "waiting")
        self._arrive("好的，周一几点")
        self.assertEqual((talk.state, talk.unread), ("open", 1))
        turns = self.env["hcrm.conversation.turn"].search([("conversation_id", "=", talk.id)])
        self.assertEqual(sorted(turns.mapped("is_first")), [False, True])

    def test_linter(self):
        """Given words about health for an open channel, the agent is told at once."""
        self._arrive("请问周末门诊开吗")
        with self.assertRaises(ValidationError):
            self._reply(self._of(self.li), "您的糖尿病复查结果 HbA1c 9.1% 偏高")
        self.assertFalse(self.messages.search([("res_model", "=", "hcrm.conversation")]))

    def test_policy_refuses_at_once(self):
        """Given who refused service by SMS, the agent is told why and what to do."""
        self.env["hcrm.consent"]._record(self.li, [("service", False, "sms", "withdrawn")])
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        with self.assertRaises(UserError) as caught:
            self._reply(talk)
        self.assertIn("Choose another", str(caught.exception))
        self.assertEqual(talk.state, "new")
        self._reply(talk, channel="email")
        self.assertEqual([one.to for one in self._drain()], ["liming@example.org"])

    def test_a_lost_answer_opens_it_again(self):
        """Given an answer that fails, the conversation is open again and says why."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        self._reply(talk)
        message = self.messages.search([("conversation_id", "=", talk.id)])
        self.talks._hcrm_on_communications(
            [{"event": "failed", "res_id": talk.id, "communication_id": message.id}]
        )
        self.assertRecordValues(
            talk, [{"state": "open", "undelivered_id": message.id, "user_id": self.officer.id}]
        )
        self.assertTrue(talk.due_at)

    def test_calls_stand_in_the_thread(self):
        """Given a call with somebody whose conversation is open, the thread tells it."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        call = self.env["hcrm.call"].create(
            {
                "channel_ref": "thread/1",
                "direction": "out",
                "program": "message",
                "company_id": self.company.id,
                "partner_id": self.li.id,
                "state": "ended",
                "outcome": "answered",
                "ended_at": fields.Datetime.now(),
            }
        )
        self.env["hcrm.call"]._link_calls()
        self.assertEqual(call.conversation_id, talk)
        entries = talk.with_user(self.officer).get_thread()["entries"]
        self.assertEqual([entry["kind"] for entry in entries], ["in", "call"])

    # WHO HAS IT

    def test_handing_over(self):
        """Given an offer, who has it keeps it until the colleague accepts; all is in the log."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        talk.with_user(self.officer).action_take()
        with self.assertRaises(UserError):
            talk.with_user(self.second).action_take()
        talk.with_user(self.officer)._offer(self.second, "他要问停车")
        self.assertEqual(talk.user_id, self.officer)
        with self.assertRaises(UserError):
            talk.with_user(self.officer).action_accept()
        talk.with_user(self.second).action_accept()
        self.assertEqual(talk.user_id, self.second)
        self.assertEqual(talk.handover_ids.mapped("event"), ["taken", "offered", "accepted"])
        with self.assertRaises(UserError):
            talk.with_user(self.officer).action_snooze(fields.Datetime.now() + timedelta(hours=1))

    def test_nobody_is_orphaned(self):
        """Given a colleague who leaves, what they had is in the queue again."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        talk.with_user(self.second).action_take()
        self.second.active = False
        self.assertRecordValues(talk, [{"user_id": False, "state": "new"}])
        self.assertEqual(talk.handover_ids[-1:].event, "left")

    def test_who_left_unnoticed_is_found(self):
        """Given a colleague archived past the ORM, a scheduled action gives back their work."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        talk.with_user(self.second).action_take()
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_users SET active = FALSE WHERE id = %s", [self.second.id])
        self.env.invalidate_all()
        self.talks._cron_tend()
        self.assertRecordValues(talk, [{"user_id": False, "state": "new"}])

    def test_snooze_ends_with_a_message(self):
        """Given one put aside, a new message brings it back."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        agent = talk.with_user(self.officer)
        agent.action_take()
        agent.action_snooze(fields.Datetime.now() + timedelta(hours=4))
        mine = self.talks.with_user(self.officer).get_desk("mine")
        self.assertFalse(mine["lines"])
        self.assertEqual(mine["counts"]["snoozed"], 1)
        self._arrive("急")
        self.assertFalse(talk.is_snoozed)
        self.assertEqual(len(self.talks.with_user(self.officer).get_desk("mine")["lines"]), 1)

    def test_clock(self):
        """Given a Friday evening's message, it is due on Monday; who was late is written down."""
        company = self.env.company
        company.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": "周一至周五", "tz": "Asia/Shanghai"}
        )
        periods = self.talks._get_work_periods(
            company,
            fields.Datetime.from_string("2026-03-06 10:00:00"),
            fields.Datetime.from_string("2026-03-06 10:00:00"),
        )
        monday = [one for one in periods if one[0].day == 9]
        self.assertEqual(str(monday[0][0]), "2026-03-09 00:00:00")
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        self.assertTrue(talk.due_at)
        talk.with_user(self.officer).action_take()
        past = fields.Datetime.now() - timedelta(hours=1)
        turn = self.env["hcrm.conversation.turn"].search([("conversation_id", "=", talk.id)])
        (talk | talk).due_at = turn.due_at = past
        self.assertTrue(talk.is_overdue)
        self.assertIn(talk, self.talks.search([("is_overdue", "=", True)]))
        self.talks._mark_late()
        talk.with_user(self.officer)._offer(self.second, "")
        talk.with_user(self.second).action_accept()
        self._reply(talk, user=self.second)
        self.assertRecordValues(
            turn,
            [{"is_late": True, "late_user_id": self.officer.id, "user_id": self.second.id}],
        )

    def test_made_up_days_count(self):
        """Given a Saturday made up for a holiday, the clock runs on it."""
        company = self.env.company
        self.env["hcrm.makeup.day"].create({"date": "2026-10-10", "name": "国庆调休"})
        friday = fields.Datetime.from_string("2026-10-09 11:00:00")
        periods = self.talks._get_work_periods(company, friday, friday)
        self.assertIn(10, [begin.day for begin, _end in periods if begin.month == 10])

    # MERGES

    def test_merge_and_unmerge(self):
        """Given two open threads, the merge makes one and the un-merge gives each their own."""
        twin = self._create_person("李明明", phone="13800138009")
        self._arrive("请问周末门诊开吗")
        self._arrive("我要改约", "+8613800138009")
        mine, theirs = self._of(self.li), self._of(twin)
        log = self.li._hcrm_merge(twin, "同一人")
        self.env.invalidate_all()
        self.assertEqual(self._of(self.li), mine)
        self.assertEqual(set(self._texts(mine)), {"请问周末门诊开吗", "我要改约"})
        self.assertEqual(theirs.merged_into_id, mine)
        log.action_undo()
        self.env.invalidate_all()
        self.assertEqual(self._texts(self._of(self.li)), ["请问周末门诊开吗"])
        self.assertEqual(self._texts(self._of(twin)), ["我要改约"])

    # ACTIONS

    def test_appointment(self):
        """Given a wish for an appointment, it is booked with the patient's words and linked."""
        self._arrive("想约周一看牙")
        talk = self._of(self.li).with_user(self.officer)
        action = talk.run_action("appointment")
        self.assertEqual(action["res_model"], "hcrm.appointment")
        names = {"conversation_id", "partner_id", "company_id"}
        values = {name: action["context"][f"default_{name}"] for name in names}
        at = fields.Datetime.now() + timedelta(days=3)
        made = (
            self.env["hcrm.appointment"].with_user(self.officer).create(values | {"starts_at": at})
        )
        self.assertEqual(made.sudo().reason, "想约周一看牙")
        shown = talk.get_conversation()["outcomes"]
        self.assertEqual([(one["model"], one["id"]) for one in shown], [(made._name, made.id)])
        words = talk.get_confirmation(made.id)
        self._reply(talk, words)

    def test_actions_are_of_the_role(self):
        """Given a role without an action, it is not offered and not done."""
        self._arrive("想约周一看牙")
        self.env["hcrm.inbound"].search([]).message_class = "marketing"
        marketer = new_test_user(self.env, "ads", "hcrm_base.group_marketing")
        talk = self._of(self.li)
        talk.message_class = "marketing"
        with self.assertRaises(AccessError):
            talk.with_user(marketer).run_action("appointment")

    def test_thread_by_pages(self):
        """Given 120 entries, pages follow each other without a gap, also when one arrives late."""
        at = fields.Datetime.now() - timedelta(days=1)
        self._arrive("开始", happened_at=at)
        talk = self._of(self.li)
        for number in range(120):
            self.inbox.create(
                {
                    "company_id": self.company.id,
                    "partner_id": self.li.id,
                    "channel": "sms",
                    "received_at": at,
                    "happened_at": at + timedelta(minutes=number // 2 + 1),
                    "provider_key": f"page/{number}",
                    "state": "done",
                    "body_stored": str(number),
                    "conversation_id": talk.id,
                }
            )
        seen, before = [], None
        while before is not False:
            page = talk.with_user(self.officer).get_thread(before)
            seen = [entry["text"] for entry in page["entries"]] + seen
            before = page["before"]
        self.assertEqual(seen, ["开始", *map(str, range(120))])

    def test_budget(self):
        """Given 1 or 50 conversations, the list costs the same number of queries."""
        spent = []
        for count in (1, 50):
            for number in range(count):
                self._arrive("您好", f"+86139001{count:02}{number:03}")
            desk = self.talks.with_user(self.officer)
            desk.get_desk("queue")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lines = desk.get_desk("queue", limit=60)["lines"]
            spent.append(self.env.cr.sql_log_count - before)
        self.assertGreaterEqual(len(lines), 51)
        self.assertEqual(*spent)
        self.assertLessEqual(spent[1], 20)


@tagged("post_install", "-at_install")
class TestConversationSecrecy(ConversationCase):
    """No clinical word reaches who may not read it, by any road of the desk."""

    def setUp(self):
        super().setUp()
        self._sent(body="【仁爱医院】请回复您的血糖")
        self._arrive(CLINICAL)
        self.talk = self._of(self.li)

    def test_class(self):
        """Given an answer to a message of care, nurses answer and officers do not."""
        self.assertEqual(self.talk.message_class, "care")
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self._reply(self.talk)
        self._reply(self.talk, user=self.nurse)

    def test_officer_sees_metadata(self):
        """Given desk, list, thread, search, export and bus, no clinical word is told."""
        self.talk.with_user(self.nurse)._offer(
            new_test_user(self.env, "ward2", "hcrm_base.group_nurse"), f"注意：{CLINICAL}"
        )
        self.officer.group_ids += self.env.ref("base.group_allow_export")
        desk = self.talks.with_user(self.officer)
        talk = self.talk.with_user(self.officer)
        names = [
            name for name, field in desk._fields.items() if desk._has_field_access(field, "read")
        ]
        told = [
            desk.get_desk("all"),
            desk.get_desk("all", text="血糖"),
            talk.get_conversation(),
            talk.get_thread(),
            talk.read(names),
            talk.handover_ids.read(["note", "event"]),
            talk.export_data([*names, "last_inbound_id/body", "handover_ids/note"]),
            desk.name_search("李"),
            talk.display_name,
            self.env["bus.bus"].search([]).mapped("message"),
        ]
        for answer in told:
            self.assertNotIn("糖", str(answer))
        entries = talk.get_thread()["entries"]
        self.assertTrue(any(entry.get("is_hidden") for entry in entries))
        self.assertIn(CLINICAL, str(self.talk.with_user(self.nurse).get_thread()))
        self.assertIn(CLINICAL, str(self.talk.with_user(self.nurse).get_desk("all")))

    def test_back_to_service(self):
        """Given a question passed on to service, what was written as care stays closed to it."""
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self.talk.with_user(self.officer).action_to_service()
        self.talk.with_user(self.nurse).action_to_service("停车问题")
        self.talk.with_user(self.officer).action_take()
        self._reply(self.talk, "停车两小时内免费")
        self._drain()
        self._arrive("谢谢")
        self.assertEqual(self.talk.message_class, "service")
        self.assertNotIn("糖", str(self.talk.with_user(self.officer).get_conversation()))

    def test_another_hospital(self):
        """Given an officer of another hospital, there is no such conversation."""
        other = self.env["res.company"].create({"name": "分院"})
        stranger = new_test_user(
            self.env, "far", "hcrm_base.group_officer", company_id=other.id, company_ids=other.ids
        )
        self.assertFalse(self.talks.with_user(stranger).search([]))
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self.talk.with_user(stranger).get_thread()

    def test_verbs_only(self):
        """Given a writer, no field of a conversation is typed."""
        for values in ({"user_id": self.nurse.id}, {"message_class": "service"}, {"state": "open"}):
            with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
                self.talk.with_user(self.nurse).write(values)
