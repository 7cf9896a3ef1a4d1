from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..tools.readiness import ReadinessCheck
from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestReadiness(HcrmCommon):
    def _lines(self, role="hcrm_admin"):
        lines = self.env["hcrm.readiness"].with_user(self.users[role]).get_checklist()
        return {line["code"]: line for line in lines}

    def test_only_for_administrators(self):
        for role in ("officer", "nurse", "leader", "employee"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._lines(role)

    def test_missing_code_is_told(self):
        department = self.env["hr.department"].create({"name": "儿科"})
        self.assertEqual(self._lines()["department_codes"]["state"], "todo")
        self.env["hr.department"].search([("code", "=", False)]).active = False
        self.assertFalse(department.active)
        self.assertEqual(self._lines()["department_codes"]["state"], "done")

    def test_roles_nobody_has(self):
        nurses = self.env.ref("hcrm_base.group_nurse")
        self.assertNotIn(nurses.name, self._lines()["roles"]["reason"])
        nurses.all_user_ids.group_ids -= nurses
        line = self._lines()["roles"]
        self.assertEqual(line["state"], "todo")
        self.assertIn(nurses.name, line["reason"])

    def test_country_and_hours(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.assertEqual(self._lines()["working_hours"]["state"], "done")
        self.company.resource_calendar_id.tz = "UTC"
        self.assertEqual(self._lines()["working_hours"]["state"], "todo")
        self.company.country_id = False
        self.assertEqual(self._lines()["company_country"]["state"], "todo")

    def test_first_record_office_and_customer(self):
        self._person()
        self.assertEqual(self._lines()["customers"]["state"], "done")
        self.env["hcrm.identifier.system"].create({"name": "病案室", "code": "T-MR"})
        self.assertIn("病案室", self._lines()["record_systems"]["reason"])

    def test_numbers_that_all_hospitals_share(self):
        """One hospital shares with nobody; with a second one, the checklist asks."""
        system = self.env["hcrm.identifier.system"].create({"name": "病案室", "code": "T-MR"})
        system.company_id = False
        self.assertEqual(self._lines()["record_systems"]["state"], "done")
        self.env["res.company"].create({"name": "Second hospital"})
        self.assertEqual(self._lines()["record_systems"]["state"], "info")
        system.company_id = self.company
        self.assertEqual(self._lines()["record_systems"]["state"], "done")

    def test_buttons_lead_where_the_user_may_write(self):
        """No button ends in an error, and departments and staff are not locked."""
        lines = self._lines()
        for code in ("departments", "department_codes", "department_heads", "campuses"):
            self.assertTrue(lines[code]["action"], code)
        for code in ("staff_codes", "staff_users"):
            self.assertEqual(lines[code]["action"], "hcrm_base.hr_employee_public_action")
        self.assertFalse(lines["company_country"]["action"])
        self.users["hcrm_admin"].group_ids += self.env.ref("base.group_erp_manager")
        self.assertTrue(self._lines()["company_country"]["action"])

    def test_unknown_state_is_refused(self):
        with self.assertRaises(ValueError):
            ReadinessCheck(code="x", section="x", title="x", state="perhaps", reason="x")
