from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..models.segment_demo import SegmentDemo
from ..tools.demo.department_tables import DEPARTMENTS, LOGINS

TODAY = date(2026, 3, 14)
#: Columns that differ between any two rows.
OWN = {"id", "create_date", "write_date"}
ENCOUNTER = (
    "partner_id", "department_id", "doctor_id", "source", "source_time", "encounter_class", "state",
    "started_at", "ended_at", "location", "disposition", "reason", "booked_at", "checked_in_at",
    "called_at", "seen_at", "left_at", "payer",
)  # fmt: skip
FACT = ("partner_id", "department_id", "doctor_id", "source", "source_time", "encounter_id")
FACTS = {
    "hcrm.observation": (
        "code", "name", "value_number", "has_number", "unit", "reference_range", "abnormal_flag",
        "observed_at",
        "issued_at",
    ),
    "hcrm.prescription": (
        "drug_code", "drug_name", "dose", "dose_unit", "route", "frequency", "quantity",
        "quantity_unit", "days_supply", "start_date", "state",
    ),
    "hcrm.charge": (
        "charged_at", "kind", "item_code", "item_name", "category", "quantity", "list_amount",
        "discount_amount", "paid_amount", "cost_amount", "payer",
    ),
}  # fmt: skip
PERSON = (
    "name", "sex", "birth_date", "is_deceased", "death_date", "email", "street", "city",
    "area_code", "occupation", "employer", "marketing_allowed", "lang", "tz",
)  # fmt: skip


