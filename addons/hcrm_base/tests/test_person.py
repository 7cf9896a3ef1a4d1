import sys
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..hooks import post_init_hook, uninstall_hook
from ..models.hcrm_duplicate_finder_mixin import WATERMARK
from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestPerson(HcrmCommon):
    """Kinds, life dates, relations; a customer is never deleted."""

    def test_kinds_decide_what_a_contact_is(self):
        person = self._person()
        self.assertTrue(person.is_customer and person.is_customer_person)
        person.kind_ids = self.env.ref("hcrm_base.kind_supplier")
        self.assertTrue(person.is_customer)
        self.assertFalse(person.is_customer_person)
        person.kind_ids = False
        self.assertFalse(person.is_customer)

    def test_several_kinds_at_once(self):
        kinds = self.patient_kind | self.env.ref("hcrm_base.kind_resident")
        self.assertEqual(self._person(kind_ids=kinds.ids).kind_ids, kinds)

    def test_staff_are_no_customers(self):
        self.assertFalse(any(user.partner_id.is_customer for user in self.users.values()))

    def test_life_dates(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self._person(birth_date=date.today() + relativedelta(days=3))
        with self.assertRaisesRegex(ValidationError, "before the birth"):
            self._person(birth_date="1990-01-01", death_date="1980-01-01")
        with self.assertRaisesRegex(ValidationError, "date of death lies in the future"):
            self._person(death_date=date.today() + relativedelta(days=3))
        person = self._person(birth_date=date.today() - relativedelta(years=30))
        self.assertEqual(person.age, 30)

    def test_a_customer_is_never_deleted(self):
        person = self._person()
        with self.assertRaises(ValidationError):
            person.unlink()
        with self.assertRaises(AccessError):
            person.with_user(self.users["service_manager"]).unlink()

    def test_under_14_only_parent_or_guardian_consents(self):
        child = self._person(name="小宝", birth_date=date.today() - relativedelta(years=13))
        aunt = self._person(name="姑姑")
        vals = {"partner_id": child.id, "related_partner_id": aunt.id, "may_consent": True}
        with self.assertRaisesRegex(ValidationError, "under 14"):
            self.env["hcrm.relationship"].create({**vals, "relation": "carer"})
        self.assertTrue(self.env["hcrm.relationship"].create({**vals, "relation": "guardian"}))

    def test_employee_without_role_sees_no_customer(self):
        self._person()
        partners = self.env["res.partner"].with_user(self.users["employee"])
        self.assertFalse(partners.sudo(False).search_count([("name", "=", "张伟丽")]))

    def test_portal_user_reads_no_other_customer_of_the_employer(self):
        """Core shows a portal user the whole company of the contact: colleagues may be patients."""
        employer = self._person(name="某公司", is_company=True, kind_ids=[])
        colleague = self._person(name="同事", parent_id=employer.id)
        own = self.users["portal"].partner_id
        own.write({"parent_id": employer.id, "kind_ids": self.patient_kind.ids})
        partners = self.env["res.partner"].with_user(self.users["portal"])
        self.assertEqual(partners.search([("parent_id", "=", employer.id)]), own)
        with self.assertRaises(AccessError):
            colleague.with_user(self.users["portal"]).read(["name"])
        self.assertTrue(employer.with_user(self.users["portal"]).name)

    def test_numbers_and_relations_stay_in_the_hospital_of_their_person(self):
        """A person whom one hospital keeps to itself is not known by a relation elsewhere."""
        other = self.env["res.company"].create({"name": "Another hospital"})
        theirs, ours = self._person(company_id=other.id), self._person(name="王伟")
        vals = {"partner_id": theirs.id, "system": "PPN", "value": "E12345678"}
        number = self.env["hcrm.identifier"].create(vals)
        relation = self.env["hcrm.relationship"].create(
            {"partner_id": ours.id, "related_partner_id": theirs.id, "relation": "spouse"}
        )
        officer = self.users["officer"]
        for record in (theirs, number, relation):
            self.assertFalse(record.with_user(officer).search([("id", "=", record.id)]))
        officer.company_ids |= other
        allowed = {"allowed_company_ids": (self.company | other).ids}
        for record in (theirs, number, relation):
            model = record.with_user(officer).with_context(**allowed)
            self.assertTrue(model.search([("id", "=", record.id)]))

    def test_install_takes_over_phones(self):
        contact = self.env["res.partner"].create({"name": "Old contact"})
        self.env.cr.execute(
            "UPDATE res_partner SET phone = '010-88886666' WHERE id = %s", [contact.id]
        )
        post_init_hook(self.env)
        contact.invalidate_recordset()
        self.assertEqual(contact.phone, "+861088886666")
        uninstall_hook(self.env)
        self.env.cr.execute("SELECT phone FROM res_partner WHERE id = %s", [contact.id])
        self.assertEqual(self.env.cr.fetchone()[0], "+861088886666")

    def test_uninstall_takes_its_guards_and_indexes_along(self):
        left = SQL(
            """
            SELECT proname FROM pg_proc WHERE proname LIKE 'hcrm%%'
             UNION
            SELECT tgname FROM pg_trigger WHERE tgname LIKE 'hcrm%%'
             UNION
            SELECT indexname FROM pg_indexes WHERE indexname LIKE '%%hcrm_idx'
            """
        )
        self.assertGreater(len(self.env.execute_query(left)), 5)
        for name in self.env.registry._init_modules:  # those above go before the base does
            hook = getattr(sys.modules.get(f"odoo.addons.{name}"), "uninstall_hook", None)
            if name.startswith("hcrm_") and name != "hcrm_base" and hook:
                hook(self.env)
        self.env["ir.config_parameter"].set_param(WATERMARK, "2026-01-01 00:00:00")
        uninstall_hook(self.env)
        self.assertFalse(self.env.execute_query(left))
        self.assertFalse(self.env["ir.config_parameter"].get_param(WATERMARK))
