from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestEncounter(HcrmCommon):
    """Visits open a person to the department that saw them, end once, and keep their order."""

    def test_staff_moved_by_a_dated_version_follow_the_new_department(self):
        """Odoo keeps the department of an employee in versions, which begin by themselves."""
        handler = self.users["handler"]
        here, there = self._person(name="甲"), self._person(name="乙")
        self._encounter(here, self.cardiology)
        self._encounter(there, self.oncology)
        partners = self.env["res.partner"].with_user(handler)
        domain = [("id", "in", (here | there).ids)]
        self.assertEqual(partners.search(domain), here)
        handler.employee_id.version_id.department_id = self.oncology
        self.assertEqual(partners.search(domain), there)
        yesterday = fields.Date.today() - timedelta(days=1)
        handler.employee_id.version_id.date_version = yesterday - timedelta(days=30)
        handler.employee_id.create_version(
            {"date_version": yesterday, "department_id": self.cardiology.id}
        )
        self.assertEqual(partners.search(domain), here)

    def test_departments_visited_are_searched_both_ways(self):
        one, both, none = (self._person(name=name) for name in ("甲", "乙", "丙"))
        self._encounter(one, self.cardiology)
        self._encounter(both, self.cardiology)
        self._encounter(both, self.oncology)
        everybody = [("id", "in", (one | both | none).ids)]
        for operator, value, expected in (
            ("=", self.oncology.id, both),
            ("!=", self.oncology.id, one | none),
            ("not in", self.cardiology.ids, none),
            ("=", False, none),
            ("!=", False, one | both),
            ("child_of", self.cardiology.ids, one | both),
            ("ilike", "心内", one | both),
            ("not ilike", "肿瘤", one | none),
        ):
            domain = [*everybody, ("visited_department_ids", operator, value)]
            found = self.env["res.partner"].search(domain)
            self.assertEqual(found, expected.sorted(), (operator, value))

    def test_department_sees_whom_it_served(self):
        person = self._person()
        head = self.users["department_head"]
        partners = self.env["res.partner"].with_user(head)
        self.assertNotIn(person, partners.search([("is_customer", "=", True)]))
        encounter = self._encounter(person, self.oncology)
        self.assertNotIn(person, partners.search([("is_customer", "=", True)]))
        encounter.department_id = self.cardiology
        self.assertEqual(person.served_department_ids, self.oncology | self.cardiology)
        self.assertIn(person, partners.search([("is_customer", "=", True)]))

    def test_rights_follow_a_move_to_another_department(self):
        person = self._person()
        self._encounter(person, self.oncology)
        handler = self.users["handler"]
        partners = self.env["res.partner"].with_user(handler)
        self.assertNotIn(person, partners.search([("is_customer", "=", True)]))
        handler.employee_ids.department_id = self.oncology
        handler.invalidate_recordset()
        self.assertIn(person, partners.search([("is_customer", "=", True)]))

    def test_discharge_calls_the_hook_once(self):
        encounters = self._encounter(self._person()) + self._encounter(self._person(name="李四"))
        calls = []
        self.patch(type(encounters), "_on_discharged", lambda records: calls.append(records.ids))
        encounters._discharge(fields.Datetime.now())
        self.assertEqual(calls, [encounters.ids])
        self.assertEqual(set(encounters.mapped("state")), {"finished"})

    def test_a_second_discharge_corrects_and_starts_nothing(self):
        encounter = self._encounter(self._person(), started_at="2026-01-01 08:00:00")
        calls = []
        self.patch(type(encounter), "_on_discharged", lambda records: calls.append(records.ids))
        ended_at = fields.Datetime.to_datetime("2026-01-02 08:00:00")
        encounter._discharge(ended_at)
        encounter._discharge(ended_at + timedelta(hours=1), "home")
        self.assertEqual(encounter.ended_at, ended_at + timedelta(hours=1))
        encounter.action_discharge()
        self.assertEqual(encounter.ended_at, ended_at + timedelta(hours=1))
        self.assertEqual(calls, [encounter.ids])

    def test_end_before_beginning(self):
        now = fields.Datetime.now()
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            self._encounter(self._person(), started_at=now, ended_at=now - timedelta(hours=1))

    def test_visit_number_once_per_hospital(self):
        person = self._person()
        self._encounter(person, visit_number="V1")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._encounter(person, visit_number="V1")

    def test_creating_fifty_costs_no_more_queries_than_one(self):
        people = self.env["res.partner"].create(
            [{"name": f"人{i}", "kind_ids": [self.patient_kind.id]} for i in range(50)]
        )
        counts = []
        for batch in (people[:1], people):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["hcrm.encounter"].create(
                [{"partner_id": person.id, "department_id": self.cardiology.id} for person in batch]
            )
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)
