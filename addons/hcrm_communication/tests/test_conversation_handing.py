from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .conversation_case import ConversationCase


@tagged("post_install", "-at_install")
class TestConversationHanding(ConversationCase):
    """Whose conversation it is, and until when it is to be answered."""

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

    def test_care_leaves_who_may_not_answer(self):
        """Given an officer's conversation in which care is written, nurses find it in the queue."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        talk.with_user(self.officer).action_take()
        talk.with_user(self.officer)._offer(self.second, "")
        self._sent(body="【仁爱医院】请回复您的血糖")
        self._arrive("9.1")
        self.assertRecordValues(
            talk,
            [{"message_class": "care", "user_id": False, "offered_to_id": False, "state": "new"}],
        )
        self.assertEqual(talk.handover_ids[-1:].event, "released")
        found = self.talks.with_user(self.nurse).get_desk("queue")["lines"]
        self.assertEqual([one["id"] for one in found], talk.ids)
        talk.with_user(self.nurse).action_take()
        self._arrive("9.2")
        self.assertEqual(talk.user_id, self.nurse, "who may answer keeps it")

    def test_who_lost_the_role_gives_back(self):
        """Given an officer who is none any more, what they had is in the queue again; what
        colleagues have stays."""
        self._arrive("请问周末门诊开吗")
        mine = self._of(self.li)
        mine.with_user(self.officer).action_take()
        other = self._create_person("王芳", phone="13800138009")
        self._arrive("停车收费吗", "+8613800138009")
        theirs = self._of(other)
        theirs.with_user(self.second).action_take()
        mine.with_user(self.officer)._offer(self.second, "")
        self.officer.group_ids -= self.env.ref("hcrm_base.group_officer")
        self.talks._cron_tend()
        self.assertRecordValues(mine, [{"user_id": False, "offered_to_id": False, "state": "new"}])
        self.assertEqual(mine.handover_ids[-1:].event, "released")
        self.assertEqual(theirs.user_id, self.second)

    def _hold_marketing(self):
        """Return a conversation of marketing, of somebody who is of marketing no more."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        talk.last_inbound_id.message_class = talk.message_class = "marketing"
        marketer = new_test_user(self.env, "ads", "hcrm_base.group_marketing")
        talk.with_user(marketer).action_take()
        marketer.group_ids -= self.env.ref("hcrm_base.group_marketing")
        return talk

    def test_marketing_is_given_back_in_time(self):
        """Given marketing of who left marketing, the scheduled action gives it back."""
        talk = self._hold_marketing()
        self.talks._cron_tend()
        self.assertRecordValues(talk, [{"user_id": False, "state": "new"}])
        self.assertEqual(talk.handover_ids[-1:].event, "released")

    def test_marketing_is_given_back_by_a_message(self):
        """Given marketing of who left marketing, the next message gives it back; the inbox goes
        on."""
        talk = self._hold_marketing()
        talk.last_inbound_id.conversation_id = False
        self.assertEqual(self.talks._gather(), talk)
        self.assertRecordValues(talk, [{"message_class": "marketing", "user_id": False}])
        self.assertEqual(talk.handover_ids[-1:].event, "released")

    def test_care_of_a_merge(self):
        """Given an officer's conversation that care is merged into, nurses find it in the queue."""
        twin = self._create_person("李明明", phone="13800138009")
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        talk.with_user(self.officer).action_take()
        self._sent(twin, body="【仁爱医院】请回复您的血糖")
        self._arrive("9.1", "+8613800138009")
        self.li._hcrm_merge(twin, "同一人")
        self.env.invalidate_all()
        self.assertRecordValues(
            talk, [{"message_class": "care", "user_id": False, "state": "new", "unread": 2}]
        )

    def test_offer_to_a_colleague_of_fewer_hospitals(self):
        """Given who works in two hospitals at once, they hand over to who works in one."""
        other = self.env["res.company"].create({"name": "分院"})
        self.officer.company_ids += other
        self._arrive("请问周末门诊开吗")
        hospitals = (self.company | other).ids
        agent = self._of(self.li).with_user(self.officer)
        agent = agent.with_context(allowed_company_ids=hospitals)
        agent._offer(self.second, "")
        self.assertEqual(agent.sudo().offered_to_id, self.second)
        stranger = new_test_user(
            self.env, "far", "hcrm_base.group_officer", company_id=other.id, company_ids=other.ids
        )
        with self.assertRaises(UserError):
            agent._offer(stranger, "")

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
        days = self.env["hcrm.makeup.day"]
        if not days.search([("date", "=", "2026-10-10")]):  # an addon may bring China's own
            days.create({"date": "2026-10-10", "name": "国庆调休"})
        friday = fields.Datetime.from_string("2026-10-09 11:00:00")
        periods = self.talks._get_work_periods(company, friday, friday)
        self.assertIn(10, [begin.day for begin, _end in periods if begin.month == 10])
