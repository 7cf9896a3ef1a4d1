from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import HisCommon, a40, adt, patient, segment, visit

RESIDENT_ID = "11010519491231002X"


class TwoHospitals(HisCommon):
    """A second hospital in the same database, with a sender and record numbers of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Second hospital"})
        cls.other_sender = cls.env["hcrm.his.sender"].create(
            {"name": "Other HIS", "code": "OHIS|RENAI", "company_id": cls.other.id}
        )

    def setUp(self):
        super().setUp()
        self.tell(
            adt("A01", "r1", patient("P1", "张^伟"), visit()),
            adt("A01", "r2", patient("P2", "王^芳"), visit("V2")),
        )

    def elsewhere(self, event, control, *lines, **more):
        """Tell what the second hospital sends."""
        return self.tell(adt(event, control, *lines, sender="OHIS", **more))

    def own(self, number, *more, **fields):
        """Return a PID with a number of the second hospital."""
        numbers = "~".join([f"{number}^^^OTHER^MR", *more])
        return patient(f3=numbers, **fields)


@tagged("post_install", "-at_install")
class TestNumbersOfHospitals(TwoHospitals):
    """A sender speaks for the record numbers of its own hospital, and for those all share."""

    def test_first_message_claims_the_system(self):
        self.elsewhere(
            "A28", "1", self.own("N1", f"{RESIDENT_ID}^^^^NI", "E7^^^^PPN", "9^^^^NNUSA")
        )
        systems = {
            one.code: one.company_id for one in self.env["hcrm.identifier.system"].search([])
        }
        self.assertEqual(systems["OTHER"], self.other)
        self.assertEqual(systems["RENAI"], self.env.company)
        for code in ("NNCHN", "PPN", "NNUSA", "MC", "HR", "BC"):
            self.assertFalse(systems[code], f"{code} is issued for all")

    def test_foreign_number_alone(self):
        """News about somebody else's patient changes nothing and waits for a person."""
        told = self.elsewhere("A08", "1", patient("P1", "赵^六", f13="13800138000"), visit("X1"))
        self.assertDead(told, "another hospital")
        self.assertRecordValues(
            told, [{"reason_code": "numbers_elsewhere", "reason_location": "PID-3"}]
        )
        self.assertEqual((self.person("P1").name, self.person("P1").phone_stored), ("张伟", False))
        self.assertFalse(self.encounter("X1"))

    def test_foreign_number_beside_an_own_one(self):
        """What an enterprise index copies along is left out, and said."""
        line = self.own("N1", "P1^^^RENAI^MR", name="赵^六")
        told = self.elsewhere("A28", "1", line)
        self.assertEqual((told.state, told.warning_list[0][0]), ("processed", "number_elsewhere"))
        self.assertIn("RENAI", told.warnings)
        person = self.person("N1", "OTHER")
        self.assertEqual(person.identifier_ids.mapped("value"), ["N1"])
        self.assertNotEqual(person, self.person("P1"))
        self.assertEqual(self.person("P1").name, "张伟")

    def test_foreign_first(self):
        """The order of the numbers does not matter."""
        told = self.elsewhere("A28", "1", patient(f3="P1^^^RENAI^MR~N1^^^OTHER^MR"))
        self.assertEqual(told.state, "processed")
        self.assertNotEqual(self.person("N1", "OTHER"), self.person("P1"))

    def test_relative(self):
        """The number of a relative is no other way in."""
        line = segment("NK1", f1="1", f2="李^梅", f3="MTH", f5="13800138000", f33="P2^^^RENAI^MR")
        told = self.elsewhere("A28", "1", self.own("N1"), line)
        self.assertEqual((told.state, told.warning_list[0][0]), ("processed", "number_elsewhere"))
        relative = self.person("N1", "OTHER").relationship_ids.related_partner_id
        self.assertEqual(relative.name, "李梅")
        self.assertNotEqual(relative, self.person("P2"))

    def test_own_type_of_number(self):
        """Numbers of a hospital's own types (cards) belong to it like its record numbers."""
        self.tell(adt("A28", "1", patient(f3="P1^^^RENAI^MR~C7^^^RENAI^CARD")))
        told = self.elsewhere("A28", "2", patient(f3="C7^^^RENAI^CARD", name="赵^六"))
        self.assertEqual(told.reason_code, "numbers_elsewhere")

    def test_default_authority(self):
        """The setting of one hospital takes nothing from another."""
        self.other_sender.authority = "RENAI"
        told = self.elsewhere("A08", "1", patient(f3="P1", name="赵^六"), visit("X1"))
        self.assertEqual(told.reason_code, "numbers_elsewhere")

    def test_shared_numbers_find_the_person(self):
        """One index of persons: the resident ID leads both hospitals to one customer."""
        self.tell(adt("A28", "1", patient(f3=f"P1^^^RENAI^MR~{RESIDENT_ID}^^^^NI")))
        self.elsewhere("A01", "2", self.own("N1", f"{RESIDENT_ID}^^^^NI"), visit("X1"))
        self.assertEqual(self.person("N1", "OTHER"), self.person("P1"))
        self.assertEqual(self.encounter("X1").company_id, self.other)

    def test_shared_number_as_record_number(self):
        """Who calls the resident ID a record number gets no more by it: birth dates must agree."""
        self.tell(adt("A28", "1", patient(f3=f"P1^^^RENAI^MR~{RESIDENT_ID}^^^^NI")))
        line = patient(f3=f"{RESIDENT_ID}^^^NNCHN^MR", name="赵^六", birth="20200101")
        self.elsewhere("A28", "2", line)
        self.assertEqual(self.person("P1").name, "张伟")

    def test_allowed_on_the_sender(self):
        """An administrator of both hospitals may let a sender speak for the other's numbers."""
        self.env["hcrm.his.sender.authority"].create(
            {
                "sender_id": self.other_sender.id,
                "authority": "RENAI",
                "type_code": "MR",
                "system_id": self.env["hcrm.identifier.system"].search([("code", "=", "RENAI")]).id,
            }
        )
        told = self.elsewhere("A31", "1", patient("P1", "张^薇"), time="20260302080000")
        self.assertEqual(told.state, "processed")
        self.assertEqual(self.person("P1").name, "张薇")
        self.elsewhere("A40", "2", patient("P1"), segment("MRG", f1="P2^^^RENAI^MR"))
        self.assertNotEqual(self.person("P2"), self.person("P1"), "known to the other hospital")

    def test_shared_by_the_administrator(self):
        """A record office that serves several hospitals: its system belongs to none of them."""
        self.env["hcrm.identifier.system"].search([("code", "=", "RENAI")]).company_id = False
        self.elsewhere("A31", "1", patient("P1", "张^薇"), time="20260302080000")
        self.assertEqual(self.person("P1").name, "张薇")

    def test_branch(self):
        """A branch and its hospital are one; two branches of a group are not."""
        branch, sister = self.env["res.company"].create(
            [{"name": name, "parent_id": self.env.company.id} for name in ("East", "West")]
        )
        self.other_sender.company_id = branch
        told = self.elsewhere("A31", "1", patient("P1", "张^薇"), time="20260302080000")
        self.assertEqual((told.state, self.person("P1").name), ("processed", "张薇"))
        self.env["hcrm.identifier.system"].search([("code", "=", "RENAI")]).company_id = sister
        told = self.elsewhere("A31", "2", patient("P1", "赵^六"), time="20260303080000")
        self.assertEqual(told.reason_code, "numbers_elsewhere")

    def test_claimed_in_one_batch(self):
        """Two hospitals that use a new authority at once: it is the first one's."""
        self.tell(
            adt("A28", "1", patient(f3="1^^^NEW^MR")),
            adt("A28", "2", patient(f3="1^^^NEW^MR", name="赵^六"), sender="OHIS"),
        )
        dead = self.env["hcrm.his.message"].search([("state", "=", "dead")])
        self.assertEqual(dead.mapped("control_id"), ["2"])
        self.assertEqual(self.person("1", "NEW").name, "张伟")

    def test_person_of_one_hospital_alone(self):
        """Who is kept by one hospital is not found by the others, not even by the resident ID."""
        self.tell(adt("A28", "1", patient(f3=f"P1^^^RENAI^MR~{RESIDENT_ID}^^^^NI")))
        person = self.person("P1")
        person.company_id = self.env.company
        self.env.flush_all()
        told = self.elsewhere("A01", "2", self.own("N1", f"{RESIDENT_ID}^^^^NI"), visit("X1"))
        self.assertEqual((told.state, told.warning_list[0][0]), ("processed", "number_of_another"))
        self.assertNotEqual(self.person("N1", "OTHER"), person)
        self.assertEqual(person.identifier_ids.mapped("system"), ["NNCHN", "RENAI"])
        self.person("N1", "OTHER").company_id = self.env.company
        self.env.flush_all()
        told = self.elsewhere("A08", "3", self.own("N1"), visit("X1"))
        self.assertEqual(told.reason_code, "person_elsewhere")

    def test_good_ones_around(self):
        """What one hospital may not say holds up nobody, and costs no second try of the batch."""
        texts = [adt("A28", f"g{n}", self.own(f"N{n}"), sender="OHIS") for n in range(20)]
        texts[7] = adt("A28", "g7", patient("P1"), sender="OHIS")
        told = self.tell(*texts)
        self.assertEqual(told.filtered(lambda one: one.state == "dead").control_id, "g7")


