from collections import Counter, defaultdict
from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..tools import demo, phone, resident_id
from ..tools.demo.lab_tables import ANALYTES
from ..tools.demo.place_tables import EAST_AREAS
from ..tools.demo.price_tables import PAYERS
from ..tools.demo.showcase import FAMILY, FAMILY_PHONE, GRANDFATHER

TODAY = date(2026, 3, 14)
LOCAL = timedelta(hours=8)
EVENTS = ("encounters", "diagnoses", "observations", "prescriptions", "charges")


@tagged("post_install", "-at_install", "demo_hospital")
class TestDemoGenerator(BaseCase):
    """What the rows of the demonstration hospital look like, before any of them is stored."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hospital = demo.hospital(customers=2000, seed=2026, months=12, today=TODAY)
        cls.persons = [row for row in cls.hospital.customers if not row.is_company]

    def test_same_seed_same_hospital(self):
        first, again, other = (demo.hospital(300, seed, 6, TODAY) for seed in (7, 7, 8))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_exact_number_of_customers(self):
        self.assertEqual(len(self.hospital.customers), 2000)
        self.assertEqual(len(demo.hospital(40, 1, 3, TODAY).customers), 40)
        positions = [row.position for row in self.hospital.customers]
        self.assertEqual(positions, list(range(2000)))

    def test_numbers_fit_their_owners(self):
        for row in self.hospital.identifiers:
            if row.system != "NNCHN":
                continue
            owner, read = self.hospital.customers[row.person], resident_id.parse(row.value, TODAY)
            self.assertEqual((read.birth_date, read.sex), (owner.birth_date, owner.sex))
            self.assertEqual(", ".join(read.warnings) or None, row.warning)

    def test_numbers_are_unique(self):
        counted = Counter(
            (row.system, resident_id.upgrade(row.value) if row.system == "NNCHN" else row.value)
            for row in self.hospital.identifiers
        )
        self.assertEqual(max(counted.values()), 1)

    def test_phones_are_kept_as_e164_and_shared(self):
        phones = [row.phone for row in self.hospital.customers]
        self.assertEqual([phone.normalize(number) for number in phones], phones)
        self.assertGreaterEqual(max(Counter(phones).values()), 4)

    def test_seasons(self):
        """Colds in winter, diarrhoea in summer."""
        months = defaultdict(Counter)
        for row in self.hospital.diagnoses:
            months[row.code][(row.recorded_at + LOCAL).month] += 1
        colds = months["J06.9"] + months["J20.9"] + months["J11.1"]
        winter = sum(colds[month] for month in (12, 1, 2))
        self.assertGreater(winter, 2 * sum(colds[month] for month in (6, 7, 8)))
        stomach = months["A09.9"]
        summer = sum(stomach[month] for month in (6, 7, 8))
        self.assertGreater(summer, 1.5 * sum(stomach[month] for month in (12, 1, 2)))

    def test_few_customers_bring_most_of_the_money(self):
        paid = Counter()
        for row in self.hospital.charges:
            paid[row.person] += row.paid_amount
        amounts = sorted(paid.values(), reverse=True)
        share = sum(amounts[: len(amounts) // 5]) / sum(amounts)
        self.assertTrue(0.70 <= share <= 0.85, share)

    def test_amounts_add_up(self):
        for row in self.hospital.charges:
            self.assertAlmostEqual(row.list_amount - row.discount_amount, row.paid_amount, places=2)
        self.assertLessEqual({row.payer for row in self.hospital.charges}, {*PAYERS, "单位结算"})

    def test_nothing_before_birth_after_death_or_in_the_future(self):
        for row in self.hospital.encounters:
            owner, day = self.hospital.customers[row.person], (row.started_at + LOCAL).date()
            self.assertTrue(owner.birth_date <= day < TODAY, row)
            self.assertFalse(owner.death_date and day > owner.death_date, row)
            self.assertEqual(row.ended_at is None, row.state == "in_progress")

    def test_times_of_a_visit_follow_each_other(self):
        for row in self.hospital.encounters:
            times = [row.booked_at, row.checked_in_at, row.called_at, row.seen_at, row.left_at]
            given = [time for time in times if time]
            self.assertEqual(given, sorted(given), row)
            self.assertTrue(not row.ended_at or row.ended_at >= row.started_at)

    def test_facts_belong_to_the_person_of_their_encounter(self):
        for name in EVENTS[1:]:
            for row in getattr(self.hospital, name):
                self.assertEqual(row.person, self.hospital.encounters[row.encounter].person)

    def test_flags_follow_the_ranges(self):
        ranges = {row.code: row for row in ANALYTES.values()}
        for row in self.hospital.observations:
            analyte = ranges[row.code]
            is_normal = analyte.low <= row.value_number <= analyte.high
            self.assertEqual(row.abnormal_flag is None, is_normal, row)

    def test_a_guardian_decides_for_children(self):
        """Under 14 only the guardian consents, and every child of a known parent has one."""
        guardians = set()
        for row in self.hospital.relationships:
            child = self.hospital.customers[row.person]
            if child.age_on(TODAY) < 14 and row.may_consent:
                self.assertEqual(row.relation, "guardian")
                guardians.add(row.person)
        children = {
            row.person
            for row in self.hospital.relationships
            if row.relation == "parent" and self.hospital.customers[row.person].age_on(TODAY) < 14
        }
        self.assertLessEqual(children - guardians, {max(children)}, "but for a family cut short")

    def test_three_generations_of_the_showcase(self):
        """Who shares the family's phone is of the family."""
        people = {row.name: row.position for row in self.persons if row.phone == FAMILY_PHONE}
        names = {position: name for name, position in people.items()}
        self.assertEqual(set(people), {GRANDFATHER[0], *(row[0] for row in FAMILY)})
        found = {
            (names[row.person], names[row.related], row.relation)
            for row in self.hospital.relationships
            if row.person in names and row.related in names
        }
        father, mother, *children = (row[0] for row in FAMILY)
        wanted = {(GRANDFATHER[0], father, "child"), (GRANDFATHER[0], mother, "carer")}
        wanted |= {(father, mother, "spouse"), (mother, father, "spouse")}
        for child in children:
            wanted |= {(child, father, "parent"), (child, mother, "parent")}
            wanted |= {(child, mother, "guardian"), (child, GRANDFATHER[0], "grandparent")}
        self.assertEqual(found, wanted)

    def test_visits_of_the_east_campus(self):
        """Clinics of the east campus see who lives there, and nobody lies there."""
        east = [row for row in self.hospital.encounters if row.department.startswith("E-")]
        self.assertGreater(len(east), len(self.hospital.encounters) // 25)
        for row in east:
            self.assertIn(self.hospital.customers[row.person].area_code, EAST_AREAS)
            self.assertIn(row.encounter_class, ("outpatient", "examination"))

    def test_the_hospital_is_alive(self):
        states = Counter(row.state for row in self.hospital.encounters)
        self.assertGreater(states["in_progress"], 3)
        ahead = [
            row.state
            for row in self.hospital.appointments
            if (row.starts_at + LOCAL).date() >= TODAY
        ]
        self.assertGreater(len(ahead), 100)
        self.assertLessEqual(set(ahead), {"booked", "proposed"})
        recent = [
            row
            for row in self.hospital.encounters
            if row.encounter_class == "inpatient"
            and row.ended_at
            and (TODAY - row.ended_at.date()).days <= 7
        ]
        self.assertTrue(recent)

    def test_duplicates_were_registered(self):
        known = Counter((row.name, row.birth_date, row.sex, row.phone) for row in self.persons)
        self.assertEqual(sum(count > 1 for count in known.values()), 15)

    def test_people_for_benchmarks_never_share_a_number(self):
        blocks = demo.people(3, TODAY, block=2000)
        numbers = [row.value for _i in range(3) for row in next(blocks).identifiers]
        self.assertEqual(len(numbers), len(set(numbers)))
