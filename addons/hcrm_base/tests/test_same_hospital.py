from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestSameHospital(HcrmCommon):
    """What is linked to a row of a hospital belongs to that hospital, or to none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "东院"})
        cls.elsewhere = cls.env["hr.department"].create(
            {"name": "东院骨科", "company_id": cls.other.id}
        )
        cls.cardiology.company_id = cls.company
        cls.oncology.company_id = False
        cls.service = cls.env["hcrm.service"].create(
            {"name": "东院体检", "company_id": cls.other.id, "department_id": cls.elsewhere.id}
        )
        allied = cls.env.ref("hcrm_base.kind_allied")
        cls.allied = cls._person("翠苑", kind_ids=[allied.id], is_company=True)
        clock = cls.env.ref("hcrm_base.clock_waiting")
        cls.rows = {
            "hcrm.promise": {
                "name": "x", "commitment": "x", "remedy": "x", "clock_id": clock.id,
            },
            "hcrm.service": {"name": "x"},
            "hcrm.agreement": {"name": "x", "partner_id": cls.allied.id},
            "hcrm.referral": {"partner_id": cls.allied.id},
            "hcrm.loss": {
                "partner_id": cls.allied.id,
                "reason_id": cls.env.ref("hcrm_base.loss_reason_price").id,
            },
        }  # fmt: skip

    def test_department_of_another_hospital(self):
        """Given a department of the other hospital, each of the five refuses it and says why."""
        for model, values in self.rows.items():
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "东院骨科.*东院"):
                self.env[model].create(values | {"department_id": self.elsewhere.id})

    def test_departments_of_ours_and_of_all(self):
        for model, values in self.rows.items():
            for department in self.cardiology | self.oncology:
                with self.subTest(model=model, department=department.name):
                    row = self.env[model].create(values | {"department_id": department.id})
                    self.assertEqual(row.department_id, department)

    def test_service_of_another_hospital(self):
        for model in ("hcrm.promise", "hcrm.agreement"):
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "东院体检"):
                self.env[model].create(self.rows[model] | {"service_ids": self.service.ids})

    def test_organisation_of_another_hospital(self):
        self.allied.company_id = self.other
        for model in ("hcrm.agreement", "hcrm.referral", "hcrm.loss"):
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "翠苑"):
                self.env[model].create(self.rows[model])

    def test_hospital_changes_with_its_department(self):
        """Given a row with a department, the hospital alone does not change."""
        promise = self.env["hcrm.promise"].create(
            self.rows["hcrm.promise"] | {"department_id": self.cardiology.id}
        )
        with self.assertRaises(UserError):
            promise.company_id = self.other
        promise.write({"company_id": self.other.id, "department_id": self.elsewhere.id})

    def test_rows_of_before_can_still_be_worked_on(self):
        """Given an agreement that was wrong before this was asked, its other fields are written."""
        agreement = self.env["hcrm.agreement"].create(self.rows["hcrm.agreement"])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hcrm_agreement SET department_id = %s WHERE id = %s",
            [self.elsewhere.id, agreement.id],
        )
        self.env.invalidate_all()
        agreement.write({"scope": "as before"})
        self.assertEqual(agreement.department_id, self.elsewhere)

    def test_persons_are_no_organisations(self):
        person = self._person()
        for model, name in (
            ("hcrm.agreement", "partner_id"),
            ("hcrm.referral", "partner_id"),
            ("hcrm.loss", "competitor_id"),
        ):
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "is a person"):
                self.env[model].create(self.rows[model] | {name: person.id})

    def test_reminder_finds_somebody_at_work(self):
        """Given the owner left, the task is on the desk of who works here, not of the system."""
        owner, manager = self._user("gone", "base.group_user"), self.users["service_manager"]
        agreement = self.env["hcrm.agreement"].create(
            self.rows["hcrm.agreement"] | {"user_id": owner.id}
        )
        owner.active = False
        agreement._remind()
        found = agreement.activity_ids.user_id
        self.assertTrue(found.active)
        self.assertTrue(found.has_group("hcrm_base.group_service_manager"))
        agreement.activity_ids.unlink()
        agreement.user_id = manager
        agreement._remind()
        self.assertEqual(agreement.activity_ids.user_id, manager)
