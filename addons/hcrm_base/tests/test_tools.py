"""The pure tools: their doctests, and vectors of resident IDs, phones, masks and duplicates."""

import doctest
import random
from datetime import date

from odoo.tests import BaseCase

from ..tools import (
    issuers,
    masking,
    matching,
    name_search,
    number_warnings,
    phone,
    pinyin_readings,
    promise_rate,
    resident_id,
    segment_classes,
    segment_privacy,
    segment_schedule,
    units,
)
from ..tools.demo.lab_tables import ANALYTES

TODAY = date(2026, 1, 15)


class TestToolDoctests(BaseCase):
    """Odoo's loader knows no ``load_tests``, so that each module is run by a test of its own."""

    def _run_doctests(self, module):
        result = doctest.testmod(module)
        self.assertGreater(result.attempted, 0, f"{module.__name__} has no doctest")
        self.assertFalse(result.failed, f"{module.__name__}: see the output above")

    def test_issuers(self):
        self._run_doctests(issuers)

    def test_masking(self):
        self._run_doctests(masking)

    def test_matching(self):
        self._run_doctests(matching)

    def test_name_search(self):
        self._run_doctests(name_search)

    def test_phone(self):
        self._run_doctests(phone)

    def test_number_warnings(self):
        self._run_doctests(number_warnings)
        for words, codes in (
            (number_warnings.WARNINGS, resident_id.ResidentId),
            (number_warnings.ERRORS, resident_id.ResidentIdError),
        ):
            for code in words:
                self.assertIn(f"``{code}``", codes.__doc__)

    def test_promise_rate(self):
        self._run_doctests(promise_rate)

    def test_pinyin_readings(self):
        self._run_doctests(pinyin_readings)

    def test_resident_id(self):
        self._run_doctests(resident_id)

    def test_units(self):
        self._run_doctests(units)

    def test_segment_classes(self):
        self._run_doctests(segment_classes)

    def test_segment_privacy(self):
        self._run_doctests(segment_privacy)

    def test_segment_schedule(self):
        self._run_doctests(segment_schedule)


class TestUnits(BaseCase):
    def test_units_of_the_demonstration(self):
        """No sign of UCUM is left that a nurse would not write."""
        for analyte in ANALYTES.values():
            for lang in ("zh_CN", "en_US"):
                shown = units.show_unit(analyte.unit, lang)
                self.assertNotRegex(shown, r"[\[\]{}*]|^u|Cel", analyte.unit)

    def test_shown_again_is_the_same(self):
        """What is shown passes unchanged, so that a source may send either."""
        for unit in (*(row.unit for row in ANALYTES.values()), "umol/L", "u[IU]/mL", "kg/m2", "ug"):
            shown = units.show_unit(unit)
            self.assertEqual(units.show_unit(shown), shown, unit)


