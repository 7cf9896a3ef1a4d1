from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .inbound_case import LI, InboundCase


@tagged("post_install", "-at_install")
class TestInbound(InboundCase):
    """What customers write is kept once, matched, and told to whoever asked."""

    def _listen(self, unclear=()):
        """Make messages themselves askers; give what they are told."""
        told = []

        def hear(_model, events):
            told.extend(events)
            return [event["inbound_id"] for event in events if event["text"] in unclear]

        asker = type(self.env["hcrm.message.topic"])
        return told, patch.object(asker, "_hcrm_on_communications", hear, create=True)

    def test_answer_reaches_the_asker(self):
        topic = self.env["hcrm.message.topic"].search([], limit=1)
        message = self._sent(res_model="hcrm.message.topic", res_id=topic.id)
        told, listening = self._listen()
        with listening:
            arrived = self._arrive("已经好多了")
        self.assertEqual((arrived.state, arrived.partner_id), ("answered", self.li))
        [event] = told
        self.assertEqual(
            (event["event"], event["text"], event["communication_id"], event["res_id"]),
            ("answered", "已经好多了", message.id, topic.id),
        )

    def test_what_the_asker_does_not_understand_is_for_a_person(self):
        self._sent(res_model="hcrm.message.topic", res_id=1)
        _told, listening = self._listen(unclear=("啊？",))
        with listening:
            self.assertEqual(self._arrive("啊？").state, "inbox")

    def test_asker_that_breaks_loses_nothing(self):
        self._sent(res_model="hcrm.message.topic", res_id=1)

        def broken(_model, _events):
            raise ValueError("a mistake")

        asker = type(self.env["hcrm.message.topic"])
        number = self.inbox._receive("sms", self.company, LI, "好")
        other = self.inbox._receive("sms", self.company, "+8613800138099", "在吗")
        with (
            patch.object(asker, "_hcrm_on_communications", broken, create=True),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_inbound_working_mixin"),
        ):
            self._work()
        arrived = self.inbox.browse(number)
        self.assertEqual((arrived.state, arrived.trouble), ("inbox", "broken"))
        self.assertEqual(self.inbox.browse(other).state, "inbox")

    def test_delivered_twice_is_kept_once(self):
        for values in ({"provider_key": "k1"}, {"told_at": "2026-11-22 10:00:00"}, {}):
            text = f"same {values}"
            first = self.inbox._receive("sms", self.company, LI, text, **values)
            self.assertTrue(first)
            self.assertFalse(
                self.inbox._receive("sms", self.company, "13800138001", text, **values)
            )
        self.assertTrue(
            self.inbox._receive("sms", self.company, "+8613800138002", "x", provider_key="k1"),
            "the same number of another sender is another message",
        )

    def test_killed_worker_loses_nothing(self):
        self._sent(purpose="marketing")
        number = self.inbox._receive("sms", self.company, LI, "R")
        with self.assertRaises(KeyboardInterrupt), self.env.cr.savepoint():
            with patch.object(
                type(self.env["hcrm.communication"]), "_ask", side_effect=KeyboardInterrupt
            ):
                self.inbox._work()
        self.env.invalidate_all()
        self.assertEqual(self.inbox.browse(number).state, "new")
        with self._withdrawals() as withdrawn:
            self._work()
        self.assertEqual(withdrawn, [(self.li.id, "marketing", "sms")])
        self.assertEqual(self.inbox._work(), 0)

    def test_unknown_sender_is_for_a_person(self):
        arrived = self._arrive("请问几点开门", sender="13900139999")
        self.assertEqual((arrived.state, arrived.partner_id.id), ("inbox", False))
        self.assertEqual(arrived.with_user(self.officer).address, "**********9999"[-14:])

    def test_old_question_is_not_answered_any_more(self):
        message = self._sent(res_model="hcrm.message.topic", res_id=1)
        self.env.cr.execute(
            "UPDATE hcrm_communication SET sent_at = sent_at - interval '40 days' WHERE id = %s",
            (message.id,),
        )
        self.env.invalidate_all()
        told, listening = self._listen()
        with listening:
            self.assertEqual(self._arrive("好").state, "inbox")
        self.assertFalse(told)

    def test_two_persons_asked_at_one_number(self):
        """Nobody can tell whose answer it is: a person asks."""
        child = self._create_person("李小明", phone="13800138001")
        self._sent(res_model="hcrm.message.topic", res_id=1)
        self._sent(child, res_model="hcrm.message.topic", res_id=2)
        told, listening = self._listen()
        with listening:
            arrived = self._arrive("好的")
        self.assertFalse(told)
        self.assertEqual((arrived.state, arrived.trouble), ("inbox", "several"))
        self.assertEqual(arrived.with_user(self.officer).candidate_ids, self.li | child)

    def test_merged_names_are_one_person(self):
        other = self._create_person("李明", phone="13800138001")
        self.li._hcrm_merge(other, "same")
        self._sent(purpose="marketing")
        with self._withdrawals() as withdrawn:
            arrived = self._arrive("TD")
        self.assertEqual((arrived.state, arrived.partner_id), ("opt_out", self.li))
        self.assertEqual(withdrawn, [(self.li.id, "marketing", "sms")])

    def test_noise(self):
        self.assertEqual(self._arrive("自动回复：我在开会", is_automatic=True).state, "noise")
        self.sms.sender = "+8610690001"
        self.assertEqual(self._arrive("回声", sender="+8610690001").state, "noise")
        self.assertEqual(self._arrive("  ").state, "noise")

    def test_flood_of_one_sender(self):
        for number in range(40):
            self._arrive(f"spam {number}", sender="13700137000")
        states = self.inbox.search([("address_stored", "=", "+8613700137000")]).mapped("state")
        self.assertEqual((states.count("inbox"), states.count("noise")), (31, 9))
        with self._withdrawals():
            self.assertEqual(self._arrive("退订", sender="13700137000").state, "opt_out")

    # THE INBOX

    def test_what_is_for_a_person_stands_in_a_conversation(self):
        arrived = self._arrive("我想改预约", sender="13900139999").with_user(self.officer)
        talk = arrived.conversation_id
        with self.assertRaises(UserError):
            talk.reply("好的", "press-0001")
        wang = self._create_person("王芳", phone="13900139999")
        self.env["hcrm.conversation.match"].with_user(self.officer).create(
            {"conversation_id": talk.id, "partner_id": wang.id}
        ).action_match()
        self.assertEqual(arrived.partner_id, wang)
        with self.assertRaisesRegex(ValidationError, "hiv"):
            talk.reply("HIV 阴性", "press-0002")
        talk.reply("好的，已改到周五。", "press-0003")
        self.assertEqual(arrived.state, "done")
        [sent] = self._drain()
        self.assertEqual(sent.to, "+8613900139999")
        self.assertTrue(sent.text.startswith("【") and sent.text.endswith("好的，已改到周五。"))

    def test_who_reads_the_words(self):
        self._sent()
        care = self._arrive("血糖 9.8")
        self.assertEqual(care.message_class, "care")
        self.assertFalse(care.with_user(self.officer).body)
        self.assertEqual(care.with_user(self.nurse).body, "血糖 9.8")
        talk = care.conversation_id
        with self.assertRaises(AccessError):
            talk.with_user(self.officer).action_take()
        talk.with_user(self.nurse).action_take()
        with self.assertRaises(AccessError):
            care.with_user(self.nurse).write({"body_stored": "x"})
        with self.assertRaises(AccessError):
            care.with_user(self.nurse).write({"state": "done"})

    def test_marketing_sees_marketing_only(self):
        marketing = new_test_user(self.env, "ads", "hcrm_base.group_marketing")
        self._sent()
        care = self._arrive("好", provider_key="a")
        self._sent(purpose="marketing")
        about_offer = self._arrive("多少钱", provider_key="b")
        both = [("id", "in", (care | about_offer).ids)]
        seen = self.inbox.with_user(marketing).search(both)
        self.assertEqual(seen, about_offer.with_user(marketing))
        self.assertEqual(seen.body, "多少钱")

    def test_on_the_timeline(self):
        arrived = self._arrive("我想改预约")
        lines = self.li.with_user(self.officer).get_timeline()["lines"]
        found = [line["id"] for line in lines if line["kind"] == "hcrm.inbound"]
        self.assertEqual(found, arrived.ids)

    def test_nobody_deletes(self):
        arrived = self._arrive("在吗")
        with self.assertRaises(AccessError):
            arrived.with_user(self.officer).unlink()