@tagged("post_install", "-at_install")
class TestMergesOfHospitals(TwoHospitals):
    """A40 is obeyed about a hospital's own patients."""

    def refused(self, told, code):
        self.assertEqual((told.state, told.reason_code), ("dead", code))
        self.assertNotEqual(self.person("P1"), self.person("P2"))
        self.assertEqual(self.env["hcrm.merge.log"].search_count([]), 0)

    def test_foreign_numbers(self):
        told = self.tell(
            adt("A40", "1", patient("P1"), segment("MRG", f1="P2^^^RENAI^MR"), sender="OHIS")
        )
        self.refused(told, "merge_elsewhere")

    def test_one_foreign_number(self):
        """Neither the survivor nor the retired one may be named by another hospital's number."""
        self.elsewhere("A28", "0", self.own("N1"))
        for control, kept, gone in (
            ("1", "N1^^^OTHER^MR", "P2^^^RENAI^MR"),
            ("2", "P1^^^RENAI^MR", "N1^^^OTHER^MR"),
            ("3", "N1^^^OTHER^MR", "N2^^^OTHER^MR~P2^^^RENAI^MR"),
        ):
            with self.subTest(kept=kept, gone=gone):
                told = self.elsewhere("A40", control, patient(f3=kept), segment("MRG", f1=gone))
                self.refused(told, "merge_elsewhere")

    def test_shared_number_names_nobody_to_be_merged(self):
        """Two resident IDs are two persons; a record office merges its own numbers."""
        self.tell(adt("A28", "1", patient("P2", f3=f"P2^^^RENAI^MR~{RESIDENT_ID}^^^^NI")))
        self.elsewhere("A28", "2", self.own("N1"))
        merge = segment("MRG", f1=f"{RESIDENT_ID}^^^^NI")
        told = self.elsewhere("A40", "3", self.own("N1"), merge)
        self.refused(told, "merge_by_shared_number")
        self.assertNotEqual(self.person("N1", "OTHER"), self.person("P2"))

    def test_person_known_to_both(self):
        """Whom another hospital knows too is merged by a person, then the message goes through."""
        self.tell(adt("A28", "1", patient("P2", f3=f"P2^^^RENAI^MR~{RESIDENT_ID}^^^^NI")))
        self.elsewhere("A28", "2", self.own("N1", name="王^芳"))
        self.elsewhere("A28", "3", self.own("N2", f"{RESIDENT_ID}^^^^NI"))
        known = self.person("P2")
        self.assertEqual(self.person("N2", "OTHER"), known)
        told = self.elsewhere("A40", "4", self.own("N1"), segment("MRG", f1="N2^^^OTHER^MR"))
        self.refused(told, "merge_known_elsewhere")
        self.person("N1", "OTHER")._hcrm_merge(known, "checked by hand", force=True)
        self.env.flush_all()
        told.action_replay()
        self.process()
        self.assertEqual(told.state, "processed", told.reason)
        self.assertEqual(self.encounter("V2").partner_id, self.person("N1", "OTHER"))

    def test_facts_of_the_other_hospital(self):
        """A visit makes a patient known, also without a record number."""
        self.elsewhere("A28", "1", self.own("N1"))
        self.elsewhere("A28", "2", self.own("N2"))
        visit_here = {"started_at": "2026-03-01", "encounter_class": "outpatient"}
        self.env["hcrm.encounter"].create(
            {"partner_id": self.person("N2", "OTHER").id, "visit_number": "H1", **visit_here}
        )
        told = self.elsewhere("A40", "3", self.own("N1"), segment("MRG", f1="N2^^^OTHER^MR"))
        self.refused(told, "merge_known_elsewhere")

    def test_own_patients(self):
        """Each hospital merges its own, also into somebody whom both know."""
        self.tell(adt("A28", "1", patient("P1", f3=f"P1^^^RENAI^MR~{RESIDENT_ID}^^^^NI")))
        self.elsewhere("A28", "2", self.own("N1", f"{RESIDENT_ID}^^^^NI"))
        self.elsewhere("A28", "3", self.own("N2"))
        self.elsewhere("A40", "4", self.own("N1"), segment("MRG", f1="N2^^^OTHER^MR"))
        self.assertEqual(self.person("N2", "OTHER"), self.person("P1"))
        self.tell(a40("5", "P1", "P2"))
        self.assertEqual(self.person("P2"), self.person("P1"))