@tagged("post_install", "-at_install", "demo_hospital")
class TestDemo(TransactionCase):
    """The loaded demonstration hospital, in small."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.counts = cls.env["hcrm.demo"]._generate(150, seed=5, months=6, today=TODAY)
        cls.env.flush_all()
        cls.customers = cls.env["res.partner"].search([("is_customer", "=", True)])

    def test_all_rows_are_there(self):
        self.assertEqual(len(self.customers), 150)
        for name in ("encounter", "diagnosis", "observation", "prescription", "charge"):
            plural = "diagnoses" if name == "diagnosis" else f"{name}s"
            found = self.env[f"hcrm.{name}"].search_count([])
            self.assertEqual(found, self.counts[plural], name)
        departments = self.env["hr.department"].search_count([("code", "!=", False)])
        self.assertEqual(departments, len(DEPARTMENTS))

    def test_refuses_a_second_time(self):
        with self.assertRaises(UserError):
            self.env["hcrm.demo"]._generate(10)

    def test_refuses_a_database_in_use(self):
        self.env["ir.config_parameter"].set_param("hcrm.demo.seed", False)
        with self.assertRaises(UserError):
            self.env["hcrm.demo"]._generate(10)

    def test_is_closed_to_rpc(self):
        with self.assertRaises(AccessError):
            get_public_method(self.env["hcrm.demo"], "_generate")

    def test_a_login_per_role(self):
        for login in LOGINS:
            user = self.env["res.users"].search([("login", "=", login)])
            self.assertTrue(user.has_group(f"hcrm_base.group_{login}"), login)
            self.assertTrue(user.employee_ids.department_id, login)
            self.assertEqual((user.lang, user.tz), ("zh_CN", "Asia/Shanghai"))
        portal = self.env["res.users"].search([("login", "=", "portal")])
        self.assertTrue(portal.share)
        self.assertTrue(portal.partner_id.is_customer_person)

    def test_head_of_department_has_the_wards_below(self):
        head = self.env["res.users"].search([("login", "=", "department_head")])
        self.assertEqual(set(head.hcrm_department_ids.mapped("code")), {"CARD", "W-CARD"})

    def test_department_names_in_both_languages(self):
        cardiology = self.env["hr.department"].search([("code", "=", "CARD")])
        self.assertEqual(cardiology.with_context(lang="en_US").name, "Cardiology")
        self.assertEqual(cardiology.with_context(lang="zh_CN").name, "心血管内科")

    def test_two_campuses_share_the_visits(self):
        """Topmost departments are placed, those below follow, and each campus is visited."""
        departments = self.env["hr.department"].search([("code", "!=", False)])
        self.assertTrue(all(department.campus_id for department in departments))
        east = departments.filtered(lambda department: department.campus_id.code == "EAST")
        self.assertEqual(set(east.mapped("code")), {"EAST", "E-INT", "E-PEDI", "E-EXAM"})
        self.assertEqual(east.own_campus_id, east.campus_id)
        self.assertEqual(len(east.filtered("own_campus_id")), 1)
        for model in ("hcrm.encounter", "hcrm.appointment"):
            groups = self.env[model]._read_group([], ["campus_id"], ["__count"])
            counts = {campus.code: count for campus, count in groups}
            self.assertEqual(set(counts), {"MAIN", "EAST"}, model)
            self.assertGreater(counts["MAIN"], counts["EAST"], model)

    def test_departments_visited_are_known(self):
        encounter = self.env["hcrm.encounter"].search([], limit=1)
        self.assertIn(encounter.department_id, encounter.partner_id.served_department_ids)

    def test_segments(self):
        """Each segment has its members, a history that ends with them, and one shows a refusal."""
        segments = SegmentDemo(self.env).add()
        refused = segments.filtered(lambda segment: segment.state == "refused")
        self.assertEqual(len(refused), 1)
        self.assertEqual(set((segments - refused).mapped("state")), {"current"})
        members, history = self.env["hcrm.segment.member"], self.env["hcrm.segment.refresh"]
        for segment in segments:
            with self.subTest(segment=segment.name):
                current = [("segment_id", "=", segment.id), ("left_at", "=", False)]
                size = segment.sudo().size_stored
                self.assertEqual(members.search_count(current), size)
                done = [("segment_id", "=", segment.id), ("state", "=", "done")]
                self.assertEqual(history.search(done, limit=1).size, size)
        self.assertTrue(any(segment.is_clinical and segment.is_released for segment in segments))

    def test_person_is_as_created(self):
        for domain in (
            [("email", "!=", False)],
            [("email", "=", False)],
            [("is_company", "=", True)],
        ):
            loaded = self.customers.filtered_domain(domain)[:1]
            values = {name: loaded[name] for name in PERSON}
            links = ("state_id", "country_id", "industry_id", "user_id")
            values |= {name: loaded[name].id for name in links}
            values |= {"kind_ids": loaded.kind_ids.ids, "is_company": loaded.is_company}
            values |= {"phone": loaded.phone, "phone_other": loaded.phone_other}
            self._assert_same_row(loaded, values, {"commercial_partner_id"})
            self.assertEqual(loaded.commercial_partner_id, loaded)

    def test_identifier_is_as_created(self):
        loaded = self.env["hcrm.identifier"].search([("system", "=", "MC")], limit=1)
        values = {
            "partner_id": loaded.partner_id.id,
            "system": "MC",
            "value": f"{loaded.value}9",
            "use": loaded.use,
        }
        self._assert_same_row(loaded, values, {"value_stored", "value_key"})
        self.assertEqual(loaded.value_key, loaded.value_stored)

    def test_encounter_is_as_created(self):
        loaded = self.env["hcrm.encounter"].search([("booked_at", "!=", False)], limit=1)
        self._assert_same_row(loaded, self._values(loaded, ENCOUNTER), {"visit_number"})

    def test_facts_are_as_created(self):
        for model, names in FACTS.items():
            loaded = self.env[model].search([("encounter_id", "!=", False)], limit=1)
            self._assert_same_row(loaded, self._values(loaded, FACT + names))

    def _values(self, record, names):
        return {name: record._fields[name].convert_to_write(record[name], record) for name in names}

    def _assert_same_row(self, loaded, values, own=()):
        """Create a record with ``values`` and compare it with ``loaded`` column by column."""
        created = loaded.with_context(hcrm_typed=False).create(values)
        self.env.flush_all()
        table = SQL.identifier(loaded._table)
        first, second = (
            self.env.execute_query_dict(SQL("SELECT * FROM %s WHERE id = %s", table, record.id))[0]
            for record in (loaded, created)
        )
        skipped = OWN | set(own)
        different = {
            name: (first[name], second[name])
            for name in first
            if name not in skipped and first[name] != second[name]
        }
        self.assertFalse(different, loaded._name)
