from odoo.exceptions import AccessError
from odoo.tests import tagged

from .access_case import AccessCase


@tagged("post_install", "-at_install")
class TestAccessRules(AccessCase):
    """What the table does not say in letters: moves, links, caches, mixed roles, messages."""

    def _as(self, role, record):
        return record.with_user(self.users[role])

    def _sees(self, role, person):
        partners = self.env(user=self.users[role])["res.partner"]
        return bool(partners.search_count([("id", "=", person.id)]))

    def test_department_change_is_seen_at_once(self):
        """Given cached rules, a move to another department changes what a head sees."""
        employee = self.users["department_head"].employee_ids
        own, other = self.persons["own"], self.persons["other"]
        self.assertTrue(self._sees("department_head", own))
        self.assertFalse(self._sees("department_head", other))
        employee.department_id = self.oncology
        self.assertFalse(self._sees("department_head", own))
        self.assertTrue(self._sees("department_head", other))
        employee.unlink()
        self.assertFalse(self._sees("department_head", other))

    def test_managed_and_lower_departments_are_own(self):
        """Given a new section, its manager sees its persons, and so does who is above."""
        section = self.env["hr.department"].create(
            {"name": "Section", "parent_id": self.cardiology.id, "code": "T-SEC"}
        )
        person = self._person("Section's own")
        self._encounter(person, section)
        self.assertTrue(self._sees("department_head", person))
        section.parent_id = self.oncology
        self.env.invalidate_all()  # as the next request would
        self.assertFalse(self._sees("department_head", person))
        section.manager_id = self.users["department_head"].employee_ids
        self.env.invalidate_all()
        self.assertTrue(self._sees("department_head", person))

    def test_role_change_is_seen_at_once(self):
        """Given a user without a role, a role opens persons and losing it closes them."""
        user, own = self.users["employee"], self.persons["own"]
        self.assertFalse(self._sees("employee", own))
        user.group_ids += self.env.ref("hcrm_base.group_nurse")
        self.assertTrue(self._sees("employee", own))
        user.group_ids -= self.env.ref("hcrm_base.group_nurse")
        self.assertFalse(self._sees("employee", own))

    def test_mixed_roles_add_up(self):
        """Given a doctor who does marketing, the rights add up and neither loses."""
        self.users["marketing"].group_ids += self.env.ref("hcrm_base.group_doctor")
        diagnosis = self._as("marketing", self.rows["hcrm.diagnosis"]["other"])
        self.assertTrue(diagnosis.read(["code"]))
        self.assertTrue(self._sees("marketing", self.persons["other"]))
        self.assertEqual(self._as("marketing", self.persons["own"]).phone, "+8613800000000")

    def test_everybody_may_read_the_own_contact(self):
        """Given an employee without a role, reading every field of a colleague's contact works."""
        for role in ("employee", "analyst", "leader", "hcrm_admin", "marketing"):
            colleague = self.users["officer"].partner_id.with_user(self.users[role])
            names = [
                name
                for name, field in colleague._fields.items()
                if "hcrm_base" in field._modules and colleague._has_field_access(field, "read")
            ]
            self.assertTrue(colleague.read(names), role)

    def test_row_may_not_be_moved_to_a_stranger(self):
        """Given a worker's own fact, it cannot be handed to a person who is not the worker's."""
        fact = self._as("community_worker", self.rows["hcrm.diagnosis"]["own"])
        with self.assertRaises(AccessError):
            fact.write({"partner_id": self.persons["other"].id})

    def test_link_shows_no_stranger(self):
        """Given a relation or fact that may be written, it cannot point at what may not be read."""
        worker = self.env(user=self.users["community_worker"])
        with self.assertRaises(AccessError):
            worker["hcrm.relationship"].create(
                {
                    "partner_id": self.persons["own"].id,
                    "related_partner_id": self.persons["other"].id,
                    "relation": "other",
                }
            )
        with self.assertRaises(AccessError):
            worker["hcrm.diagnosis"].create(
                {
                    "partner_id": self.persons["own"].id,
                    "encounter_id": self.rows["hcrm.encounter"]["other"].id,
                    "code": "I10",
                    "name": "x",
                }
            )
        with self.assertRaises(AccessError):
            self._as("vip_desk", self.persons["own"]).parent_id = self.persons["other"].id

    def test_portal_writes_little(self):
        """Given the own contact, a portal user changes the ways to reach it and nothing else."""
        mine = self._as("portal", self.persons["self"])
        mine.write({"phone": "13911112222", "city": "Chengdu"})
        self.assertEqual(self.persons["self"].phone_stored, "+8613911112222")
        for values in (
            {"parent_id": self.persons["other"].id},
            {"user_id": self.users["officer"].id},
            {"active": False},
            {"company_id": self.other_company.id},
            {"is_protected": True},
        ):
            with self.assertRaises(AccessError, msg=str(values)):
                mine.write(values)
        relation = self._as("portal", self.rows["hcrm.relationship"]["self"])
        with self.assertRaises(AccessError):
            relation.write({"related_partner_id": self.persons["other"].id})
        with self.assertRaises(AccessError):
            relation.write({"may_consent": True})

    def test_portal_asks_for_appointments(self):
        """Given an appointment asked for on the portal, the hospital confirms it."""
        appointments = self.env(user=self.users["portal"])["hcrm.appointment"]
        mine = appointments.create(
            {"partner_id": self.persons["self"].id, "starts_at": "2030-01-07 01:00:00"}
        )
        self.assertEqual(mine.state, "proposed")
        mine.state = "cancelled"
        for values in ({"state": "fulfilled"}, {"external_key": "x"}, {"doctor_id": False}):
            with self.assertRaises(AccessError, msg=str(values)):
                mine.write(values)
        with self.assertRaises(AccessError):
            appointments.create(
                {"partner_id": self.persons["other"].id, "starts_at": "2030-01-07 01:00:00"}
            )

    def test_refusal_names_nobody(self):
        """Given debug mode, the refusal to read a person or a fact does not say who it is."""
        secret = self.persons["other"]
        self.patch(type(self.env["res.users"]), "has_group", lambda user, group: True)
        rules = self.env(user=self.users["marketing"])["ir.rule"]
        error = rules._make_access_error("read", secret.with_user(self.users["marketing"]))
        self.assertNotIn(secret.name, str(error))
        self.assertIn(str(secret.id), str(error))

    def test_staff_shows_on_facts(self):
        """Given a fact with a doctor, a nurse outside HR reads the doctor's name."""
        encounter = self.rows["hcrm.encounter"]["own"]
        encounter.doctor_id = self.users["doctor"].employee_ids
        read = self._as("nurse", encounter).web_read(
            {
                "doctor_id": {"fields": {"display_name": {}}},
                "department_id": {"fields": {"name": {}}},
            }
        )
        self.assertEqual(read[0]["doctor_id"]["display_name"], "Test doctor")

    def test_departments_of_another_hospital_stay_unknown(self):
        """Given a person seen in two hospitals, staff of one read only their own departments."""
        person = self.persons["own"]
        self._encounter(person, self.abroad_department, company_id=self.other_company.id)
        mine = self._as("officer", person)
        self.assertEqual(mine.visited_department_ids, self.cardiology)
        with self.assertRaises(AccessError):
            mine.read(["served_department_ids"])
        found = mine.search([("visited_department_ids", "in", self.abroad_department.ids)])
        self.assertNotIn(person, found)