@tagged("post_install", "-at_install")
class TestSendersOfHospitals(TwoHospitals):
    """Who decides for which hospital a sender speaks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env,
            "second_admin",
            groups="hcrm_base.group_hcrm_admin",
            company_id=cls.other.id,
            company_ids=[cls.other.id],
        )

    def system(self, code="RENAI"):
        return self.env["hcrm.identifier.system"].search([("code", "=", code)])

    def allow(self, user):
        return (
            self.env["hcrm.his.sender.authority"]
            .with_user(user)
            .create(
                {
                    "sender_id": self.other_sender.id,
                    "authority": "RENAI",
                    "system_id": self.system().id,
                }
            )
        )

    def test_no_hospital_allows_itself(self):
        with self.assertRaises(ValidationError):
            self.allow(self.admin)
        self.admin.company_ids += self.env.company
        self.assertTrue(self.allow(self.admin), "who administers both may")

    def test_system_stays_where_it_is(self):
        for values in ({"company_id": self.other.id}, {"company_id": False}, {"name": "Mine"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.system().with_user(self.admin).write(values)
        own = self.env["hcrm.identifier.system"].with_user(self.admin)
        mine = own.with_company(self.other).create({"name": "Mine", "code": "MINE"})
        self.assertEqual(mine.company_id, self.other)
        with self.assertRaises(AccessError):
            mine.company_id = self.env.company

    def test_sender_stays_where_it_is(self):
        with self.assertRaises(AccessError):
            self.other_sender.with_user(self.admin).company_id = self.env.company

    def test_company_of_a_new_system(self):
        """By hand: of the hospital at work; what the state issues is everybody's."""
        systems = self.env["hcrm.identifier.system"]
        cases = {"MR": self.env.company, "XX": self.env.company, "MC": systems.company_id}
        for kind, company in cases.items():
            system = systems.create({"name": kind, "code": f"T-{kind}", "type_code": kind})
            self.assertEqual(system.company_id, company, kind)
        system.type_code = "MR"
        self.assertFalse(system.company_id, "what is there is not claimed by an edit")

    def test_unknown_sender_of_several_hospitals(self):
        """Nobody can tell whose a new sender is: it waits until somebody says it."""
        [entry] = self.receive(adt("A28", "1", sender="NEW"))
        self.assertEqual(entry.verdict.reason.code, "sender_not_admitted")
        sender = self.env["hcrm.his.sender"].search([("code", "=", "NEW|RENAI")])
        self.assertFalse(sender.is_allowed)
        self.env.cr.execute("UPDATE res_company SET active = false WHERE id = %s", [self.other.id])
        [entry] = self.receive(adt("A28", "2", sender="NEWER"))
        self.assertEqual(entry.verdict.code, "AA")
