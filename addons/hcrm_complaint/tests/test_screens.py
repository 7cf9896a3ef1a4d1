from odoo.tests import HttpCase, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestScreens(HttpCase, ComplaintCase):
    """Click paths through a complaint, in a browser."""

    def test_from_the_counter_to_the_answer(self):
        """The officer writes it down and hands it over, the head answers, the manager sends."""
        self.start_tour("/odoo/complaints/new", "hcrm_complaint_officer", login="test_officer")
        case = self.cases.search([], order="id DESC", limit=1)
        self.assertEqual(case.name, "夜班按铃无人应答")
        self.assertEqual(case.sudo().statement_ids.text, "昨天晚上我按了三次铃，没有人来。")
        self.assertTrue(case.receipt_number)
        self.start_tour("/odoo/my-complaints", "hcrm_complaint_head", login="test_department_head")
        self.env.invalidate_all()
        self.assertEqual(case.desk_id, self.cardiology_desk)
        self.assertEqual(case.state, "approval")
        self.assertEqual(case.sudo().explanation_ids.user_id, self.users["nurse"])
        address = "/odoo/complaint-answers"
        self.start_tour(address, "hcrm_complaint_manager", login="test_service_manager")
        self.env.invalidate_all()
        self.assertEqual(case.state, "answered")
        self.assertEqual(case.sudo().answer_ids.approver_id, self.users["service_manager"])


@tagged("post_install", "-at_install")
class TestScreensOnAPhone(HttpCase, ComplaintCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_who_is_asked_explains(self):
        """The nurse reads the question and hands in the explanation between two rooms."""
        case = self._complain(staff=["T-nurse"]).with_user(self.users["officer"])
        case.action_accept()
        row = case._ask_explanation(case.staff_ids.employee_id, "周一夜班谁当班？")
        tour = "hcrm_complaint_employee_on_a_phone"
        self.start_tour("/odoo/my-explanations", tour, login="test_nurse")
        self.env.invalidate_all()
        self.assertEqual((row.state, row.text), ("answered", "我在抢救另一位病人。"))
