from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import HisCommon, adt, header, message, patient, segment, visit


@tagged("post_install", "-at_install")
class TestCampus(HisCommon):
    """Two campuses that use one department code: which of them a message means."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.main, cls.east = cls.env["hcrm.campus"].create(
            [{"name": "Main", "code": "MAIN"}, {"name": "East", "code": "EAST"}]
        )
        cls.department.campus_id = cls.main
        cls.twin = cls.env["hr.department"].create(
            {"name": "Cardiology East", "code": "CARD", "campus_id": cls.east.id}
        )

    def arrive(self, control, place, **more):
        line = visit(f"V{control}", place=place, **more)
        [told] = self.tell(adt("A04", control, patient(), line))
        self.assertEqual(told.state, "processed", told.reason)
        return told, self.encounter(f"V{control}")

    def test_facility_names_the_campus(self):
        """PV1-3.4 decides, and the campus of the visit follows its department."""
        for control, place, department in (
            ("1", "CARD^1^2^EAST", self.twin),
            ("2", "CARD^1^2^MAIN", self.department),
            ("3", "CARD^1^2^EAST&1.2.3&ISO", self.twin),
        ):
            with self.subTest(place=place):
                told, encounter = self.arrive(control, place)
                self.assertFalse(told.warnings)
                self.assertEqual(encounter.department_id, department)
                self.assertEqual(encounter.campus_id, department.campus_id)

    def test_sender_names_the_campus(self):
        """Where the facility is empty or unknown, the sender's campus is meant."""
        self.sender.campus_id = self.east
        self.assertEqual(self.arrive("1", "CARD")[1].department_id, self.twin)
        self.assertEqual(self.arrive("2", "CARD^1^2^WEST")[1].department_id, self.twin)
        self.assertEqual(self.arrive("3", "CARD^1^2^MAIN")[1].department_id, self.department)

    def test_no_campus_is_guessed(self):
        for control, place in (("1", "CARD"), ("2", "CARD^1^2^WEST")):
            told, encounter = self.arrive(control, place)
            self.assertFalse(encounter.department_id)
            self.assertIn("department CARD: in several campuses", told.warnings)

    def test_a_code_of_one_department_needs_no_campus(self):
        """A hospital with one table of codes may write anything into PV1-3.4."""
        self.env["hr.department"].create({"name": "Surgery", "code": "SURG"})
        told, encounter = self.arrive("1", "SURG^1^2^EAST")
        self.assertEqual(encounter.department_id.code, "SURG")
        self.assertFalse(told.warnings)

    def test_archived_department_gives_way(self):
        """A department that moved as a new one: its old code means the new one."""
        self.department.active = False
        self.assertEqual(self.arrive("1", "CARD")[1].department_id, self.twin)
        self.twin.active = False
        self.department.active = True
        self.assertEqual(self.arrive("2", "CARD")[1].department_id, self.department)

    def test_campus_of_another_hospital_is_unknown(self):
        other = self.env["res.company"].create({"name": "Other Hospital"})
        self.env["hcrm.campus"].create({"name": "W", "code": "WEST", "company_id": other.id})
        told, encounter = self.arrive("1", "CARD^1^2^WEST")
        self.assertFalse(encounter.department_id)
        self.assertIn("in several campuses", told.warnings)

    def test_facts_follow_sender_then_visit(self):
        """A charge says its department, not its campus."""
        line = segment("FT1", f1="1", f2="T1", f4="20260301", f6="CG", f7="D1", f13="CARD")
        place = visit("V1", place="CARD^1^2^EAST")
        self.tell(message(header("DFT^P03", "1"), patient(), place, line))
        charge = self.encounter("V1").charge_ids
        self.assertEqual(charge.department_id, self.twin)
        self.sender.campus_id = self.main
        self.tell(message(header("DFT^P03", "2", time="20260302"), patient(), place, line))
        self.assertEqual(charge.department_id, self.department)

    def test_appointment_says_its_place(self):
        self.tell(
            message(
                header("SIU^S12", "1"),
                segment("SCH", f2="B1", f11="^^^20260310090000"),
                patient(),
                segment("AIL", f1="1", f3="CARD^^^EAST"),
            )
        )
        found = self.env["hcrm.appointment"].search([("partner_id", "=", self.person().id)])
        self.assertEqual(found.department_id, self.twin)
        self.assertEqual(found.campus_id, self.east)

    def test_facility_of_five_megabytes(self):
        self.assertDead(
            self.tell(adt("A04", "1", patient(), visit(place=f"CARD^^^{'x' * 300}"))), "longer"
        )

    def test_sender_stays_in_its_hospital(self):
        other = self.env["res.company"].create({"name": "Other Hospital"})
        campus = self.env["hcrm.campus"].create(
            {"name": "W", "code": "WEST", "company_id": other.id}
        )
        with self.assertRaises(UserError):
            self.sender.campus_id = campus
