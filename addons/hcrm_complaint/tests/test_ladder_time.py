from datetime import timedelta

from odoo.tests import tagged

from .ladder_case import LadderCase


@tagged("post_install", "-at_install")
class TestLadderTime(LadderCase):
    """A case that waits too long climbs by itself, and once."""

    def test_a_share_of_the_time_to_answer(self):
        self._use("share")
        case = self._complain()
        clock = case.clock_ids.filtered(lambda one: one.duty == "answer")
        days = sorted(
            self.company.resource_calendar_id._hcrm_workdays(
                self.now.date() + timedelta(days=1), self.now.date() + timedelta(days=60)
            )
        )
        self.assertEqual(clock.amount, 5)
        zone = self.company.resource_calendar_id._hcrm_zone()
        from ..tools import clocks  # noqa: PLC0415

        fourth = clocks.end_of_day(
            [day for day in days if day > clocks.local_day(clock.started_at, zone)][3], zone
        )
        self.now = fourth - timedelta(minutes=1)
        self.assertFalse(self._climb())
        self.now = fourth + timedelta(minutes=1)
        self.assertLess(self.now, clock.due_at)
        self.assertEqual(self._climb(), case)
        self.assertEqual(case.desk_id, self.vice)
        self.assertFalse(self._climb(30))

    def test_what_stands_is_not_urged(self):
        self._use("share", "office_stay")
        case = self._complain()
        case.sudo()._stop_clocks("等病历")
        self.assertFalse(self._climb(60))
        self.assertEqual(case.desk_id, self.office)

    def test_time_waited_does_not_count_on_a_rung(self):
        self._use("office_stay", unit="days", amount=5)
        case = self._complain(received_at=self.now)
        self.env["hcrm.complaint.pause"].sudo().create(
            {
                "complaint_id": case.id,
                "company_id": case.company_id.id,
                "since": self.now + timedelta(days=1),
                "until": self.now + timedelta(days=4),
                "reason": "等病历",
                "by_user_id": self.env.uid,
            }
        )
        self.assertFalse(self._climb(7))
        self.assertEqual(self._climb(9, hours=1), case)

    def test_in_nobodys_hand_at_the_department(self):
        self._use("department_untaken")
        case = self._complain()
        officer = case.with_user(self.users["officer"])
        officer.action_accept()
        officer._offer(self.oncology_desk, "化疗")
        head = case.with_user(self.oncology_head)
        head.action_accept_offer()
        self.assertFalse(self._climb(3))  # it is in the head's hand
        head.action_release()
        self.assertFalse(self._climb(hours=23))
        self.assertEqual(self._climb(hours=25), case)
        self.assertEqual(case.desk_id.level, "2")

    def test_going_round_the_departments_does_not_stop_the_time_on_a_rung(self):
        self._use("department_untaken", is_untaken=False)
        case = self._complain().sudo()
        before = self.now - timedelta(hours=20)
        case.with_context(hcrm_complaint_at=before)._give("accepted", self.oncology_desk)
        case._give("accepted", self.cardiology_desk)
        self.assertEqual(self._climb(hours=5), case)

    def test_answered_cases_are_left_in_peace_by_the_rungs(self):
        self._use("office_stay", "share")
        case = self._complain().sudo()
        for state in ("accepted", "working", "answered"):
            case._move(state)
        self.assertFalse(self._climb(60))

    def test_opened_again_the_rules_hold_again(self):
        self._use("harm")
        case = self._complain(harm="4")
        self._settle()
        for state in ("accepted", "answered"):
            case.sudo()._move(state)
        case.sudo()._reopen("药费未退")
        self.assertEqual(self._climb(), case)
        self.assertEqual(case.raise_ids.mapped("turn"), [0, 1])
        self.assertEqual(case.desk_id, self.top)
        self.assertFalse(self._climb(1))

    def test_opened_again_the_time_on_a_rung_begins_anew(self):
        self._use("office_stay")
        before = self.now - timedelta(days=60)
        case = self._complain(received_at=before, is_history=True).sudo()
        case = case.with_context(hcrm_complaint_at=before)
        for state in ("accepted", "answered"):
            case._move(state)
        case.with_context(hcrm_complaint_at=self.now)._reopen("药费未退")
        self.assertEqual(case.handover_ids[-1].event, "reopened")
        self.assertFalse(self._climb(1))
        self.assertTrue(self._climb(20))

    def test_hidden_is_not_safe(self):
        self._use("office_stay")
        case = self._complain()
        case.active = False
        self.assertEqual(self._climb(60), case)

    def test_a_rule_of_one_hospital(self):
        other = self.env["res.company"].create({"name": "分院"})
        self._use("harm", company_id=other.id)
        case = self._complain(harm="4")
        self._settle()
        self.assertEqual(case.desk_id, self.office)