class TestResidentId(BaseCase):
    def _assert_code(self, value, code):
        with self.assertRaises(resident_id.ResidentIdError) as caught:
            resident_id.parse(value, TODAY)
        self.assertEqual(caught.exception.code, code, value)
        self.assertTrue(caught.exception.message.endswith("."))

    def _random_number(self, rng):
        born = date.fromordinal(rng.randint(date(1930, 1, 1).toordinal(), TODAY.toordinal()))
        first17 = f"110105{born:%Y%m%d}{rng.randint(1, 995):03d}"
        return first17 + resident_id.check_character(first17), born

    def test_standard_vectors(self):
        person = resident_id.parse("11010519491231002X", TODAY)
        self.assertEqual(
            person,
            ("11010519491231002X", date(1949, 12, 31), "female", "110105", True, False, ()),
        )
        person = resident_id.parse("440524188001010014", TODAY)
        self.assertEqual((person.birth_date, person.sex), (date(1880, 1, 1), "male"))
        self.assertEqual(person.warnings, ("age_implausible",), "an abolished area is accepted")

    def test_typing_variants_are_normalized(self):
        variants = (
            "11010519491231002x",
            " 110105 19491231 002X ",
            "110105-19491231-002X",
            "１１０１０５１９４９１２３１００２Ｘ",
            "'11010519491231002X",
            "\u200b11010519491231002Х",
        )
        for variant in variants:
            self.assertEqual(resident_id.parse(variant).normalized, "11010519491231002X", variant)

    def test_old_form(self):
        person = resident_id.parse("510108871125243", TODAY)
        self.assertEqual((person.birth_date, person.sex), (date(1987, 11, 25), "male"))
        self.assertTrue(person.is_old)
        self.assertFalse(person.check_ok)
        self.assertEqual(person.warnings, ("no_check_digit",))
        self.assertIn("century_assumed", resident_id.parse("510108871125997", TODAY).warnings)
        self.assertTrue(resident_id.parse(resident_id.upgrade("510108871125243")).check_ok)

    def test_permits_share_the_check(self):
        for area, kind in (("810000", "permit"), ("830000", "permit"), ("931156", "foreigner")):
            first17 = area + "19820711001"
            person = resident_id.parse(first17 + resident_id.check_character(first17), TODAY)
            self.assertEqual((person.kind, person.warnings), (kind, ()), area)

    def test_unknown_area_only_warns(self):
        first17 = "77010519820711001"
        person = resident_id.parse(first17 + resident_id.check_character(first17), TODAY)
        self.assertEqual(person.warnings, ("area_unknown",))

    def test_errors(self):
        cases = {
            None: "empty",
            "  ": "empty",
            "1101051949123100": "length",
            "11010519491231002XX": "characters",
            "E10105194912310": "characters",
            "51010887112524X": "characters",
            "110105194913310023": "birth_date",
            "110105190002290021": "birth_date",
            "110105202601160021": "future",
            "110105194912310021": "check",
        }
        for value, code in cases.items():
            self._assert_code(value, code)

    def test_one_wrong_digit_is_always_found(self):
        rng = random.Random(11643)
        for _round in range(200):
            number, born = self._random_number(rng)
            self.assertEqual(resident_id.parse(number, TODAY).birth_date, born)
            position = rng.randrange(17)
            digit = rng.choice([d for d in "0123456789" if d != number[position]])
            wrong = number[:position] + digit + number[position + 1 :]
            self.assertFalse(resident_id.is_valid(wrong, TODAY), wrong)

    def test_swapped_neighbours_are_always_found(self):
        rng = random.Random(7064)
        for _round in range(200):
            number, _born = self._random_number(rng)
            i = rng.randrange(16)
            if number[i] != number[i + 1]:
                wrong = number[:i] + number[i + 1] + number[i] + number[i + 2 :]
                self.assertFalse(resident_id.is_valid(wrong, TODAY), wrong)


class TestPhone(BaseCase):
    def test_mobile_spellings(self):
        spellings = (
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+8613800138000",
            "+86 138 0013 8000",
            "008613800138000",
            "0086 138-0013-8000",
            "86 13800138000",
            "013800138000",
            "１３８００１３８０００",
            "＋８６－１３８００１３８０００",
            "电话：13800138000",
            "tel:+86-138-0013-8000",
            13800138000,
        )
        for spelling in spellings:
            self.assertEqual(phone.normalize(spelling), "+8613800138000", spelling)

    def test_landline_spellings(self):
        spellings = (
            "010-88886666转801",
            "（010）88886666 转 801",
            "010 8888 6666 ext. 801",
            "010-88886666 分机801",
            "010-8888 6666-801",
            "010—88886666#801",
            "+861088886666;ext=801",
        )
        for spelling in spellings:
            self.assertEqual(phone.normalize(spelling), "+861088886666;ext=801", spelling)
        self.assertEqual(phone.normalize("0755-1234 5678"), "+8675512345678")

    def test_not_a_phone(self):
        for text in (
            None,
            "",
            "无",
            "12345",
            "88886666",
            "1380013800",
            "12800001111",
            "+",
            "转801",
        ):
            self.assertIsNone(phone.normalize(text), text)
        self.assertIsNone(phone.normalize("13800138000（妻子）"), "a remark must not get lost")

    def test_other_regions(self):
        self.assertEqual(phone.normalize("2123 4567", "HK"), "+85221234567")
        self.assertEqual(phone.normalize("(650) 253-0000", "US"), "+16502530000")
        self.assertEqual(phone.national("+16502530000", "US"), "(650) 253-0000")
        self.assertEqual(phone.national("+8613800138000", "US"), "+86 138 0013 8000")
        self.assertTrue(phone.is_mobile(phone.normalize("16612345678")))

    def test_national_form_is_read_back(self):
        rng = random.Random(86)
        for _round in range(200):
            digits = f"1{rng.randint(3, 9)}{rng.randint(0, 10**9 - 1):09d}"
            e164 = phone.normalize(digits)
            self.assertEqual(e164, f"+86{digits}")
            self.assertEqual(phone.normalize(phone.national(e164)), e164)
            self.assertEqual(phone.mask(e164), f"{digits[:3]}****{digits[-4:]}")
        for e164 in ("+861088886666;ext=801", "+8675512345678", "+85221234567", "+864001234567"):
            self.assertEqual(phone.normalize(phone.national(e164)), e164)

    def test_split(self):
        self.assertEqual(
            phone.split("13800138000 / 010-88886666转801、021-55556666，13900139000；"),
            ["13800138000", "010-88886666转801", "021-55556666", "13900139000"],
        )
        self.assertEqual(phone.split("138 0013 8000"), ["138 0013 8000"])
        self.assertEqual(phone.split("  "), [])

    def test_mask_never_shows_the_middle(self):
        cases = {
            "0755-12345678": "0755-****5678",
            "400-123-4567": "******4567",
            "妻 13800138000": "*******8000",
            "8888 6666": "****6666",
            "110": "***",
        }
        for text, masked in cases.items():
            self.assertEqual(phone.mask(text), masked)
            self.assertEqual(phone.mask(text), phone.mask(text), "stable")


