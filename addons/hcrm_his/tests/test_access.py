from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import HisCommon, adt, patient

ROLES = (
    *("officer", "service_manager", "department_head", "handler", "nurse", "doctor"),
    *("community_worker", "vip_desk", "marketing", "analyst", "leader"),
)


@tagged("post_install", "-at_install")
class TestAccess(HisCommon):
    """POLICY §2, row "raw HL7/FHIR inbox, dead letters"."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"his_{role}", groups=f"hcrm_base.group_{role}")
            for role in (*ROLES, "hcrm_admin", "integration")
        }

    def dead(self):
        return self.tell(adt("A28", "1", patient(birth="x")))

    def test_no_other_role_sees_messages(self):
        told = self.dead()
        for role in ROLES:
            with self.subTest(role=role):
                messages = told.with_user(self.users[role])
                with self.assertRaises(AccessError):
                    messages.search_count([])
                with self.assertRaises(AccessError):
                    messages.read(["reason"])
                with self.assertRaises(AccessError):
                    messages.action_replay()

    def test_administrator_sees_no_content(self):
        told = self.dead().with_user(self.users["hcrm_admin"])
        self.assertTrue(told.reason)
        for name in ("corrected_text", "partner_id", "patient_key", "detail", "body_digest"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                told.read([name])
        self.assertFalse(told.body_text, "closed until the glass is broken")
        with self.assertRaises(AccessError):
            told.write({"corrected_text": "MSH|"})
        with self.assertRaises(AccessError):
            told.search([("patient_key", "=", "RENAI|P1")])

    def test_administrator_breaks_the_glass(self):
        told = self.dead().with_user(self.users["hcrm_admin"])
        told._break_glass("The vendor asks which field is wrong")
        self.assertIn("PID", told.body_text)

    def test_administrator_replays(self):
        told = self.dead().with_user(self.users["hcrm_admin"])
        told.action_replay()
        self.assertEqual(told.state, "received")

    def test_integration_does_all(self):
        told = self.dead().with_user(self.users["integration"])
        self.assertIn("PID", told.body_text)
        told.corrected_text = told.body_text.replace("|x|", "|1990|")
        told.action_replay()
        self.process()
        self.assertEqual(told.state, "processed")
        self.assertEqual(told.partner_id.name, "张伟")

    def test_nobody_deletes(self):
        told = self.dead()
        for role in ("hcrm_admin", "integration"):
            with self.assertRaises(AccessError):
                told.with_user(self.users[role]).unlink()

    def test_other_hospital(self):
        told = self.dead()
        told.company_id = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        for role in ("hcrm_admin", "integration"):
            with self.assertRaises(AccessError):
                told.with_user(self.users[role]).read(["reason"])
