from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ComplaintCase

CONTENT = {"conclusion": "upheld", "findings": "值班表核对：当晚缺一人。", "text": "情况属实。"}


@tagged("post_install", "-at_install")
class TestAnswer(ComplaintCase):
    """Approved by somebody else, sent as the person wished, and the case knows of it."""

    def setUp(self):
        super().setUp()
        self.officer, self.manager = self.users["officer"], self.users["service_manager"]

    def _accepted(self, **values):
        case = self._complain(**values).with_user(self.officer)
        case.action_accept()
        return case

    def _drafted(self, case, **values):
        answer = self.env["hcrm.complaint.answer"].browse(case.action_answer()["res_id"])
        answer = answer.with_user(self.officer)
        answer.write(CONTENT | values)
        return answer

    def _approved(self, case, **values):
        answer = self._drafted(case, **values)
        answer.action_submit()
        answer.with_user(self.manager).action_approve()
        return answer

    def _messages(self, case, what="answer"):
        messages = self.env["hcrm.communication"].sudo()
        return messages.search(
            [
                ("res_model", "=", "hcrm.complaint"),
                ("res_id", "=", case.id),
                ("idempotency_key", "like", f"/{what}"),
            ]
        )

    # approval

    def test_who_wrote_does_not_approve(self):
        case = self._accepted()
        answer = self._drafted(case)
        answer.with_user(self.manager).write({"findings": "另查：交班不清。"})
        answer.action_submit()
        self.assertEqual(case.state, "approval")
        for writer in (self.officer, self.manager):
            with self.assertRaises(AccessError):
                answer.with_user(writer).action_approve()
        self.assertFalse(self._messages(case))
        other = self._user("second_manager", "hcrm_base.group_service_manager")
        answer.with_user(other).action_approve()
        self.assertEqual((answer.state, answer.approver_id), ("sent", other))

    def test_an_officer_approves_nothing(self):
        answer = self._drafted(self._accepted())
        answer.action_submit()
        other = self._user("second_officer", "hcrm_base.group_officer")
        with self.assertRaises(AccessError):
            answer.with_user(other).action_approve()

    def test_what_was_handed_in_stays(self):
        answer = self._drafted(self._accepted())
        answer.action_submit()
        with self.assertRaises(UserError):
            answer.text = "不属实。"
        with self.assertRaises(AccessError):
            answer.state = "sent"

    def test_given_back_it_is_a_new_version(self):
        case = self._accepted()
        answer = self._drafted(case)
        answer.action_submit()
        self.assertEqual(case.activity_ids.user_id, self.manager)
        with self.assertRaises(UserError):
            answer.with_user(self.manager)._give_back("  ")
        following = answer.with_user(self.manager)._give_back("整改措施写具体。")
        self.assertEqual((answer.state, following.state), ("returned", "draft"))
        self.assertEqual((following.version, following.text), (2, "情况属实。"))
        self.assertEqual(case.state, "working")
        self.assertEqual(case.activity_ids.user_id, self.officer)
        self.assertFalse(self._messages(case))

    def test_of_two_who_approve_one_is_told(self):
        answer = self._drafted(self._accepted())
        answer.action_submit()
        answer.with_user(self.manager).action_approve()
        other = self._user("second_manager", "hcrm_base.group_service_manager")
        with self.assertRaises(UserError):
            answer.with_user(other).action_approve()
        self.assertEqual(len(self._messages(answer.complaint_id)), 1)

    def test_a_conclusion_says_what_was_found(self):
        answer = self._drafted(self._accepted(), findings="")
        with self.assertRaises(UserError):
            answer.action_submit()
        with self.assertRaises(UserError):
            answer.action_send()

    def test_a_head_approves_at_the_own_desk_only(self):
        case = self._accepted(department_id=self.oncology.id)
        answer = self._drafted(case)
        answer.action_submit()
        with self.assertRaises(AccessError):
            answer.with_user(self.oncology_head).action_approve()

    def test_nobody_else_reads_or_writes_answers(self):
        answer = self._drafted(self._accepted(staff=["T-nurse"]))
        for role in ("nurse", "doctor", "employee", "marketing", "vip_desk"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                answer.with_user(self.users[role]).read(["text"])

    def test_an_accused_officer_does_not_see_it(self):
        case = self._accepted()
        second = self._user("second_officer", "hcrm_base.group_officer")
        case.write({"staff_ids": [(0, 0, {"employee_id": second.employee_ids.id})]})
        answer = self._drafted(case)
        answers = self.env["hcrm.complaint.answer"].with_user(second)
        self.assertFalse(answers.search([("id", "=", answer.id)]))

    # sending

    def test_a_text_message_tells_that_there_is_an_answer(self):
        case = self._accepted(answer_channel="sms")
        met = []
        with patch.object(
            type(case), "_meet_clock", lambda cases, kind, at=None: met.append((cases.ids, kind))
        ):
            answer = self._approved(case)
        self.assertEqual(case.state, "answered")
        self.assertEqual(case.conclusion, "upheld")
        self.assertIn((case.ids, "answer"), met)
        message = self._messages(case)
        self.assertEqual(message.channel, "sms")
        for secret in ("情况属实", "投诉", "王秀英"):
            self.assertNotIn(secret, message.body_stored)
        self.assertNotIn("complaint", message.body_stored)
        self.assertIn("/s/", message.body_stored)
        self.assertIn("/feedback/rate/", message.body_stored)
        self.assertIn("情况属实", message.linked_text_stored)
        self.assertIn("王秀英", message.linked_text_stored)
        self.assertEqual(answer.delivery, "asked")

    def test_each_way_out(self):
        self.wang.email = "wang@example.org"
        for channel in ("email", "letter", "portal", "voice"):
            with self.subTest(channel=channel):
                case = self._accepted(answer_channel=channel)
                self._approved(case)
                message = self._messages(case)
                self.assertEqual(message.channel, channel)
                self.assertNotIn("投诉", message.body_stored + (message.subject_line_stored or ""))
                if channel == "voice":
                    self.assertNotIn("情况属实", message.body_stored)
                if channel == "email":
                    self.assertIn("情况属实", message.html_stored)

    def test_who_gave_no_address_reads_it_on_the_page(self):
        case = self._accepted(partner_id=False, is_anonymous=True)
        answer = self._approved(case)
        self.assertEqual(answer.delivery, "page")
        self.assertFalse(self._messages(case))
        [told] = case.sudo()._get_answers_for_person()
        self.assertIn("情况属实", told["text"])
        self.assertIn("/feedback/rate/", told["rate"])
        self.assertEqual(case.sudo()._say_answer(), "情况属实。")

    def test_what_became_of_it(self):
        case = self._accepted()
        answer = self._approved(case)
        message = self._messages(case)
        cases = self.env["hcrm.complaint"].sudo()
        event = {"communication_id": message.id, "res_id": case.id}
        cases._hcrm_on_communications([{**event, "event": "sent"}])
        self.assertEqual(answer.delivery, "sent")
        cases._hcrm_on_communications([{**event, "event": "failed"}])
        self.assertEqual(answer.delivery, "failed")
        self.assertIn(self.officer, case.activity_ids.user_id)
        answer.channel = "letter"
        answer.action_resend()
        self.assertEqual(self._messages(case).mapped("channel"), ["letter", "sms"])
        again = self._messages(case)[0]
        cases._hcrm_on_communications(
            [{"communication_id": again.id, "res_id": case.id, "event": "delivered"}]
        )
        cases._hcrm_on_communications([{**event, "event": "sent"}])
        self.assertEqual(answer.delivery, "delivered")
        with self.assertRaises(UserError):
            answer.action_resend()

    def test_a_receipt_is_no_answer(self):
        case = self._accepted()
        answer = self._approved(case)
        receipt = self._messages(case, "intake")
        self.env["hcrm.complaint"].sudo()._hcrm_on_communications(
            [{"communication_id": receipt.id, "res_id": case.id, "event": "failed"}]
        )
        self.assertEqual(answer.delivery, "asked")

    def test_the_form_words_the_answer_until_somebody_types(self):
        case = self._accepted()
        answer = self.env["hcrm.complaint.answer"].browse(case.action_answer()["res_id"])
        answer = answer.with_user(self.officer)
        answer.text = ""
        with Form(answer) as form:
            form.conclusion = "upheld"
            form.is_apology = True
            form.remedy = "已增派护士"
            self.assertIn("已增派护士", form.text)
            form.text = "自己写的。"
            form.conclusion = "partly"
            self.assertEqual(form.text, "自己写的。")

    # refusing

    def test_refused_only_with_a_ground_approved_and_answered(self):
        case = self._complain().with_user(self.officer)
        ground = self.env.ref("hcrm_complaint.ground_court")
        with self.assertRaises(UserError):
            case._refuse(self.env["hcrm.complaint.ground"])
        answer = case._refuse(ground)
        self.assertEqual(case.state, "new")
        self.assertIn(ground.with_context(lang="zh_CN").advice, answer.sudo().text)
        with self.assertRaises(UserError):
            answer.action_send()
        answer.action_submit()
        self.assertEqual(case.state, "new")
        answer.with_user(self.manager).action_approve()
        self.assertEqual((case.state, case.ground_id), ("refused", ground))
        message = self._messages(case)
        self.assertEqual(len(message), 1)
        self.assertNotIn("/feedback/rate/", message.body_stored)

    def test_departments_refuse_nothing(self):
        case = self._accepted()
        case._offer(self.oncology_desk)
        case.with_user(self.oncology_head).action_accept_offer()
        with self.assertRaises(UserError):
            case.with_user(self.oncology_head).action_refuse()

    def test_nothing_is_closed_unanswered(self):
        case = self._accepted()
        with self.assertRaises(UserError):
            case.action_close()
        self._approved(case)
        case.action_close()
        self.assertEqual(case.state, "closed")

    def test_settled_on_the_spot(self):
        case = self._complain(kind="inquiry", text="化验单哪里取？").with_user(self.officer)
        answer = self._drafted(case, text="一楼自助机。", conclusion=False, findings="")
        answer.action_send()
        self.assertEqual(case.state, "answered")
        self.assertTrue(case.receipt_number)
        self.assertFalse(self._messages(case, "receipt"))

    def test_a_refusal_and_an_answer_are_in_time(self):
        refused = self._complain().with_user(self.officer)
        answer = refused._refuse(self.env.ref("hcrm_complaint.ground_police"))
        answer.action_submit()
        answer.with_user(self.manager).action_approve()
        answered = self._accepted()
        self._approved(answered)
        for case in (refused, answered):
            clocks = case.clock_ids.filtered(lambda one: one.duty == "answer")
            self.assertTrue(clocks)
            self.assertEqual(set(clocks.mapped("state")), {"met"})

    # opening again

    def test_opened_again_it_gets_another_answer(self):
        case = self._accepted()
        first = self._approved(case)
        case.action_close()
        with self.assertRaises(UserError):
            case._reopen("")
        self.assertFalse(case.next_due_at)
        case._reopen("药费未退")
        self.assertEqual(case.state, "working")
        self.assertGreater(case.next_due_at, fields.Datetime.now())
        second = self._approved(case, text="药费已退。")
        self.assertEqual((first.version, second.version), (1, 2))
        self.assertEqual(len(self._messages(case)), 2)

    # together

    def _linked(self, count):
        persons = [self._person(f"赵{n}", phone=f"1370000{n:04d}") for n in range(count)]
        cases = self.cases._take_in(
            [
                {"kind": "complaint", "channel": "web", "text": "停水", "partner_id": one.id}
                for one in persons
            ]
        ).with_user(self.officer)
        cases.action_accept()
        cases.action_link()
        return cases.sorted("id")

    def test_a_mass_is_answered_once_and_told_to_each(self):
        cases = self._linked(4)
        lead = cases[0]
        self.assertEqual(lead.linked_count, 3)
        self._approved(lead)
        self.assertEqual(set(cases.mapped("state")), {"answered"})
        for case in cases:
            message = self._messages(case)
            self.assertEqual(message.recipient_id, case.partner_id)
            self.assertIn(case.partner_id.name, message.linked_text_stored)
        self.assertEqual(cases[1].answer_ids.lead_answer_id, lead.answer_ids)
        self.assertEqual(cases[1].answer_ids.approver_id, self.manager)

    def test_a_mass_takes_few_statements_for_each(self):
        def count(number):
            cases = self._linked(number)
            answer = self._drafted(cases[0])
            answer.action_submit()
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            answer.with_user(self.manager).action_approve()
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        count(2)
        few = count(3)
        self.assertLessEqual(count(23) - few, 20 * 9)

    def test_only_what_fits_is_linked(self):
        one, other = self._accepted(), self._accepted(kind="suggestion")
        with self.assertRaises(UserError):
            (one | other).action_link()
        third = self._accepted()
        self._drafted(third)
        with self.assertRaises(UserError):
            third._link_to(one)

    def test_out_of_the_mass_it_is_answered_alone(self):
        cases = self._linked(3)
        cases[2].action_unlink_lead()
        self._approved(cases[0])
        self.assertEqual(cases[2].state, "accepted")
        self.assertFalse(self._messages(cases[2]))
