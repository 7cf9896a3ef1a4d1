from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..tools import numbers
from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestIntake(ComplaintCase):
    """One intake for all roads."""

    def test_whole_from_the_first_moment(self):
        case = self._complain(
            staff=["T-nurse"], topic_id=self.env.ref("hcrm_complaint.topic_nursing").id
        )
        self.assertTrue(numbers.is_number(case.intake_number))
        self.assertFalse(case.receipt_number)
        self.assertEqual(case.partner_id, self.wang)
        self.assertEqual(case.patient_id, self.wang)
        self.assertEqual(case.statement_text, "排队三个小时，没有人理我。")
        self.assertTrue(case.statement_ids.is_sealed)
        self.assertEqual(case.staff_ids.employee_id.user_id, self.users["nurse"])
        self.assertEqual(case.sudo().accused_user_ids, self.users["nurse"])
        self.assertNotIn("王秀英", case.name)

    def test_told_twice_it_is_one_case(self):
        first = self._complain(key="web/1")
        self.assertEqual(self._complain("说了两次", key="web/1"), first)
        self.assertNotEqual(self._complain(key="web/2"), first)

    def test_told_twice_in_one_batch_it_is_one_case(self):
        request = {"kind": "complaint", "channel": "web", "text": "等太久", "is_anonymous": True}
        keyed = {**request, "key": "web/3"}
        cases = self.cases._take_in([keyed, request, dict(keyed), request])
        self.assertEqual(cases[0], cases[2])
        self.assertEqual(len(set(cases.ids)), 3)

    def test_the_receipt_leaves_once_with_number_and_pin(self):
        case = self._complain(pin="123456")
        message = self.env["hcrm.communication"].search(
            [("res_model", "=", case._name), ("res_id", "=", case.id)]
        )
        self.assertEqual(len(message), 1)
        body = message.sudo().body_stored
        self.assertIn("123456", body)
        self.assertIn(numbers.spell(case.intake_number), body)
        self.assertNotIn("投诉", body)
        self.assertNotIn("complaint", body.lower())
        self.assertTrue(case.sudo()._is_pin("１２３４５６"))
        self.assertFalse(case.sudo()._is_pin("123457"))

    def test_acceptance_gives_the_receipt_number(self):
        case = self._complain().with_user(self.users["officer"])
        case.action_accept()
        self.assertTrue(numbers.is_number(case.receipt_number))
        self.assertEqual(case.state, "accepted")
        with self.assertRaises(UserError):
            case.action_accept()

    def test_a_hundred_take_as_many_statements_as_ten(self):
        persons = [self._person(f"李{n}", phone=f"1390000{n:04d}") for n in range(60)]
        self._complain()  # warms caches

        def register(some):
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            self.cases._take_in(
                [
                    {"kind": "complaint", "channel": "web", "text": "太吵", "partner_id": one.id}
                    for one in some
                ]
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        ten = register(persons[:10])
        self.assertLessEqual(register(persons[10:]), ten + 5)

    def test_no_words_no_case(self):
        with self.assertRaises(ValidationError):
            self._complain("  ")

    def test_a_form_that_was_opened_and_left_is_no_case(self):
        office = self.cases.with_user(self.users["officer"])
        for words in (False, "  "):
            with self.assertRaises(ValidationError):
                office.create({"kind": "complaint", "statement_text": words})
        with self.assertRaises(AssertionError), Form(office):
            pass
        with Form(office) as form:
            form.statement_text = "等太久"
        self.assertTrue(form.record.intake_number)
        self.assertTrue(form.record.action_register())
        self.assertFalse(self.cases.search([("kind", "=", "praise")])[:1].next_clock_text)

    def test_a_person_is_known_by_name_and_phone_not_by_phone_alone(self):
        request = {"kind": "complaint", "channel": "web", "text": "等太久"}
        same = self.cases._take_in(
            [{**request, "person": {"name": "王秀英", "phone": "138 0013 8001"}}]
        )
        self.assertEqual(same.partner_id, self.wang)
        other = self.cases._take_in(
            [{**request, "person": {"name": "王小明", "phone": "13800138001"}}]
        )
        self.assertTrue(other.partner_id)
        self.assertNotEqual(other.partner_id, self.wang)

    def test_wildcards_find_nobody(self):
        request = {
            "kind": "complaint",
            "channel": "web",
            "text": "等太久",
            "department": "%",
            "staff": ["%"],
        }
        case = self.cases._take_in([{**request, "person": {"name": "%", "phone": "13800138001"}}])
        self.assertNotEqual(case.partner_id, self.wang)
        self.assertFalse(case.department_id)
        self.assertFalse(case.staff_ids.employee_id)

    def test_the_form_makes_a_whole_case(self):
        cases = self.cases.with_user(self.users["officer"])
        with Form(cases) as form:
            form.complainant_name = "王秀英"
            form.complainant_phone = "13800138001"
            form.statement_text = "药房态度差"
        self.assertEqual(form.record.partner_id, self.wang)
        self.assertEqual(form.record.patient_id, self.wang, "nothing else was said")
        self.assertTrue(form.record.intake_number)
        with Form(form.record) as form:
            form.statement_text = "药房态度很差"
        self.assertEqual(form.record.statement_ids.mapped("version"), [2, 1])

    def test_who_may_not_take_in_makes_none(self):
        for role in ("nurse", "department_head", "leader", "vip_desk", "portal"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.cases.with_user(self.users[role]).create({"kind": "complaint"})

    def test_a_clerk_gives_what_the_form_asks_for(self):
        cases = self.cases.with_user(self.users["officer"])
        for name, value in (("pin_hash", "x"), ("repeat_count", 9), ("accepted_at", "2026-01-01")):
            with self.subTest(field=name):
                try:
                    case = cases.create({"statement_text": "太吵", name: value})
                except AccessError:
                    continue
                self.assertNotEqual(case.sudo()[name], value)

    def test_not_in_another_hospital(self):
        other = self.env["res.company"].create({"name": "Second hospital"})
        with self.assertRaises(AccessError):
            self.cases.with_user(self.users["officer"]).create(
                {"statement_text": "太吵", "company_id": other.id}
            )

    def test_who_stands_at_the_desk_is_told_a_new_pin_once(self):
        case = self._complain(pin="123456", partner_id=False, is_anonymous=True)
        told = case.with_user(self.users["officer"]).action_new_pin()["params"]["message"]
        pin = "".join(char for char in told if char.isdecimal())
        self.assertTrue(case.sudo()._is_pin(pin))
        self.assertFalse(pin != "123456" and case.sudo()._is_pin("123456"))
        with self.assertRaises(AccessError):
            case.with_user(self.users["nurse"]).action_new_pin()
