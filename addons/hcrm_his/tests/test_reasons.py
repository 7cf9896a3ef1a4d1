import ast
import re
from pathlib import Path

from odoo.tests import BaseCase, TransactionCase, new_test_user, tagged

from ..models.reason_words import ReasonWords
from ..tools.locations import LOCATIONS
from ..tools.reasons import REASONS, Reason
from .common import HisCommon, adt, patient, visit

ADDON = Path(__file__).parent.parent
#: Whoever is called by one of these names is told a code first, values by keyword.
TELLERS = {"Hl7Error", "SourceError", "BodyError", "Reason", "refuse", "warn"}
LOCATION = re.compile(r"[A-Z][A-Z0-9]{2}-\d+")
CHINESE = re.compile("[\u4e00-\u9fff]")
#: Names of segments, fields and character sets are written in capitals in every language.
ENGLISH = re.compile(r"(?!zip|tar)\b[A-Z]?[a-z]{2,}")


def python_files():
    folders = ("tools", "models", "cli", "controllers")
    return [path for name in folders for path in (ADDON / name).rglob("*.py")]


class Told:
    """A place in the code that tells a reason."""

    def __init__(self, path, call):
        self.where = f"{path.name}:{call.lineno}"
        first = call.args[0] if call.args else None
        self.code = first.value if isinstance(first, ast.Constant) else None
        self.values = {one.arg for one in call.keywords}
        if call.func_name == "Reason":
            self.values = self._values_of_reason(call)

    def _values_of_reason(self, call):
        given = [one.value for one in call.keywords if one.arg == "values"] + call.args[2:3]
        return {key.value for one in given for key in one.keys}


def told_in(path):
    """Return what a file tells; where a function passes on what it was given, nothing is told."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            node.func_name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            passes_on = node.args and isinstance(node.args[0], ast.Name | ast.Attribute)
            if node.func_name in TELLERS and not passes_on:
                found.append(Told(path, node))
    return found


@tagged("post_install", "-at_install")
class TestCatalogue(BaseCase):
    """Every reason has its words, and every word a use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.told = [one for path in python_files() for one in told_in(path)]

    def test_every_code_is_in_the_catalogue(self):
        self.assertGreater(len(self.told), 50, "the scan finds what is told")
        self.assertEqual([one.where for one in self.told if one.code not in REASONS], [])

    def test_every_code_gets_its_values(self):
        for one in self.told:
            with self.subTest(where=one.where, code=one.code):
                self.assertEqual(one.values, REASONS[one.code].placeholders)

    def test_no_code_is_idle(self):
        own = {code for code, kind in REASONS.items() if kind.text._module == "hcrm_his"}
        self.assertEqual(own - {one.code for one in self.told}, set())

    def test_nobody_passes_on_what_is_no_code(self):
        """What is passed on by name is a code that was told elsewhere."""
        for path in python_files():
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                name = getattr(getattr(node, "func", None), "id", "")
                if isinstance(node, ast.Call) and name in TELLERS and node.args:
                    first = node.args[0]
                    given = getattr(first, "id", getattr(first, "attr", "code"))
                    self.assertIn(given, ("code", "reason_code"), f"{path.name}:{node.lineno}")

    def test_every_field_has_its_name(self):
        found = set()
        for path in python_files():
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= {node.value} if LOCATION.fullmatch(node.value) else set()
        self.assertGreater(len(found), 30)
        self.assertEqual(found - LOCATIONS.keys(), set())


