from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from .common import HcrmCommon

WANTED = (
    *(("T-MR", "MR"), ("T-PI", "PI"), ("T-XX", "XX")),
    *(("T-MC", "MC"), ("NNUSA", "XX"), ("NNCHN", "NNCHN")),
)


@tagged("post_install", "-at_install")
class TestIdentifier(HcrmCommon):
    """Numbers are unique per system, checked where a check exists, and masked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person()

    def _identify(self, value, system="NNCHN", person=None):
        return self.env["hcrm.identifier"].create(
            {"partner_id": (person or self.person).id, "system": system, "value": value}
        )

    def test_check_digit(self):
        with self.assertRaisesRegex(ValidationError, "Resident ID"):
            self._identify("110105194912310021")

    def test_lower_case_and_full_width(self):
        self.assertEqual(
            self._identify("１１０１０５１９４９１２３１００２ｘ").value, "11010519491231002X"
        )

    def test_abolished_area_only_warns(self):
        identifier = self._identify("440524188001010014")
        self.assertEqual(identifier.value, "440524188001010014")

    def test_warnings_in_the_readers_language(self):
        """What is odd is stored as codes, and told as a sentence in each reader's language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        old = self._identify("999999800101996")
        self.assertEqual(
            [code for code, _values in old.warning_list],
            ["area_unknown", "no_check_digit", "century_assumed"],
        )
        self.assertIn("no area we know", old.warning)
        chinese = old.with_context(lang="zh_CN").warning
        self.assertIn("校验", chinese)
        self.assertNotRegex(chinese, "[a-z]{3}")
        implausible = self._identify("440524188001010014")
        self.assertIn("125", implausible.warning)
        self.assertFalse(self._identify("11010519491231002X").warning)

    def test_warnings_of_before(self):
        """Given codes stored as text, the migration keeps them, with the values of their words."""
        odd, plain = self._identify("510108871125243"), self._identify("P1", system="T-MR")
        self.env.flush_all()
        self.cr.execute("ALTER TABLE hcrm_identifier ADD COLUMN warning varchar")
        self.cr.execute("UPDATE hcrm_identifier SET warning_list = NULL")
        self.cr.execute(
            "UPDATE hcrm_identifier SET warning = 'no_check_digit, age_implausible' WHERE id = %s",
            [odd.id],
        )
        path = file_path("hcrm_base/migrations/19.0.1.1.0/pre-warnings_have_codes.py")
        for _twice in range(2):
            load_script(path, "pre-warnings_have_codes").migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(
            odd.warning_list, [["no_check_digit", {}], ["age_implausible", {"age": 125}]]
        )
        self.assertFalse(plain.warning_list)

    def test_refusals_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = self.env["hcrm.identifier"].with_context(lang="zh_CN")
        for number in ("", "1101051949123100", "11010519491331002X", "110105194912310021"):
            if number:
                with (
                    self.subTest(number=number),
                    self.assertRaisesRegex(ValidationError, "^[^a-wyzA-WYZ]*$"),
                ):
                    chinese.create(
                        {"partner_id": self.person.id, "system": "NNCHN", "value": number}
                    )

    def test_old_number_equals_its_new_form(self):
        old = self._identify("510108871125243")
        self.assertEqual(old.value, "510108871125243")
        found = self.env["hcrm.identifier"].search([("value", "=", "510108198711252435")])
        self.assertEqual(found, old)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._identify("510108198711252435", person=self._person(name="别人"))

    def test_unique_per_system(self):
        self._identify("P1", system="HIS-A")
        self._identify("P1", system="HIS-B")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self._identify("P1", system="HIS-A", person=self._person(name="别人"))

    def _refusal(self, role, person, number):
        """Return what a role is told when it gives a person this number, or None."""
        numbers = self.env(user=self.users[role])["hcrm.identifier"]
        try:  # no savepoint, as it would undo the line in the log
            numbers.create({"partner_id": person.id, "system": "NNCHN", "value": number})
        except ValidationError as error:
            return str(error)

    def test_taken_number_tells_nothing_of_its_owner(self):
        """Given a number of somebody hidden or of somebody in sight, the refusal is the same."""
        hidden, seen, mine = self._person("王隐"), self._person("王现"), self._person("王新")
        self._encounter(hidden, self.oncology)
        self._encounter(seen, self.cardiology)
        self._encounter(mine, self.cardiology)
        self._identify("11010519491231002X", person=hidden)
        self._identify("510108198711252435", person=seen)
        partners = self.env(user=self.users["community_worker"])["res.partner"]
        self.assertEqual(partners.search([("id", "in", (hidden | seen).ids)]), seen)
        told = [
            self._refusal("community_worker", mine, number)
            for number in ("11010519491231002x", "510108871125243")
        ]
        self.assertTrue(told[0])
        self.assertEqual(told[0], told[1])
        self.assertNotIn("王", told[0])
        index = self.env["hcrm.identifier"]._table_objects["hcrm_identifier_value_uniq"]
        self.assertEqual(told[0], index.get_error_message(self.env["hcrm.identifier"]))

    def test_refused_number_is_logged(self):
        """Given a try with a number that is taken, the log names who tried and whose it is."""
        self._identify("11010519491231002X")
        mine = self._person("王新")
        self.assertTrue(self._refusal("officer", mine, "11010519491231002X"))
        log = self.env["hcrm.access.log"].search([("kind", "=", "refused")])
        self.assertEqual(log.user_id, self.users["officer"])
        self.assertEqual(log.partner_ids, self.person.ids)
        self.assertIsNone(self._refusal("officer", mine, "510108198711252435"))
        self.assertEqual(self.env["hcrm.access.log"].search([("kind", "=", "refused")]), log)

    def test_masked_for_the_officer_who_typed_it(self):
        officer = self.users["officer"]
        identifier = (
            self.env["hcrm.identifier"]
            .with_user(officer)
            .create(
                {"partner_id": self.person.id, "system": "NNCHN", "value": "11010519491231002X"}
            )
        )
        self.assertEqual(identifier.value, "110105********002X")
        self.assertEqual(identifier.with_user(self.users["doctor"]).value, "11010519491231002X")

    def test_own_for_the_nurse(self):
        identifier = self._identify("11010519491231002X")
        nurse = self.users["nurse"]
        self.assertFalse(
            self.env["hcrm.identifier"].with_user(nurse).search([("id", "=", identifier.id)])
        )
        self._encounter(self.person, self.cardiology)
        self.assertEqual(identifier.with_user(nurse).value, "11010519491231002X")

    def test_person_is_found_by_number(self):
        self._identify("11010519491231002X")
        partners = self.env["res.partner"].with_user(self.users["officer"])
        self.assertIn(
            self.person.id, [row[0] for row in partners.name_search("11010519491231002x")]
        )

    def test_number_is_required(self):
        with self.assertRaises(ValidationError):
            self._identify("  ", system="HIS-A")
        system = self.env.ref("hcrm_base.system_passport")
        with self.assertRaises(ValidationError):
            self.env["hcrm.identifier"].create(
                {"partner_id": self.person.id, "system_id": system.id}
            )

    def test_codes_of_systems_are_looked_up_once(self):
        rows = [
            {"partner_id": self.person.id, "system": "HIS-C", "value": f"C{number}"}
            for number in range(3)
        ]
        again = [dict(row) for row in rows]
        numbers = self.env["hcrm.identifier"].create(rows)
        self.assertEqual(rows, again, "what the caller passes is the caller's")
        self.assertEqual(set(numbers.mapped("system")), {"HIS-C"})
        self.assertEqual(len(numbers.system_id), 1)

    def test_whose_a_new_system_is(self):
        """Of the hospital at work; what the state and insurers issue is everybody's."""
        systems = self.env["hcrm.identifier.system"]
        found = {code: systems._find_or_create(code, kind) for code, kind in WANTED}
        self.assertEqual(
            [code for code, system in found.items() if not system.company_id],
            ["T-MC", "NNUSA", "NNCHN"],
        )
        self.assertEqual(found["T-MR"].company_id, self.company)
        other = self.env["res.company"].create({"name": "Second hospital"})
        self.assertEqual(systems.with_company(other)._find_or_create("T-2").company_id, other)

    def test_system_of_another_hospital_is_read_only(self):
        """All read whose a number is; the other hospital's administrator changes nothing."""
        system = self.env["hcrm.identifier.system"].create({"name": "T", "code": "T-MR"})
        other = self.env["res.company"].create({"name": "Second hospital"})
        admin = self.users["hcrm_admin"]
        admin.write({"company_id": other.id, "company_ids": [(6, 0, other.ids)]})
        theirs = system.with_user(admin).with_company(other)
        self.assertEqual(theirs.name, "T")
        with self.assertRaises(AccessError):
            theirs.name = "Mine"
        with self.assertRaises(AccessError):
            theirs.create({"name": "X", "code": "T-X", "company_id": self.company.id})
