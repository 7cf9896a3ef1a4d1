from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestProblem(ComplaintCase):
    """Several problems of a case, coded by HCAT and the hospital's own tree."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.problems = cls.env["hcrm.complaint.problem"]
        cls.delay = cls.env.ref("hcrm_complaint.hcat_processes_delay_access")
        cls.ignoring = cls.env.ref("hcrm_complaint.hcat_listening_ignoring")
        cls.case = cls._complain()
        cls.problem = cls.problems.create(
            {"complaint_id": cls.case.id, "category_id": cls.delay.id, "severity": "2"}
        )

    def test_the_tree_is_whole(self):
        levels = self.env["hcrm.complaint.category"]._read_group(
            [("scheme", "=", "hcat")], ["level"], ["__count"], order="level"
        )
        self.assertEqual(levels, [(1, 3), (2, 7), (3, 36)])

    def test_a_problem_knows_what_stands_above_and_its_department(self):
        self.assertEqual(self.problem.hcat_category_id.code, "processes")
        self.assertEqual(self.problem.hcat_domain_id.code, "management")
        self.assertEqual(self.problem.department_id, self.cardiology)
        self.assertEqual(self.problem.company_id, self.company)
        whole = self.problems.create(
            {"complaint_id": self.case.id, "category_id": self.ignoring.parent_id.id}
        )
        self.assertEqual(whole.hcat_category_id.code, "listening")
        self.assertEqual(whole.hcat_domain_id.code, "relationship")

    def test_a_domain_is_no_code_and_trees_are_not_mixed(self):
        own = self.env.ref("hcrm_complaint.own_flow_booking")
        with self.assertRaises(ValidationError):
            self.problem.category_id = self.env.ref("hcrm_complaint.hcat_management")
        with self.assertRaises(ValidationError):
            self.problem.category_id = own
        with self.assertRaises(ValidationError):
            self.problem.own_category_id = self.ignoring
        with self.assertRaises(ValidationError):
            own.parent_id = self.ignoring

    def test_the_office_codes_in_the_form_of_the_case(self):
        with Form(self.case.with_user(self.users["officer"])) as form:
            with form.problem_ids.new() as line:
                line.category_id = self.ignoring
                line.department_id = self.oncology
        self.assertEqual(len(self.case.problem_ids), 2)
        self.assertEqual(self.case.problem_ids.department_id, self.cardiology | self.oncology)

    def test_who_it_is_about_is_concerned_by_the_case_and_does_not_see_it(self):
        nurse = self.users["department_head"]
        staff = self.env["hcrm.complaint.staff"].create(
            {"complaint_id": self.case.id, "employee_id": nurse.employee_ids.id, "told_name": "李"}
        )
        elsewhere = staff.copy({"complaint_id": self._complain("停车太难", channel="web").id})
        with self.assertRaises(ValidationError):
            self.problem.staff_id = elsewhere
        self.case._move("accepted")
        seen = self.problems.with_user(nurse).search([("id", "=", self.problem.id)])
        self.assertFalse(seen)
        self.problem.staff_id = staff
        self.assertEqual(self.problem.employee_id, staff.employee_id)

    def test_desks_read_and_correct_their_own_only(self):
        self.case._move("accepted")
        mine = self.problem.with_user(self.users["department_head"])
        self.assertEqual(mine.category_id, self.delay)
        mine.severity = "3"
        with self.assertRaises(AccessError):
            self.problem.with_user(self.oncology_head).read(["severity"])
        with self.assertRaises(AccessError):
            mine.create({"complaint_id": self.case.id, "category_id": self.ignoring.id})
        for role in ("nurse", "analyst", "marketing", "hcrm_admin", "portal"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.problem.with_user(self.users[role]).read(["severity"])
        self.assertFalse(self.problems.with_user(self.users["leader"]).search([]))

    def test_a_used_category_stays(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.delay.unlink()

    def test_a_change_is_planned_from_a_problem(self):
        """By one click the form of a corrective action knows against what and where."""
        officer = self.users["officer"]
        opened = self.problem.with_user(officer).action_plan_change()
        form = Form(
            self.env[opened["res_model"]].with_user(officer).with_context(opened["context"])
        )
        form.name = "周一上午加开一个窗口"
        form.due_date = "2099-01-31"
        action = form.save()
        self.assertEqual(action.category_id, self.delay)
        self.assertEqual(action.department_id, self.cardiology)
