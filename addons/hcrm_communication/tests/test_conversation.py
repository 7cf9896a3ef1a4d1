from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .conversation_case import ConversationCase


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
            self.assertEqual(arrived.happened_at, arrived.received_at)

    def test_an_answer_stands_after_what_it_answers(self):
        """Given an answer at once, told in whole seconds or by a clock that is behind, it stands
        after what left before it came."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        for number, behind in enumerate((0, 1, 3)):
            self._reply(talk, f"回答{number}")
            self._drain()
            left = self.messages.search([("conversation_id", "=", talk.id)])[-1:].shown_at
            told = left.replace(microsecond=0) - timedelta(seconds=behind)
            self._arrive(f"好的{number}", happened_at=told)
        self.assertEqual(
            [text.rpartition("】")[-1] for text in self._texts(talk)],
            ["请问周末门诊开吗", "回答0", "好的0", "回答1", "好的1", "回答2", "好的2"],
        )

    def test_an_answer_that_still_waits_stands_last(self):
        """Given an answer of ours in the second of the question, it stands after the question."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        self._reply(talk, "周一上午")
        texts = [text.rpartition("】")[-1] for text in self._texts(talk)]
        self.assertEqual(texts, ["请问周末门诊开吗", "周一上午"])

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

    def test_callers_without_a_number(self):
        """Given callers who withhold their number, each call is a stranger of its own."""
        gateway = self._create_gateway("voice", "null")
        for call in "ab":
            for key in ("1", "voice"):
                self.inbox._receive(
                    "voice",
                    self.company,
                    "",
                    f"按键 {key}",
                    gateway=gateway,
                    provider_key=f"call/{call}/{key}",
                    thread=call,
                )
        self._work()
        talks = self.talks.search([("partner_id", "=", False)])
        self.assertEqual([one.unread for one in talks], [2, 2])
        self.assertEqual([one.address for one in talks], [False, False])
        talks[0].with_user(self.officer).action_spam()
        self.inbox._receive(
            "voice", self.company, "", "我要约周一", gateway=gateway, provider_key="c/1", thread="c"
        )
        self._work()
        self.assertEqual(self.talks.search([], order="id DESC", limit=1).state, "new")

    def test_spam_of_nobody_stops_nobody(self):
        """Given a spam conversation without an address, others without one still wait."""
        self._arrive("贷款找我", "")
        spam = self.talks.search([("partner_id", "=", False)])
        spam.with_user(self.officer).action_spam()
        self.assertEqual(self._arrive("想约周一看牙", "").state, "inbox")

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

    def test_unmerge_takes_all_along(self):
        """Given an un-merge, calls, notes, appointments and hand-overs go back, too."""
        twin = self._create_person("李明明", phone="13800138009")
        self._arrive("请问周末门诊开吗")
        self._arrive("我要改约", "+8613800138009")
        mine, theirs = self._of(self.li), self._of(twin)
        for talk, person in ((mine, self.li), (theirs, twin)):
            talk.with_user(self.officer).action_take()
            hangs = {"conversation_id": talk.id, "partner_id": person.id}
            self._create_followers(hangs, f"unmerge/{person.id}")
        log = self.li._hcrm_merge(twin, "同一人")
        self.env.invalidate_all()
        self.assertEqual(self._count_followers(mine), [2, 2, 2, 2])
        log.action_undo()
        self.env.invalidate_all()
        for person in (self.li, twin):
            self.assertEqual(self._count_followers(self._of(person)), [1, 1, 1, 1], person.name)

    def test_unmerge_of_one_who_only_called(self):
        """Given a second person who only called, the call does not stay with the first."""
        twin = self._create_person("李明明", phone="13800138009")
        self._arrive("请问周末门诊开吗")
        mine = self._of(self.li)
        self._create_followers({"conversation_id": False, "partner_id": twin.id}, "unmerge/called")
        log = self.li._hcrm_merge(twin, "同一人")
        self.env["hcrm.call"]._link_calls()
        self.assertEqual(self._count_followers(mine), [0, 0, 1, 0])
        log.action_undo()
        self.env.invalidate_all()
        self.assertEqual(self._count_followers(mine), [0, 0, 0, 0])
        self.assertEqual(self._count_followers(self._of(twin)), [0, 0, 1, 0])

    def _create_followers(self, hangs, ref):
        at = fields.Datetime.now() + timedelta(days=3)
        self.env["hcrm.appointment"].create(
            hangs | {"company_id": self.company.id, "starts_at": at}
        )
        self.env["hcrm.contact.note"].create(hangs | {"way": "phone", "summary": "已回电"})
        self.env["hcrm.call"].create(
            hangs
            | {
                "channel_ref": ref,
                "direction": "in",
                "program": "message",
                "company_id": self.company.id,
            }
        )
        self.talks.browse(hangs["conversation_id"])._log_handover("named")

    def _count_followers(self, talk):
        models = ("hcrm.appointment", "hcrm.contact.note", "hcrm.call")
        counts = [self.env[one].search_count([("conversation_id", "=", talk.id)]) for one in models]
        named = talk.handover_ids.filtered(lambda line: line.event == "named")
        return [*counts, len(named)]

    # THE DESK

    def test_found_by_a_whole_number(self):
        """Given an unknown number, it is found as it is written, and not by a part of it."""
        self._arrive("我换号码了", "+8613900139000")
        desk = self.talks.with_user(self.officer)
        for text, count in (
            ("139 0013 9000", 1),
            ("+8613900139000", 1),
            ("1390013", 0),
            ("a@b.example", 0),
        ):
            self.assertEqual(len(desk.get_desk("all", text=text)["lines"]), count, text)

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
