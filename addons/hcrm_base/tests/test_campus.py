from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.bulk_table import BulkTable
from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestCampus(HcrmCommon):
    """Two campuses of one hospital, and another hospital with a campus of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Other Hospital"})
        cls.main, cls.east, cls.foreign = cls.env["hcrm.campus"].create(
            [
                {"name": "本部", "code": "MAIN"},
                {"name": "东院区", "code": "EAST"},
                {"name": "别院", "code": "EAST", "company_id": cls.other_company.id},
            ]
        )
        cls.cardiology.campus_id = cls.main
        cls.oncology.campus_id = cls.east

    def _department(self, name, **vals):
        return self.env["hr.department"].create({"name": name, **vals})

    # DEPARTMENTS

    def test_departments_below_follow(self):
        """The whole tree moves with its top, but for what was placed by hand."""
        ward = self._department("病区", parent_id=self.cardiology.id)
        room = self._department("监护室", parent_id=ward.id)
        clinic = self._department("东区门诊", parent_id=self.cardiology.id, campus_id=self.east.id)
        self.assertEqual((ward | room).campus_id, self.main)
        self.assertEqual(clinic.campus_id, self.east)
        south = self.env["hcrm.campus"].create({"name": "南院区", "code": "SOUTH"})
        self.cardiology.campus_id = south
        self.assertEqual((ward | room).campus_id, south)
        self.assertEqual(clinic.campus_id, self.east)

    def test_what_is_as_above_follows_it(self):
        """Choosing the campus of the department above, or none, is no choice of one's own."""
        ward = self._department("病区", parent_id=self.cardiology.id, campus_id=self.main.id)
        self.assertFalse(ward.own_campus_id)
        self.cardiology.campus_id = self.east
        self.assertEqual(ward.campus_id, self.east)
        ward.campus_id = self.main
        self.assertEqual(ward.own_campus_id, self.main)
        ward.campus_id = False
        self.assertEqual(ward.campus_id, self.east)
        self.cardiology.campus_id = False
        self.assertFalse(ward.campus_id)

    def test_moved_in_the_tree(self):
        ward = self._department("病区", parent_id=self.cardiology.id)
        ward.parent_id = self.oncology
        self.assertEqual(ward.campus_id, self.east)
        ward.parent_id = False
        self.assertFalse(ward.campus_id)

    def test_form_shows_where_it_will_be(self):
        self.env.user.group_ids += self.env.ref("hr.group_hr_user")
        with Form(self.env["hr.department"], view="hr.view_department_form") as form:
            form.name = "病区"
            form.parent_id = self.cardiology
            self.assertEqual(form.campus_id, self.main)
            form.campus_id = self.east
        self.assertEqual(form.record.own_campus_id, self.east)

    def test_no_campus_of_another_hospital(self):
        alien, stays = "choose a campus of the hospital", "take them out first"
        for wanted, change in (
            (alien, lambda: self.cardiology.write({"campus_id": self.foreign.id})),
            (alien, lambda: self._department("病区", campus_id=self.foreign.id)),
            (alien, lambda: self._department("共享", company_id=False, campus_id=self.main.id)),
            (alien, lambda: self.cardiology.write({"company_id": self.other_company.id})),
            (stays, lambda: self.main.write({"company_id": self.other_company.id})),
        ):
            with self.assertRaisesRegex(ValidationError, wanted), self.cr.savepoint():
                change()

    def test_department_of_another_hospital_inherits_nothing(self):
        branch = self._department(
            "外院", parent_id=self.cardiology.id, company_id=self.other_company.id
        )
        self.assertFalse(branch.campus_id)

    def test_one_code_in_two_campuses(self):
        """Campuses may bring their own tables of codes; within one a code is unique."""
        twin = self._department("东区心内", code=self.cardiology.code, campus_id=self.east.id)
        self.assertEqual(twin.campus_id, self.east)
        below = self._department("南区", campus_id=self.east.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._department("又一个", code=self.cardiology.code, parent_id=below.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            twin.campus_id = self.main
            self.env.flush_all()

    def test_code_of_a_campus_once_per_hospital(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["hcrm.campus"].create({"name": "又一个", "code": "EAST"})

    def test_campus_in_use_is_archived_not_deleted(self):
        with self.assertRaisesRegex(ValidationError, "archive the campus"):
            self.east.unlink()
        self.east.active = False
        self.assertEqual(self.oncology.campus_id, self.east)

    # VISITS

    def test_visits_and_appointments_by_campus(self):
        """Lists are searched, grouped and sorted by campus, for roles and in SQL."""
        person = self._person()
        here = self._encounter(person, self.cardiology)
        there = self._encounter(person, self.oncology)
        nowhere = self._encounter(person)
        booked = self.env["hcrm.appointment"].create(
            {
                "partner_id": person.id,
                "starts_at": "2026-01-01 08:00:00",
                "department_id": self.oncology.id,
            }
        )
        nurse = self.users["nurse"]
        encounters = self.env["hcrm.encounter"].with_user(nurse)
        domain = [("partner_id", "=", person.id)]
        for operator, value, expected in (
            ("=", self.main.id, here),
            ("in", self.east.ids, there),
            ("=", False, nowhere),
            ("!=", self.main.id, there | nowhere),
            ("ilike", "东院", there),
        ):
            found = encounters.search([*domain, ("campus_id", operator, value)])
            self.assertEqual(found.ids, expected.sorted().ids, (operator, value))
        counts = encounters._read_group(domain, ["campus_id"], ["__count"])
        self.assertEqual(
            {campus.id: n for campus, n in counts}, {self.main.id: 1, self.east.id: 1, False: 1}
        )
        ordered = encounters.search(domain, order="campus_id, id")
        self.assertEqual(ordered.ids, (there | here | nowhere).ids)
        appointments = self.env["hcrm.appointment"].with_user(nurse)
        self.assertEqual(appointments.search([("campus_id", "=", self.east.id)]).ids, booked.ids)

    def test_visits_follow_a_department_that_moves(self):
        """No row of a million is touched for it."""
        encounter = self._encounter(self._person(), self.cardiology)
        self.assertEqual(encounter.campus_id, self.main)
        written = encounter.write_date
        self.cardiology.campus_id = self.east
        self.assertEqual(encounter.campus_id, self.east)
        self.assertEqual(encounter.search([("campus_id", "=", self.east.id)]), encounter)
        self.assertEqual(encounter.write_date, written)

    def test_rows_loaded_in_bulk_have_their_campus(self):
        person = self._person()
        table = BulkTable(self.env["hcrm.encounter"], {"partner_id": person.id})
        ids = table.load(("department_id",), [(self.oncology.id,), (self.cardiology.id,)])
        encounters = self.env["hcrm.encounter"].browse(ids)
        self.assertEqual(encounters.mapped("campus_id"), self.east | self.main)
        self.assertEqual(encounters.search([("campus_id", "=", self.east.id)]).ids, ids[:1])

    def test_as_many_queries_for_fifty_as_for_one(self):
        person = self._person()
        departments = [self.cardiology, self.oncology]
        rows = self.env["hcrm.encounter"].create(
            [{"partner_id": person.id, "department_id": departments[i % 2].id} for i in range(50)]
        )
        nurse, counts = self.users["nurse"], []
        rows.with_user(nurse).read(["campus_id"])
        for batch in (rows[:1], rows):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            batch.with_user(nurse).read(["campus_id"])
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # RIGHTS

    def test_hospitals_do_not_see_each_other(self):
        nurse = self.users["nurse"]
        campuses = self.env["hcrm.campus"].with_user(nurse)
        self.assertEqual(set(campuses.search([]).ids), set((self.main | self.east).ids))
        with self.assertRaises(AccessError):
            campuses.browse(self.foreign.id).read(["name"])
        nurse.write({"company_ids": [Command.link(self.other_company.id)]})
        both = campuses.with_context(allowed_company_ids=nurse.company_ids.ids)
        self.assertIn(self.foreign.id, both.search([]).ids)

    def test_visits_of_two_hospitals(self):
        """Campuses group what the company rule leaves over; they open nothing."""
        foreign = self._department(
            "外院", company_id=self.other_company.id, campus_id=self.foreign.id
        )
        person = self._person()
        self._encounter(person, foreign, company_id=self.other_company.id)
        mine = self._encounter(person, self.oncology)
        nurse = self.users["nurse"]
        encounters = self.env["hcrm.encounter"].with_user(nurse)
        named = [("campus_id", "ilike", "院"), ("partner_id", "=", person.id)]
        self.assertEqual(encounters.search(named).ids, mine.ids)
        self.assertFalse(encounters.search([("campus_id", "=", self.foreign.id)]))

    def test_administrator_keeps_the_list(self):
        campuses = self.env["hcrm.campus"].with_user(self.users["hcrm_admin"])
        with Form(campuses) as form:
            form.name = "南院区"
            form.code = "SOUTH"
        self.assertEqual(form.record.company_id, self.company)
        form.record.unlink()
        for role in ("nurse", "service_manager", "integration", "leader"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.env["hcrm.campus"].with_user(self.users[role]).create(
                    {"name": "x", "code": "x"}
                )

    # READINESS

    def test_readiness_line(self):
        readiness = self.env["hcrm.readiness"].with_user(self.users["hcrm_admin"])

        def line():
            return next(one for one in readiness.get_checklist() if one["code"] == "campuses")

        own = [("company_id", "=", self.company.id)]
        self.env["hr.department"].search([*own, ("campus_id", "=", False)]).campus_id = self.main
        self.assertEqual(line()["state"], "done")
        self._department("新科室")
        self.assertEqual(line()["state"], "todo")
        self.assertIn("1", line()["reason"])
        self.env["hr.department"].search(own).campus_id = False
        (self.main | self.east).active = False
        self.assertEqual(line()["state"], "info")
