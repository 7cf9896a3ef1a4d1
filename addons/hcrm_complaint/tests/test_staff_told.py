from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestStaffTold(ComplaintCase):
    """Staff told in words: linked where it is clear, asked about where it is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls.users["officer"]
        cls.here = cls._employ("李小红", cls.cardiology, "li_here")
        cls.there = cls._employ("李小红", cls.oncology, "li_there")
        cls.only = cls._employ("欧阳静", cls.oncology, "ouyang")

    @classmethod
    def _employ(cls, name, department, login):
        employee = cls._user(login, "base.group_user").employee_ids
        employee.write({"name": name, "department_id": department.id})
        return employee

    def _linked(self, *told, **values):
        case = self._complain(staff=list(told), **values)
        return case.sudo().staff_ids.employee_id, case

    def test_a_full_name_with_its_title(self):
        linked, case = self._linked("欧阳 静护士长")
        self.assertEqual(linked.ids, self.only.ids)
        self.assertEqual(case.sudo().accused_user_ids, self.only.user_id)
        self.assertFalse(case.has_unlinked_staff)

    def test_of_two_the_one_of_the_department_told(self):
        linked, case = self._linked("李小红医生")
        self.assertEqual(linked.ids, self.here.ids)
        with self.assertRaises(AccessError):
            case.with_user(self.here.user_id).read(["name"])
        self.assertFalse(self._linked("李小红", department_id=self.emergency().id)[0])
        self.assertFalse(self._linked("李小红", department_id=False)[0])

    def emergency(self):
        return self.env["hr.department"].create({"name": "急诊", "company_id": self.company.id})

    def test_who_is_not_clear_is_linked_to_nobody(self):
        for told in ("李医生", "护士", "%", "_____", "那个高个子护士", "小红"):
            with self.subTest(told=told):
                linked, case = self._linked(told)
                self.assertFalse(linked)
                self.assertTrue(case.has_unlinked_staff)

    def test_typed_into_the_form(self):
        with Form(self.cases.with_user(self.officer)) as form:
            form.channel = "letter"
            form.is_anonymous = True
            form.statement_text = "来信"
            form.department_id = self.oncology
            with form.staff_ids.new() as row:
                row.told_name = "李小红"
        case = form.record
        self.assertEqual(case.sudo().staff_ids.employee_id.ids, self.there.ids)
        self.assertEqual(case.sudo().accused_user_ids, self.there.user_id)

    def test_the_office_is_asked_first(self):
        _linked, case = self._linked("李医生")
        desk = self.env["hcrm.complaint.today"]
        first = desk.with_user(self.officer).get_today()["parts"][0]
        self.assertEqual(first["name"], "unlinked")
        self.assertIn(case.id, [row["id"] for row in first["rows"]])
        other = desk.with_user(self.users["department_head"]).get_today()["parts"]
        self.assertNotIn("unlinked", [part["name"] for part in other])
        seen = case.with_user(self.officer)
        asked = [("has_unlinked_staff", "=", True), ("id", "=", case.id)]
        self.assertTrue(seen.search_count(asked))
        seen.staff_ids.role = "unknown"
        self.assertFalse(seen.search_count(asked))
        self.assertFalse(seen.has_unlinked_staff)

    def test_a_link_is_not_undone_by_another_name(self):
        case = self._complain(staff=["欧阳静"])
        case.with_user(self.officer).staff_ids.told_name = "李小红"
        self.assertEqual(case.sudo().staff_ids.employee_id.ids, self.only.ids)

    def test_praise_links_and_hides_from_nobody(self):
        linked, case = self._linked("欧阳静", kind="praise")
        self.assertEqual(linked.ids, self.only.ids)
        self.assertFalse(case.sudo().accused_user_ids)

    def test_the_matter_that_tells_who_it_was(self):
        case = self._complain(matter="王秀英反映12床无人应答").with_user(self.officer)
        self.assertEqual(case.matter_tells, "王秀英, 12床")
        case.matter = "夜间呼叫无人应答"
        self.assertFalse(case.matter_tells)
        case.action_accept()
        case.matter = "王秀英反映"
        self.assertFalse(case.with_user(self.users["department_head"]).matter_tells)