class TestMasking(BaseCase):
    def test_national_id(self):
        for kind in ("NNCHN", "national_id"):
            masked = masking.mask_identifier("11010519491231002x", kind)
            self.assertEqual(masked, "110105********002X")
        self.assertEqual(masking.mask_identifier("510108871125243", "NNCHN"), "510108******243")
        self.assertEqual(masking.mask_identifier("1101051949", "NNCHN"), "******1949")

    def test_most_is_hidden(self):
        for length in range(1, 30):
            value = "7" * length
            masked = masking.mask_identifier(value, "MR")
            self.assertEqual(len(masked), length)
            self.assertGreaterEqual(masked.count("*"), length / 2)
        self.assertEqual(masking.mask_identifier(False, "MR"), "")
        self.assertEqual(masking.mask_identifier(12345678, "MR"), "****5678")


class TestMatching(BaseCase):
    def setUp(self):
        super().setUp()
        self.wang = {
            "name": "王伟",
            "birth_date": date(1987, 11, 25),
            "sex": "male",
            "phones": {"+8613800138000"},
            "identifiers": {"HIS": "MRN-1"},
        }

    def _score(self, **other):
        match = matching.score(self.wang, other)
        self.assertEqual(match.score, matching.score(other, self.wang).score, "symmetric")
        return match

    def _person(self, **changes):
        return {**self.wang, "identifiers": {}, **changes}

    def test_same_number_is_certain(self):
        match = self._score(identifiers={"HIS": " mrn-1"})
        self.assertEqual((match.score, match.reasons), (100, ["same_identifier"]))
        self.assertTrue(match.certain)

    def test_same_resident_id_in_both_forms_is_certain(self):
        self.wang["identifiers"] = {"NNCHN": "510108871125243"}
        self.assertTrue(self._score(identifiers={"NNCHN": "51010819871125 2435"}).certain)

    def test_invalid_resident_id_proves_nothing(self):
        self.wang["identifiers"] = {"NNCHN": "000000000000000000"}
        match = self._score(identifiers=self.wang["identifiers"])
        self.assertEqual((match.score, match.certain), (0, False))

    def test_family_phone_alone_is_no_candidate(self):
        match = self._score(name="王丽", phones={"+8613800138000"}, birth_date="1990-01-01")
        self.assertFalse(match.is_candidate)

    def test_person_and_phone_is_a_candidate(self):
        match = self._score(**self._person(name="王　伟", birth_date="1987-11-25"))
        self.assertTrue(match.is_candidate)
        self.assertFalse(match.certain)
        self.assertFalse(self._score(**self._person(phones=())).is_candidate)

    def test_person_and_number_of_another_system_is_a_candidate(self):
        match = self._score(**self._person(phones=(), identifiers={"LIS": "MRN-1"}))
        self.assertEqual(match.reasons[-1], "shared_number")
        self.assertTrue(match.is_candidate)

    def test_conflicts_veto(self):
        self.assertEqual(self._score(**self._person(sex="female")).reasons, ["conflict_sex"])
        self.wang["identifiers"] = {"NNCHN": "510108871125243"}
        other = self._person(identifiers={"NNCHN": "11010519491231002X"})
        self.assertEqual(self._score(**other), (0, ["conflict_national_id"], False))

    def test_unknown_sex_is_no_conflict(self):
        self.assertEqual(self._score(**self._person(sex="unknown")).score, 80)

    def test_resident_id_outweighs_a_wrong_sex_but_a_person_decides(self):
        self.wang["identifiers"] = {"NNCHN": "510108871125243"}
        match = self._score(**{**self.wang, "sex": "female"})
        self.assertIn("conflict_sex", match.reasons)
        self.assertEqual((match.certain, match.is_candidate), (False, True))

    def test_number_given_to_another_person_is_doubtful(self):
        match = self._score(name="李丽", birth_date="1990-01-01", identifiers={"HIS": "MRN-1"})
        self.assertIn("conflict_person", match.reasons)
        self.assertEqual((match.certain, match.is_candidate), (False, True))