@tagged("post_install", "-at_install")
class TestOptOut(InboundCase):
    """A refusal holds at once, for the right person, and no further than it was meant."""

    def test_ways_to_say_it(self):
        words = ("R", "Ｒ", "t d", "STOP!", "“退订”", "退 订🙏", "回复TD", "拒收", "請退訂")
        for number, word in enumerate(words):
            person = self._create_person(f"甲{number}", phone=f"1380013{9000 + number}")
            self._sent(person, purpose="marketing")
            with self._withdrawals() as withdrawn:
                arrived = self._arrive(word, sender=f"1380013{9000 + number}")
            self.assertEqual(withdrawn, [(person.id, "marketing", "sms")], word)
            self.assertEqual(arrived.state, "opt_out")
            [reply] = self._drain()
            self.assertTrue(reply.text.startswith("【"), reply.text)

    def test_what_is_no_refusal(self):
        self._sent(purpose="marketing")
        with self._withdrawals() as withdrawn:
            for text in ("R u there?", "我不退订", "T恤", "请问TD是什么", "RRR", "不要停药"):
                self.assertEqual(self._arrive(text).state, "inbox", text)
        self.assertFalse(withdrawn)

    def test_words_are_the_gateway_s(self):
        self.sms.opt_out_words = "不约"
        self._sent(purpose="marketing")
        with self._withdrawals() as withdrawn:
            self._arrive("R")
            self.assertFalse(withdrawn)
            self._arrive("不约！")
        self.assertEqual(withdrawn, [(self.li.id, "marketing", "sms")])

    def test_purpose_of_the_last_message_too(self):
        self._sent(purpose="marketing")
        self._sent(purpose="education", is_asked_for=True)
        with self._withdrawals() as withdrawn:
            self._arrive("R")
        self.assertEqual(
            withdrawn, [(self.li.id, "marketing", "sms"), (self.li.id, "education", "sms")]
        )

    def test_care_needs_a_second_word(self):
        self._sent()
        with self._withdrawals() as withdrawn:
            arrived = self._arrive("R")
            self.assertEqual(withdrawn, [(self.li.id, "marketing", "sms")])
            self.assertEqual(arrived.state, "asked")
            self._drain()
            again = self._arrive("是")
        self.assertEqual(withdrawn[1:], [(self.li.id, "care", "sms")])
        self.assertEqual((arrived.state, again.state), ("opt_out", "opt_out"))

    def test_care_goes_on_without_a_second_word(self):
        self._sent()
        with self._withdrawals() as withdrawn:
            arrived = self._arrive("R")
            self._drain()
            arrived.sudo().question_expires_at = fields.Datetime.now() - timedelta(minutes=1)
            self.inbox._end_questions()
            self.assertEqual((arrived.state, arrived.trouble), ("opt_out", "care_goes_on"))
            self._arrive("是")
        self.assertEqual(withdrawn, [(self.li.id, "marketing", "sms")])

    def test_yes_to_another_question_stops_no_care(self):
        self._sent()
        with self._withdrawals() as withdrawn:
            self._arrive("R")
            self._drain()
            self._sent(body="您明天来复诊吗？")
            self.assertEqual(self._arrive("是").state, "inbox")
        self.assertEqual(withdrawn, [(self.li.id, "marketing", "sms")])

    def test_shared_phone_is_asked_who(self):
        child = self._create_person("李小明", phone="13800138001")
        self._sent(purpose="marketing")
        with self._withdrawals() as withdrawn:
            arrived = self._arrive("退订")
            self.assertFalse(withdrawn)
            self.assertEqual(arrived.state, "asked")
            [question] = self._drain()
            self.assertIn("1 李*\n2 李*明", question.text)
            answer = self._arrive("２")
        self.assertEqual(withdrawn, [(child.id, "marketing", "sms")])
        self.assertEqual((arrived.state, answer.state), ("opt_out", "opt_out"))
        self.assertEqual(arrived.partner_id, child)

    def test_shared_phone_unclear_answer(self):
        self._create_person("李小明", phone="13800138001")
        self._sent(purpose="marketing")
        with self._withdrawals() as withdrawn:
            arrived = self._arrive("退订")
            self._drain()
            self.assertEqual(self._arrive("都不是").state, "inbox")
            self.assertFalse(withdrawn)
            arrived.sudo().question_expires_at = fields.Datetime.now()
            self.inbox._end_questions()
            self.assertEqual((arrived.state, arrived.trouble), ("inbox", "no_answer"))
            self.env["hcrm.conversation"]._gather()
            talk = arrived.conversation_id
            wizard = self.env["hcrm.conversation.match"].create({"conversation_id": talk.id})
            wizard.partner_id = self.li
            wizard.action_match()
        self.assertEqual(withdrawn, [(self.li.id, "marketing", "sms")])

    def test_nobody_s_number_is_remembered(self):
        arrived = self._arrive("TD", sender="13900139999")
        self.assertEqual((arrived.state, arrived.partner_id.id), ("opt_out", False))
        listed = self.env["phone.blacklist"].search([("number", "=", "+8613900139999")])
        self.assertTrue(listed)
        self.assertFalse(self._drain())

    def test_automatic_replies_are_few(self):
        self._sent(purpose="marketing")
        for number in range(6):
            self._arrive("R", provider_key=str(number))
        replies = self.env["hcrm.communication"].search([("idempotency_key", "like", "inbound/")])
        self.assertEqual(len(replies), self.sms.replies_a_day)

    def test_programs_get_no_reply(self):
        person = self._create_person("客服", phone="12345")
        self._arrive("TD", sender="12345")
        self.assertFalse(self.env["hcrm.communication"].search([("recipient_id", "=", person.id)]))
