from datetime import date

from odoo.tests import tagged

from .common import HisCommon, adt, patient, segment

RESIDENT_ID = "11010519491231002X"


@tagged("post_install", "-at_install")
class TestPerson(HisCommon):
    """PID and NK1 on the customer."""

    def a28(self, control, *lines, time="20260301080000"):
        return self.tell(adt("A28", control, *lines, time=time))

    def test_all_fields(self):
        line = patient(
            f3=f"P1^^^RENAI^MR~{RESIDENT_ID.lower()}^^^GOV^NI~E1234567^^^^PPN~V9^^^^VN",
            f5="Zhang^Wei^^^^^L^A~张^伟^^^^^L^I",
            f11="建国路1号^3单元^北京^^100020^CHN^^^110105",
            f13="13800138000~^NET^Internet^wei@example.com",
            f14="010-88886666转801",
        )
        self.a28("1", line)
        person = self.person()
        self.assertRecordValues(
            person,
            [
                {
                    "name": "张伟",
                    "birth_date": date(1990, 3, 7),
                    "sex": "male",
                    "street": "建国路1号",
                    "street2": "3单元",
                    "city": "北京",
                    "zip": "100020",
                    "area_code": "110105",
                    "phone_stored": "+8613800138000",
                    "phone_other_stored": "+861088886666;ext=801",
                    "email": "wei@example.com",
                }
            ],
        )
        self.assertEqual(person.country_id.code, "CN")
        self.assertEqual(person.kind_ids.mapped("code"), ["patient"])
        numbers = {one.system: one.value_stored for one in person.identifier_ids}
        self.assertEqual(numbers, {"RENAI": "P1", "NNCHN": RESIDENT_ID, "PPN": "E1234567"})

    def test_null_deletes_and_empty_keeps(self):
        self.a28("1", patient(f11="A^B^C^^1^CHN", f13="13800138000"))
        self.a28("2", patient(f11="", f13='""'), time="20260301090000")
        person = self.person()
        self.assertFalse(person.phone_stored)
        self.assertEqual(person.street, "A")
        self.a28("3", patient(f11="", f13="13900139000"), time="20260301083000")
        self.assertFalse(person.phone_stored, "older news does not undo a deletion")

    def test_name_is_never_deleted(self):
        self.a28("1", patient())
        self.a28("2", patient(name='""'), time="20260301090000")
        self.assertEqual(self.person().name, "张伟")

    def test_partial_birth_date(self):
        self.a28("1", patient(birth="1990"))
        self.assertEqual(self.person().birth_date, date(1990, 1, 1))
        self.a28("2", patient(birth="19900307"), time="20260301090000")
        self.a28("3", patient(birth="199003"), time="20260301100000")
        self.assertEqual(self.person().birth_date, date(1990, 3, 7))

    def test_national_id_finds_the_person(self):
        """A second system with its own numbers: the same resident ID is the same person."""
        self.a28("1", patient(f3=f"P1^^^RENAI^MR~{RESIDENT_ID}^^^^NNCHN"))
        self.a28("2", patient(f3=f"77^^^LAB^MR~{RESIDENT_ID}^^^^NI"))
        self.assertEqual(self.person("77", "LAB"), self.person())

    def test_old_national_id_finds_the_person(self):
        self.a28("1", patient(f3="P1^^^RENAI^MR~510108871125243^^^^NI"))
        self.a28("2", patient(f3="77^^^LAB^MR~510108198711252435^^^^NI"))
        self.assertEqual(self.person("77", "LAB"), self.person())

    def test_impossible_national_id(self):
        """A wrong check digit must not cost the admission: the number is left out, and said."""
        [told] = self.a28("1", patient(f3="P1^^^RENAI^MR~110105194912310021^^^^NI"))
        self.assertEqual(told.state, "processed")
        self.assertIn("Resident ID", told.warnings)
        self.assertEqual(self.person().identifier_ids.mapped("system"), ["RENAI"])

    def test_abolished_area(self):
        self.a28("1", patient(f3="P1^^^RENAI^MR~440524188001010014^^^^NI"))
        self.assertEqual(len(self.person().identifier_ids), 2)

    def test_number_of_somebody_else(self):
        self.a28("1", patient("P1", f3=f"P1^^^RENAI^MR~{RESIDENT_ID}^^^^NI"))
        self.a28("2", patient("P2"))
        [told] = self.a28("3", patient("P2", f3=f"P2^^^RENAI^MR~{RESIDENT_ID}^^^^NI"))
        self.assertIn("another customer", told.warnings)
        self.assertNotEqual(self.person("P1"), self.person("P2"))

    def test_default_authority(self):
        self.sender.authority = "RENAI"
        self.a28("1", patient(f3="P1"))
        self.assertEqual(self.person().name, "张伟")

    def test_mapped_authority(self):
        system = self.env["hcrm.identifier.system"].create({"name": "Old", "code": "OLD"})
        self.env["hcrm.his.sender.authority"].create(
            {
                "sender_id": self.sender.id,
                "authority": "RENAI",
                "type_code": "MR",
                "system_id": system.id,
            }
        )
        self.a28("1", patient())
        self.assertEqual(self.person("P1", "OLD").name, "张伟")

    def test_relatives(self):
        """A relative is one contact however often the message comes; a shared phone is fine."""
        mother = segment("NK1", f1="1", f2="李^梅", f3="MTH", f5="13800138000")
        father = segment("NK1", f1="2", f2="张^强", f3="FTH^父亲", f5="13800138000")
        for control in ("1", "2", "3"):
            self.a28(control, patient(f13="13800138000"), mother, father)
        person = self.person()
        self.assertEqual(
            sorted(person.relationship_ids.mapped("related_partner_id.name")), ["张强", "李梅"]
        )
        self.assertEqual(set(person.relationship_ids.mapped("relation")), {"parent"})
        relatives = person.relationship_ids.related_partner_id
        self.assertEqual(set(relatives.kind_ids.mapped("code")), {"relative"})
        self.assertEqual(set(relatives.mapped("phone_stored")), {"+8613800138000"})

    def test_relative_gets_a_new_phone(self):
        self.a28("1", patient(), segment("NK1", f1="1", f2="李^梅", f3="MTH", f5="13800138000"))
        line = segment("NK1", f1="1", f2="李^梅", f3="MTH", f5="13900139000")
        self.a28("2", patient(), line, time="20260301090000")
        relative = self.person().relationship_ids.related_partner_id
        self.assertEqual(relative.phone_stored, "+8613900139000")

    def test_death(self):
        self.a28("1", patient(f29="20260302", f30="Y"))
        self.assertTrue(self.person().is_deceased)
        self.assertEqual(self.person().death_date, date(2026, 3, 2))

    def test_resident_becomes_patient(self):
        resident = self.env.ref("hcrm_base.kind_resident")
        partner = self.env["res.partner"].create({"name": "张伟", "kind_ids": resident.ids})
        self.env["hcrm.identifier"].create(
            {"partner_id": partner.id, "system": "NNCHN", "value": RESIDENT_ID}
        )
        self.a28("1", patient(f3=f"P1^^^RENAI^MR~{RESIDENT_ID}^^^^NI"))
        self.assertEqual(self.person(), partner)
        self.assertEqual(set(partner.kind_ids.mapped("code")), {"resident", "patient"})

    def test_damaged_values_are_dead_letters(self):
        for control, line, reason in (
            ("1", patient(birth="19991399"), "PID-7"),
            ("2", patient(sex="Q"), "PID-8"),
            ("3", patient(f30="maybe"), "PID-30"),
            ("4", patient(birth="29991231"), "PID-7"),
        ):
            with self.subTest(reason=reason):
                self.assertDead(self.a28(control, line), reason)
        self.assertFalse(self.person())

    def test_no_record_number(self):
        """A passport, or a number of a type nobody knows, names the same person each time."""
        for kind, value in (("PPN", "E1234567"), ("CARD", "000777")):
            number = f"{value}^^^RENAI^{kind}"
            before = self.env["res.partner"].search_count([])
            for control in ("a", "b"):
                told = self.tell(adt("A28", f"{kind}{control}", patient(f3=number)))
                self.assertEqual((told.state, told.warnings), ("processed", False))
            self.assertEqual(self.env["res.partner"].search_count([]), before + 1, kind)

    def test_newborn_under_the_mothers_id(self):
        """The ID names the mother; the child has a record number and a birth date of its own."""
        number = "~11010519491231002X^^^CN^NNCHN"
        self.tell(
            adt("A28", "1", patient("P1", "李^梅", "19491231", "F", f3=f"P1^^^RENAI^MR{number}"))
        )
        told = self.tell(
            adt("A28", "2", patient("P2", "李^宝宝", "20260301", "M", f3=f"P2^^^RENAI^MR{number}"))
        )
        mother, child = self.person("P1"), self.person("P2")
        self.assertEqual((mother.name, child.name), ("李梅", "李宝宝"))
        self.assertIn("another customer", told.warnings)

    def test_what_staff_correct(self):
        """Older news changes nothing that was typed since; newer news does."""
        self.tell(adt("A28", "1", patient(f11="Street 1", f13="13800138000")))
        person = self.person()
        person.write({"street": "Street 2", "phone": "13900139000"})
        self.env.flush_all()
        self.tell(adt("A31", "2", patient(f11="Street 3", f13="13700137000"), time="20260302"))
        self.env.invalidate_all()
        self.assertEqual((person.street, person.phone_stored), ("Street 2", "+8613900139000"))
        self.assertTrue(person.field_times["street"] > 1_700_000_000)
        person.field_times = {"street": 1_772_000_000, "phone_stored": 1_772_000_000}
        self.env.flush_all()
        self.tell(adt("A31", "3", patient(f11="Street 4"), time="20260303"))
        self.env.invalidate_all()
        self.assertEqual(person.street, "Street 4")

    def test_several_record_numbers(self):
        """Any of them may be the one that is known."""
        self.tell(adt("A28", "1", patient("P1")))
        told = self.tell(adt("A28", "2", patient(f3="N7^^^OTHER^MR~P1^^^RENAI^MR")))
        self.assertFalse(told.warnings)
        self.assertEqual(self.person("N7", "OTHER"), self.person("P1"))
