import uuid
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .conversation_case import ConversationCase


@tagged("post_install", "-at_install")
class TestConversationAnswering(ConversationCase):
    """Answers leave once, by their way, if they may; what else one click does."""

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

    def test_we_write_first(self):
        """Given the first words of an officer, they leave once, and the answer is in the thread."""
        self._arrive("你们是谁", "+8613900139000")
        with Form(self.env["hcrm.conversation.begin"].with_user(self.officer)) as form:
            self.assertFalse(form.is_open)
            form.partner_id = self.li
            self.assertEqual(form.channel, "sms")
            form.body = "您的发票已开好"
        wizard = form.record
        for _click in range(2):
            wizard.action_send()
        talk = self._of(self.li)
        [message] = self.messages.search([("conversation_id", "=", talk.id)])
        self.assertRecordValues(
            message, [{"purpose": "service", "is_asked_for": False, "is_urgent": False}]
        )
        self.assertRecordValues(talk, [{"state": "waiting", "user_id": self.officer.id}])
        self.assertEqual(len(self._drain()), 1)
        self._arrive("好的，谢谢")
        self.assertRecordValues(talk, [{"state": "open", "user_id": self.officer.id, "unread": 1}])
        self.assertEqual(len(self._of(self.li)), 1)

    def test_a_refusal_stops_our_first_words(self):
        """Given who refused service, nothing leaves and no empty conversation stays."""
        self.env["hcrm.consent"]._record(self.li, [("service", False, "sms", "withdrawn")])
        wizard = self.env["hcrm.conversation.begin"].with_user(self.officer)
        wizard = wizard.create({"partner_id": self.li.id, "body": "您的发票已开好"})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            wizard.action_send()
        self.env.invalidate_all()
        self.assertFalse(self._of(self.li))

    def test_nurses_begin_care(self):
        """Given a nurse, it is care; given marketing, there is no such way."""
        wizard = self.env["hcrm.conversation.begin"]
        wizard = wizard.with_user(self.nurse).create(
            {"partner_id": self.li.id, "body": "请周一上午来院复查", "channel": "email"}
        )
        wizard.action_send()
        self.assertRecordValues(self._of(self.li), [{"message_class": "care", "channel": "email"}])
        marketer = new_test_user(self.env, "ads2", "hcrm_base.group_marketing")
        with self.assertRaises(AccessError):
            self.talks.with_user(marketer)._begin(self.li, "sms")

    def test_two_who_answer(self):
        """Given a conversation that a colleague has, nobody answers or closes it past them but
        their manager."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        self._reply(talk)
        for again in (
            lambda: self._reply(talk, "周六也开", user=self.second),
            talk.with_user(self.second).action_close,
        ):
            with self.assertRaises(UserError) as caught:
                again()
            self.assertIn(self.officer.name, str(caught.exception))
        self.assertEqual(len(self.messages.search([("conversation_id", "=", talk.id)])), 1)
        manager = new_test_user(self.env, "chief", "hcrm_base.group_service_manager")
        self._reply(talk, "周六也开", user=manager)

    def test_a_lost_answer_after_a_merge(self):
        """Given an answer that fails when its conversation goes on in another, that one says so."""
        twin = self._create_person("李明明", phone="13800138009")
        self._arrive("请问周末门诊开吗")
        self._arrive("我要改约", "+8613800138009")
        theirs = self._of(twin)
        self._reply(theirs)
        message = self.messages.search([("conversation_id", "=", theirs.id)])
        self.li._hcrm_merge(twin, "同一人")
        self.env.invalidate_all()
        self.talks._reopen_lost({theirs.id: message.id})
        self.assertEqual(self._of(self.li).undelivered_id, message)

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
                "started_at": fields.Datetime.now() + timedelta(seconds=1),
                "outcome": "answered",
                "ended_at": fields.Datetime.now(),
            }
        )
        self.env["hcrm.call"]._link_calls()
        self.assertEqual(call.conversation_id, talk)
        entries = talk.with_user(self.officer).get_thread()["entries"]
        self.assertEqual([entry["kind"] for entry in entries], ["in", "call"])

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