class ChineseClerk(TransactionCase):
    """A Chinese clerk beside the English administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"].search([("name", "like", "hcrm_")])._update_translations(
            ["zh_CN"]
        )
        cls.clerk = new_test_user(
            cls.env, "clerk", groups="hcrm_base.group_integration", lang="zh_CN"
        )

    def assertChinese(self, text):
        """Text without an English word."""
        self.assertRegex(text, CHINESE)
        self.assertNotRegex(text, ENGLISH)

    def as_clerk(self, records):
        return records.with_user(self.clerk).with_context(lang="zh_CN")


@tagged("post_install", "-at_install", "demo_hospital")
class TestDemonstration(ChineseClerk):
    def test_dead_letters(self):
        """Every dead letter of the demonstration hospital is understood by a Chinese clerk."""
        self.env["hcrm.demo"]._generate(60, seed=5, months=1)
        self.env["hcrm.demo"]._open_desks()
        dead = self.env["hcrm.his.message"].search([("state", "=", "dead")])
        self.assertTrue(dead)
        for message in self.as_clerk(dead):
            with self.subTest(code=message.reason_code):
                self.assertChinese(message.reason)


@tagged("post_install", "-at_install")
class TestReasons(ChineseClerk, HisCommon):
    """Reasons and warnings are read in the reader's language."""

    def test_whole_catalogue_in_chinese(self):
        words = ReasonWords(self.env(context={"lang": "zh_CN"}))
        for code, kind in REASONS.items():
            values = {name: 7 for name in kind.placeholders}
            for location in ("", "PID-7", "ZZZ-1"):
                with self.subTest(code=code, location=location):
                    self.assertChinese(words.say(Reason(code, location, values)))
        for location in LOCATIONS:
            with self.subTest(location=location):
                self.assertChinese(words.say(Reason("not_a_date", location)))

    def test_one_row_two_languages(self):
        told = self.tell(adt("A28", "1", patient(birth="19999999")))
        self.assertEqual(told.reason, "PID-7 (birth date): this is not a date")
        self.assertEqual(self.as_clerk(told).reason, "PID-7（出生日期）：不是有效的日期")
        self.assertRecordValues(
            told, [{"reason_code": "not_a_date", "reason_location": "PID-7", "error_code": 102}]
        )

    def test_sender_is_answered_in_english(self):
        answer = self.receive(adt("A28", "1", patient(), charset="KOI8"))[0].answer().decode()
        self.assertIn("MSA|AE|1|MSH-18: this character set is not supported\r", answer)
        self.assertIn("|MSH-18: this character set is not supported", answer.split("\rERR|")[1])

    def test_refused_at_the_door(self):
        [entry] = self.receive(adt("A01", "1", patient()))
        told = self.as_clerk(self.stored([entry]))
        self.assertEqual(told.reason, "PV1（就诊）：缺少 PV1 段")
        self.assertEqual(told.reason_values, {"segment": "PV1"})

    def test_values_are_named(self):
        """Fields and number systems are shown by the name that the screens use."""
        told = self.tell(adt("A28", "1", patient(f11="x" * 300)))
        self.assertEqual(told.reason, "Street is longer than 250 characters")
        self.assertIn("街道", self.as_clerk(told).reason)
        told = self.tell(adt("A28", "2", patient(f3="P1^^^RENAI^MR~110105194912310021^^^^NI")))
        self.assertEqual(told.warnings, "Resident ID: not a valid number, left out")
        self.assertChinese(self.as_clerk(told).warnings)

    def test_warnings(self):
        told = self.tell(adt("A01", "1", patient(), visit(place="XX^1", f7="9999")))
        self.assertEqual(told.warnings, "department XX: unknown code\nstaff 9999: unknown code")
        self.assertEqual(
            self.as_clerk(told).warnings, "科室代码 XX 未登记\n医务人员代码 9999 未登记"
        )

    def test_search_warnings(self):
        warned = self.tell(adt("A01", "1", patient(), visit(place="XX^1", f7="9999")))
        clean = self.tell(adt("A28", "2", patient("P2")))
        messages = self.env["hcrm.his.message"].search([("id", "in", (warned | clean).ids)])
        find = messages.search
        self.assertEqual(find([("warnings", "!=", False)]) & messages, warned)
        self.assertEqual(find([("warnings", "=", False)]) & messages, clean)
        for text in ("unknown_staff", "unknown code", "9999", "xx"):
            self.assertEqual(find([("warnings", "ilike", text)]) & messages, warned, text)
        self.assertEqual(self.as_clerk(messages).search([("warnings", "ilike", "未登记")]), warned)
        self.assertFalse(find([("warnings", "ilike", "future")]) & messages)

    def test_search_reason(self):
        date, sex = self.tell(
            adt("A28", "1", patient(birth="19999999")), adt("A28", "2", patient(sex="Q"))
        )
        both = date | sex
        for text, found in (
            ("not_a_date", date),
            ("not a date", date),
            ("PID-7", date),
            ("PID-7 (birth date): this is not a date", date),
            ("PID", both),
            ("birth date", date),
            ("no such thing", both.browse()),
        ):
            with self.subTest(text=text):
                self.assertEqual(both.search([("reason", "ilike", text)]) & both, found)
        clerk = self.as_clerk(both)
        for text, found in (
            ("日期", date),
            ("出生日期：", date),
            ("PID-8 性别", sex),
            ("date", date),
        ):
            with self.subTest(text=text):
                self.assertEqual(clerk.search([("reason", "ilike", text)]) & both, found)
        self.assertEqual(both.search([("reason", "!=", False), ("id", "in", both.ids)]), both)

    def test_groups_have_names(self):
        """Dead letters group by kind of reason; the kinds are Chinese, without values."""
        self.tell(adt("A28", "1", patient(birth="x")), adt("A28", "2", patient(birth="y")))
        clerk = self.as_clerk(self.env["hcrm.his.message"])
        groups = clerk.formatted_read_group(
            [("control_id", "in", ("1", "2"))], ["reason_code"], ["__count"]
        )
        self.assertEqual([one["__count"] for one in groups], [2])
        labels = dict(clerk.fields_get(["reason_code"])["reason_code"]["selection"])
        self.assertEqual(labels["not_a_date"], "不是有效的日期")
        self.assertEqual(labels["too_long"], "超过 … 个字符")

    def test_set_aside_keeps_the_kind(self):
        """What a person says is shown; why it was a dead letter can still be counted."""
        told = self.tell(adt("A28", "1", patient(birth="x")))
        told.action_ignore("厂商的测试消息")
        self.assertEqual((told.reason, told.reason_code), ("厂商的测试消息", "not_a_date"))
        told.corrected_text = adt("A28", "1", patient())
        told.action_replay()
        self.process()
        self.assertEqual((told.state, told.reason, told.reason_code), ("processed", False, False))

    def test_rows_of_before(self):
        """Sentences that were stored before reasons had codes are shown as they are."""
        told = self.env["hcrm.his.message"].create(
            {"state": "dead", "reason_text": "PID-7: no date", "warning_text": "staff 7: unknown"}
        )
        self.assertEqual(told.reason, "PID-7: no date")
        self.assertEqual(told.warnings, "staff 7: unknown")
        self.assertIn(told, told.search([("reason", "ilike", "no date")]))
        self.assertIn(told, told.search([("warnings", "!=", False)]))

    def test_code_of_another_version(self):
        """A code that this program does not know is shown, not an error."""
        told = self.env["hcrm.his.message"].create({"state": "dead"})
        self.env.cr.execute(
            "UPDATE hcrm_his_message SET reason_code = 'from_the_future',"
            """ reason_values = '{"a": 1}', warning_list = '[["later", "", {}]]' WHERE id = %s""",
            [told.id],
        )
        told.invalidate_recordset()
        self.assertEqual((told.reason, told.warnings), ("from_the_future", "later"))
        self.assertTrue(told.read())

    def test_hostile_values(self):
        """What a sender writes where a reason quotes it is kept short and harmless."""
        reason = Reason("charset_not_true", "MSH-18", {"charset": "%s\0%(x)s" + "x" * 5000})
        self.assertLess(len(reason.stored_values()), 300)
        self.assertNotIn("\\u0000", reason.stored_values())
        told = self.env["hcrm.his.message"].create(
            {"state": "dead", **self.env["hcrm.his.message"]._prepare_reason_values(reason)}
        )
        self.env.flush_all()
        self.assertIn("%s%(x)s", told.reason)

    def test_queries_do_not_grow(self):
        """A page of dead letters costs what one costs, names of number systems included."""
        number = "P1^^^RENAI^MR~110105194912310021^^^^NI"
        texts = [
            adt("A28", str(index), patient(f3=number, f11="x" * 300 if index % 2 else ""))
            for index in range(50)
        ]
        told = self.tell(*texts)
        counts = []
        for records in (told[:2], told):
            self.env.invalidate_all()
            self.env.registry.clear_cache()
            before = self.env.cr.sql_log_count
            self.as_clerk(records).mapped(lambda one: (one.reason, one.warnings))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])


@tagged("post_install", "-at_install")
class TestLoadReasons(ChineseClerk):
    """A load that stopped says why in the reader's language, and how in the detail."""

    def test_unreadable(self):
        load = self.env["hcrm.his.load"].create({"file": "bm8gemlw", "file_name": "x.zip"})
        load.action_start()
        list(load._load_chunks())
        self.assertEqual(load.reason, "x.zip is not a readable zip archive")
        self.assertEqual(self.as_clerk(load).reason, "x.zip 不是可以读取的 zip 压缩包")
        self.assertIn("BadZipFile", load.detail)
