from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestReferral(HcrmCommon):
    """Who sent whom is managed by many, who was sent is known to few."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.allied = cls._person(
            "翠苑卫生服务中心", kind_ids=[cls.env.ref("hcrm_base.kind_allied").id], is_company=True
        )
        cls.patient = cls._person("李福根")
        cls.referral = cls.env["hcrm.referral"].create(
            {
                "partner_id": cls.allied.id,
                "person_id": cls.patient.id,
                "department_id": cls.oncology.id,
                "note": "call first",
            }
        )
        cls.loss = cls.env["hcrm.loss"].create(
            {
                "person_id": cls.patient.id,
                "competitor_id": cls.allied.id,
                "reason_id": cls.env.ref("hcrm_base.loss_reason_price").id,
                "note": "too dear",
            }
        )

    def test_marketing_counts_without_names(self):
        """Marketing reads that somebody was sent, by no road who."""
        for row in (self.referral, self.loss):
            seen = row.with_user(self.users["marketing"])
            self.assertNotIn("person_id", seen.read()[0])
            self.assertNotIn("李福根", str(seen.read()) + seen.display_name)
            for name in ("person_id", "note"):
                with self.subTest(row=row, field=name), self.assertRaises(AccessError):
                    seen.read([name])
                with self.assertRaises(AccessError):
                    seen.search([(name, "!=", False)])
            with self.assertRaises(AccessError):
                seen.formatted_read_group([], ["person_id"], ["__count"])

    def test_protected_person(self):
        """Given a protected file, the referral to oncology is closed with it."""
        self.patient.is_protected = True
        for role in ("officer", "marketing", "service_manager"):
            for row in (self.referral, self.loss):
                self.assertFalse(row.with_user(self.users[role]).search([("id", "=", row.id)]))

    def test_merge_moves_them(self):
        survivor = self._person("李福根")
        survivor._hcrm_merge(self.patient, "same person", force=True)
        self.assertEqual(self.referral.person_id, survivor)
        self.assertEqual(self.loss.person_id, survivor)

    def test_wrong_links_are_refused(self):
        visit = self._encounter(self._person("somebody else"), self.oncology)
        for wrong in ({"partner_id": self.patient.id}, {"encounter_id": visit.id}):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                self.referral.write(wrong)
        with self.assertRaisesRegex(ValidationError, "either"):
            self.loss.partner_id = self.allied

    def test_numbers_of_the_institution(self):
        self.env["hcrm.referral"].create({"partner_id": self.allied.id, "direction": "out"})
        self.assertRecordValues(
            self.allied.with_user(self.users["officer"]),
            [{"referral_in_count": 1, "referral_out_count": 1, "loss_to_count": 1}],
        )
