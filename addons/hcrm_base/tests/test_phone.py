from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestPhone(HcrmCommon):
    """The number is kept in E.164, shown masked where POLICY says so, and never lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person(phone="138 0013 8000")
        cls.officer = cls.users["officer"]

    def test_kept_in_e164(self):
        for typed in (
            "13800138000",
            "+86 138-0013-8000",
            "0086 13800138000",
            "１３８００１３８０００",
        ):
            self.person.phone = typed
            self.assertEqual(self.person.sudo().phone_stored, "+8613800138000", typed)
            self.assertEqual(self.person.phone_sanitized, "+8613800138000")

    def test_what_is_not_understood_is_kept_as_typed(self):
        self.person.phone = "问女儿要"
        self.assertEqual(self.person.phone, "问女儿要")
        self.assertFalse(self.person.phone_sanitized)

    def test_masked_by_role(self):
        for role in ("officer", "hcrm_admin"):
            seen = self.person.with_user(self.users[role]).phone
            self.assertEqual(seen, "138****8000", role)
        for role in ("service_manager", "nurse", "doctor", "integration"):
            seen = self.person.with_user(self.users[role]).phone
            self.assertEqual(seen, "+8613800138000", role)

    def test_contacts_that_are_no_customers_stay_as_they_are(self):
        supplier = self.env["res.partner"].create({"name": "Plumber", "phone": "010-88886666"})
        self.assertEqual(supplier.with_user(self.users["employee"]).phone, "+861088886666")

    def test_saving_the_mask_changes_nothing(self):
        masked = self.person.with_user(self.officer)
        masked.write({"phone": masked.phone, "city": "北京"})
        self.assertEqual(self.person.sudo().phone_stored, "+8613800138000")

    def test_officer_types_a_new_number(self):
        with Form(self.person.with_user(self.officer)) as form:
            form.phone = "13900001111"
        self.assertEqual(self.person.sudo().phone_stored, "+8613900001111")
        self.assertEqual(self.person.with_user(self.officer).phone, "139****1111")

    def test_found_by_the_whole_number_only(self):
        partners = self.env["res.partner"].with_user(self.officer)
        for typed in ("13800138000", "138 0013 8000", "+8613800138000"):
            self.assertIn(self.person, partners.search([("phone", "=", typed)]), typed)
            self.assertIn(self.person.id, [row[0] for row in partners.name_search(typed)], typed)
        for typed in ("1380", "138%", "8613800138", "%8000"):
            self.assertNotIn(self.person, partners.search([("phone", "ilike", typed)]), typed)

    def test_a_family_shares_a_phone(self):
        family = self.person + self.env["res.partner"].create(
            [
                {"name": name, "phone": "13800138000", "kind_ids": [self.patient_kind.id]}
                for name in ("张强", "李梅", "张小宝")
            ]
        )
        found = self.env["res.partner"].search([("phone", "=", "13800138000")])
        self.assertEqual(found, found | family)

    def test_empty_and_set(self):
        nobody = self._person(name="无号码")
        partners = self.env["res.partner"]
        self.assertIn(nobody, partners.search([("phone", "=", False)]))
        self.assertIn(self.person, partners.search([("phone", "!=", False)]))
        self.person.phone = False
        self.assertFalse(self.person.sudo().phone_stored)

    def test_one_query_for_a_page(self):
        people = self.env["res.partner"].create(
            [{"name": f"人{i}", "phone": f"1390000{i:04d}"} for i in range(50)]
        )
        for count in (1, 50):
            page = people[:count].with_user(self.officer)
            page.env.invalidate_all()
            page.env.user.has_group("base.group_user")
            page.mapped("name")
            with self.assertQueryCount(3):
                page.mapped("phone")

    def test_the_mask_of_another_number_is_no_number(self):
        """Copied from another customer, it would take the place of the real number."""
        person = self._person(phone="13800138000")
        officer = person.with_user(self.users["officer"])
        for name in ("phone", "phone_other"):
            with self.assertRaisesRegex(ValidationError, "whole"):
                officer[name] = "139****9000"
        officer.phone = "138****8000"
        self.assertEqual(person.phone_stored, "+8613800138000")
        with self.assertRaisesRegex(ValidationError, "whole"):
            self.env["hcrm.identifier"].with_user(self.users["officer"]).create(
                {"partner_id": person.id, "system": "PPN", "value": "*****5678"}
            )
