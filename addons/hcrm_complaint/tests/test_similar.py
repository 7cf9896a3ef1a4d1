from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged

from .common import ComplaintCase

TEXT = "昨天在急诊排队等了三个小时，没有一个护士理我们"


@tagged("post_install", "-at_install")
class TestSimilar(ComplaintCase):
    """Whoever types a case sees that it was told before."""

    def _find(self, user=None, **told):
        asked = {"company_id": self.company.id, "text": TEXT, **told}
        cases = self.cases.with_user(user or self.users["officer"])
        return cases._find_similar(asked)

    def test_same_person(self):
        case = self._complain("食堂太贵，建议改进饭菜质量")
        [found] = self._find(partner_ids=self.wang.ids)
        self.assertEqual((found.case, found.is_person), (case, True))

    def test_same_telephone(self):
        case = self._complain()
        self._person("王秀英的儿子", phone="13800138001")
        [found] = self._find(phone="138 0013 8001")
        self.assertEqual(found.case, case)

    def test_same_words_about_the_department(self):
        case = self._complain("急诊排队等了三个小时，没有一个护士理我们，太过分了")
        self._complain("食堂太贵，建议改进饭菜质量")
        [found] = self._find(department_id=self.cardiology.id)
        self.assertEqual((found.case, found.is_person), (case, False))
        self.assertGreater(found.likeness, 0.6)
        self.assertFalse(self._find(department_id=self.oncology.id))

    def test_the_likest_of_the_person_first(self):
        alike = self._complain(TEXT)
        other = self._complain("食堂太贵，建议改进饭菜质量")
        found = self._find(partner_ids=self.wang.ids)
        self.assertEqual([one.case for one in found], [alike, other])

    def test_old_ones_and_other_hospitals_are_not_asked(self):
        long_ago = fields.Datetime.now() - timedelta(days=100)
        self._complain(TEXT, received_at=long_ago)
        self.assertFalse(self._find(partner_ids=self.wang.ids))
        self._complain(TEXT)
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(self._find(partner_ids=self.wang.ids, company_id=other.id))

    def test_what_does_not_exist_for_the_user_is_not_found(self):
        """Given a case about the officer who types, neither it nor its words are told of."""
        officer = self.users["officer"]
        officer.employee_ids.staff_code = "T-officer"
        case = self._complain(TEXT, staff=["T-officer"])
        self.assertEqual(case.sudo().accused_user_ids, officer)
        self.assertFalse(self._find(partner_ids=self.wang.ids, department_id=self.cardiology.id))
        self.assertTrue(self._find(user=self.users["service_manager"], partner_ids=self.wang.ids))
        self.assertFalse(self._find(user=self.users["nurse"], partner_ids=self.wang.ids))

    def test_the_form_says_so_while_typing(self):
        case = self._complain()
        view = self.env["ir.ui.view"].create(
            {
                "name": "similar",
                "model": "hcrm.complaint",
                "priority": 99,
                "arch": """<form><field name="company_id"/><field name="state"/>
                    <field name="partner_id"/><field name="complainant_phone"/>
                    <field name="department_id"/><field name="statement_text"/>
                    <field name="similar_text"/><field name="similar_ids"><list>
                    <field name="name"/></list></field></form>""",
            }
        )
        with Form(self.cases.with_user(self.users["officer"]), view=view.id) as form:
            self.assertFalse(form.similar_text)
            form.partner_id = self.wang
            self.assertIn("1", form.similar_text)
            form.statement_text = TEXT
        self.assertEqual(form.record.partner_id, self.wang)
        self.assertEqual(form.record.similar_ids, case)

    def test_as_many_queries_for_one_as_for_a_hundred(self):
        def asked(count):
            for number in range(count):
                self._complain(f"{TEXT}{number}")
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._find(partner_ids=self.wang.ids, department_id=self.cardiology.id)
            return self.env.cr.sql_log_count - start

        asked(1)  # warms caches
        self.assertLessEqual(asked(60), asked(1) + 1)
