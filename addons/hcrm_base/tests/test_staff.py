from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import HcrmCommon

STAFF_FORM = "hcrm_base.hr_employee_public_view_form_staff"
DEPARTMENT_FORM = "hr.view_department_form"
PRIVATE = {
    "private_street": "ZQ private street",
    "private_phone": "13500000000",
    "emergency_contact": "ZQ emergency",
    "barcode": "4711",
    "pin": "1234",
    "marital": "divorced",
    "passport_id": "ZQ passport",
    "wage": 54321.0,
}


class StaffCommon(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.users["hcrm_admin"]
        cls.staff = cls.env["hr.employee.public"].with_user(cls.admin)
        cls.departments = cls.env["hr.department"].with_user(cls.admin)
        cls.private = cls.env["hr.employee"].create(
            {"name": "王芳", "department_id": cls.cardiology.id, **PRIVATE}
        )
        cls.private.message_post(body="ZQ salary talk")
        cls.contract = cls.env["ir.attachment"].create(
            {
                "name": "ZQ contract.pdf",
                "raw": b"ZQ contract",
                "res_model": "hr.employee",
                "res_id": cls.private.id,
            }
        )
        cls.env.flush_all()
        cls.public = cls.staff.browse(cls.private.id)


@tagged("post_install", "-at_install")
class TestStaff(StaffCommon):
    """The HCRM administrator sets up departments and staff without an HR right."""

    def test_has_no_hr_right(self):
        self.assertFalse(self.admin.has_group("hr.group_hr_user"))

    # DEPARTMENTS

    def test_sets_up_departments(self):
        with Form(self.departments, view=DEPARTMENT_FORM) as form:
            form.name = "儿科"
            form.code = "T-PED"
            form.hcrm_class = "clinical"
            form.manager_id = self.private
        department = form.record
        self.assertEqual(department.company_id, self.company)
        with Form(department, view=DEPARTMENT_FORM) as form:
            form.code = "T-PED2"
            form.parent_id = self.cardiology
        self.assertEqual(department.code, "T-PED2")
        department.active = False
        with self.assertRaises(AccessError):
            department.unlink()

    def test_head_of_a_department_leads_its_staff(self):
        """Core writes the new head on the employees, for which the administrator has no right."""
        self.departments.browse(self.cardiology.id).manager_id = self.private
        team = self.env["hr.employee"].search(
            [("department_id", "=", self.cardiology.id), ("id", "!=", self.private.id)]
        )
        self.assertEqual(team.parent_id, self.private)

    def test_others_do_not(self):
        for role in ("service_manager", "department_head", "integration", "employee"):
            user = self.users[role]
            with self.subTest(role=role):
                with self.assertRaises(AccessError):
                    self.cardiology.with_user(user).code = "X"
                with self.assertRaises(AccessError):
                    self.cardiology.with_user(user)._update_employee_manager(self.private.id)
                with self.assertRaises(AccessError):
                    self.public.with_user(user).staff_code = "X"
                with self.assertRaises(AccessError):
                    self.env["hr.employee.public"].with_user(user).create({"name": "x"})

    def test_departments_of_another_hospital(self):
        other = self.env["res.company"].create({"name": "Other Hospital"})
        foreign = self.env["hr.department"].create({"name": "外院", "company_id": other.id})
        with self.assertRaises(AccessError):
            foreign.with_user(self.admin).code = "X"
        with self.assertRaises(AccessError):
            self.departments.create({"name": "外院二", "company_id": other.id})

    # STAFF

    def test_sets_up_staff(self):
        user = new_test_user(self.env, login="t_new_doctor", groups="hcrm_base.group_doctor")
        with Form(self.staff, view=STAFF_FORM) as form:
            form.name = "赵医生"
            form.staff_code = "D9001"
            form.hospital_title = "主治医师"
            form.department_id = self.departments.browse(self.cardiology.id)
            form.parent_id = self.public
            form.user_id = user
        employee = self.env["hr.employee"].browse(form.record.id)
        self.assertRecordValues(
            employee,
            [
                {
                    "name": "赵医生",
                    "staff_code": "D9001",
                    "hospital_title": "主治医师",
                    "department_id": self.cardiology.id,
                    "parent_id": self.private.id,
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "active": True,
                }
            ],
        )
        with Form(form.record, view=STAFF_FORM) as form:
            form.name = "赵主任"
            form.department_id = self.departments.browse(self.oncology.id)
        self.assertEqual(form.record.name, "赵主任")
        self.assertEqual(employee.name, "赵主任")
        self.assertEqual(employee.department_id, self.oncology)

    def test_rights_follow_at_once(self):
        """Record rules keep the departments of users in a cache."""
        handler = self.users["handler"]
        person = self._person()
        self._encounter(person, self.oncology)
        partners = self.env["res.partner"].with_user(handler)
        self.assertNotIn(person, partners.search([("is_customer", "=", True)]))
        self.staff.browse(handler.employee_id.id).department_id = self.oncology
        handler.invalidate_recordset()
        self.assertIn(person, partners.search([("is_customer", "=", True)]))

    def test_archives_and_takes_back(self):
        self.staff.browse(self.private.id).action_archive()
        self.assertFalse(self.private.active)
        self.assertNotIn(self.public, self.staff.search([]))
        self.public.action_unarchive()
        self.assertTrue(self.private.active)
        with self.assertRaises(AccessError):
            self.public.unlink()

    def test_a_list_of_codes_at_once(self):
        """As the list writes that edits many rows."""
        team = self.staff.search([("department_id", "=", self.cardiology.id)])
        self.assertGreater(len(team), 5)
        team.write({"hospital_title": "护士"})
        self.assertEqual(set(team.mapped("hospital_title")), {"护士"})

    def test_staff_of_another_hospital(self):
        other = self.env["res.company"].create({"name": "Other Hospital"})
        foreign = self.env["hr.employee"].create({"name": "外人", "company_id": other.id})
        department = self.env["hr.department"].create({"name": "外院", "company_id": other.id})
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self.staff.browse(foreign.id).staff_code = "X"
        with self.assertRaises(AccessError):
            self.staff.create({"name": "x", "company_id": other.id})
        with self.assertRaises(AccessError):
            self.public.department_id = department.id
        with self.assertRaises(AccessError):
            self.public.parent_id = foreign.id

    def test_code_is_unique(self):
        self.public.staff_code = "D9002"
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.staff.create({"name": "x", "staff_code": "D9002"})

    # USERS

    def test_nobody_links_himself_to_a_colleague(self):
        """Users read address, bank account and PIN of their own employee."""
        self.admin.employee_ids.unlink()
        with self.assertRaisesRegex(UserError, "cannot link yourself"):
            self.public.user_id = self.admin
        mine = self.staff.create({"name": "新来的", "user_id": self.admin.id})
        self.assertEqual(self.admin.employee_id.id, mine.id, "a new one has nothing private")

    def test_a_link_is_made_once_and_logged(self):
        nurse, doctor = (
            new_test_user(self.env, login=f"t_{name}", name=name, groups="base.group_user")
            for name in ("first", "second")
        )
        self.public.user_id = nurse
        self.assertEqual(self.private.user_id, nurse)
        note = self.private.message_ids[:1]
        self.assertIn("t_first", note.body)
        self.assertEqual(note.author_id, self.admin.partner_id)
        with self.assertRaisesRegex(UserError, "personnel office"):
            self.public.user_id = doctor
        self.public.write({"user_id": nurse.id, "hospital_title": "护士"})
        self.public.user_id = False
        self.assertFalse(self.private.user_id)

    # WHAT STAYS CLOSED

    def test_private_fields_are_no_fields_of_the_screen(self):
        self.assertFalse(PRIVATE.keys() & self.staff.fields_get().keys())

    def test_private_data_cannot_be_written(self):
        work = {"work_email": "x@example.com", "work_phone": "1", "work_contact_id": 1, "tz": "UTC"}
        for name, value in (PRIVATE | work).items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    self.public.write({name: value})
                with self.assertRaises(AccessError):
                    self.staff.create({"name": "x", name: value})
        with self.assertRaises(AccessError):
            self.public.company_id = self.company

    def test_private_data_cannot_be_read(self):
        employee = self.private.with_user(self.admin)
        for name, value in PRIVATE.items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    employee.read([name])
                with self.assertRaises(ValueError):  # the public employee has no such field
                    employee.search([(name, "=", value)])
                with self.assertRaises(AccessError):
                    self.staff.search([(f"employee_id.{name}", "=", value)])
                with self.assertRaises(AccessError):
                    self.departments.search([(f"manager_id.{name}", "=", value)])
        for operation in ("write", "create", "unlink"):
            with self.subTest(operation=operation), self.assertRaises(AccessError):
                employee.check_access(operation)

    def test_versions_chatter_and_attachments_stay_closed(self):
        """A right on hr.employee would have opened them."""
        env = self.env(user=self.admin)
        with self.assertRaises(AccessError):
            env["hr.version"].search([])
        with self.assertRaises(AccessError):
            self.private.version_id.with_user(self.admin).read(["job_title"])
        about = [("res_id", "=", self.private.id)]
        messages = env["mail.message"].search([*about, ("model", "=", "hr.employee")])
        self.assertFalse(messages)
        with self.assertRaises(AccessError):
            self.private.message_ids.with_user(self.admin).read(["body"])
        with self.assertRaises(AccessError):
            self.contract.with_user(self.admin).read(["raw"])


@tagged("post_install", "-at_install")
class TestStaffRpc(StaffCommon, HttpCase):
    """The same over the wire, as the web client and scripts call it."""

    def _call(self, model, method, *args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def test_over_rpc(self):
        self.authenticate(self.admin.login, self.admin.login)
        specification = {"name": {}, "staff_code": {}, "department_id": {"fields": {}}}
        [row] = self._call(
            "hr.employee.public",
            "web_save",
            [],
            {"name": "钱护士", "staff_code": "N9001", "department_id": self.cardiology.id},
            specification=specification,
        )
        self.assertEqual(row["staff_code"], "N9001")
        [row] = self._call(
            "hr.employee.public",
            "web_save",
            [row["id"]],
            {"staff_code": "N9002"},
            specification=specification,
        )
        self.assertEqual(row["staff_code"], "N9002")
        [row] = self._call(
            "hr.department",
            "web_save",
            [],
            {"name": "新科", "code": "T-NEW", "manager_id": row["id"]},
            specification={"code": {}},
        )
        self.assertEqual(row["code"], "T-NEW")

    def test_private_data_over_rpc(self):
        self.authenticate(self.admin.login, self.admin.login)
        for model, method, *args in (
            ("hr.employee", "read", [self.private.id], ["private_street"]),
            ("hr.employee", "web_read", [self.private.id], {"private_street": {}}),
            ("hr.employee", "search_read", [], ["private_street"]),
            ("hr.employee", "export_data", [self.private.id], ["private_street"]),
            ("hr.employee", "write", [self.private.id], {"private_street": "x"}),
            ("hr.employee.public", "write", [self.private.id], {"private_street": "x"}),
            ("hr.employee.public", "web_read", [self.private.id], {"private_street": {}}),
            ("hr.employee.public", "_write_employees_sudo", [self.private.id], {"pin": "1"}),
            ("hr.version", "search_read", [], ["wage"]),
        ):
            with self.subTest(model=model, method=method), mute_logger("odoo.http"):
                try:
                    answer = str(self._call(model, method, *args))
                except Exception as error:
                    answer = str(error)
                self.assertNotIn("ZQ", answer)
        self.private.invalidate_recordset()
        self.assertEqual(self.private.private_street, "ZQ private street")
        self.assertEqual(self.private.pin, "1234")
