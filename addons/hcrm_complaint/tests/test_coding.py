from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestCoding(ComplaintCase):
    """Codes are suggested with reasons, judged honestly, and learn of nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coder = cls.env["hcrm.complaint.coder"]
        cls.problems = cls.env["hcrm.complaint.problem"]
        cls.category = cls.env.ref("hcrm_complaint.hcat_environment_cleanliness")

    def _case(self, matter, text="说不清楚"):
        return self._complain(text, matter=matter)

    def test_suggested_with_the_words_that_spoke_for_it(self):
        case = self._case("卫生间很脏，地上有积水，垃圾没有清理").with_user(self.users["officer"])
        self.assertEqual(case.suggested_1_id, self.category)
        self.assertIn("垃圾", case.suggested_1_words)
        self.assertTrue(case.suggested_3_id)
        case.with_context(suggested_place=1).action_add_suggestion()
        self.assertEqual(case.problem_ids.category_id, self.category)
        self.assertEqual(case.problem_ids.suggested_category_id, self.category)
        case.with_context(suggested_place=1).action_add_suggestion()
        self.assertEqual(len(case.problem_ids), 1)

    def test_departments_get_nothing_out_of_the_statement(self):
        case = self._case("", "厕所脏得很，垃圾满了，蟑螂乱爬")
        case.sudo()._move("accepted")
        self.assertEqual(case.with_user(self.users["officer"]).suggested_1_id, self.category)
        head = case.with_user(self.users["department_head"])
        self.assertFalse(head.suggested_1_id)
        self.assertFalse(head.suggested_1_words)

    def test_it_learns_the_matters_of_this_hospital_and_no_name(self):
        target = self.env.ref("hcrm_complaint.hcat_processes_visiting")
        for number in range(4):
            case = self._case(f"魑魅窗口拒绝{'甲乙丙丁'[number]}", "欧阳鹭鹭亲口所述")
            self.problems.create({"complaint_id": case.id, "category_id": target.id})
        once = self._case("貔貅先生来过")
        self.problems.create({"complaint_id": once.id, "category_id": target.id})
        before = self.coder._suggest("魑魅")
        coder = self.coder._learn()
        self.assertFalse(before)
        self.assertEqual(self.coder._suggest("魑魅")[0][0], target)
        self.assertEqual(coder.own_count, self.coder.search([], limit=1).own_count)
        known = coder.sudo().model["rarity"]
        self.assertIn("魑魅", known)
        for word in ("貔貅", "欧阳", "鹭鹭"):
            self.assertNotIn(word, known)

    def test_the_report_is_what_is_measured_and_better_than_keywords(self):
        coder = self.coder._learn()
        self.assertEqual(coder.probe_count, 144)
        self.assertGreater(coder.kappa, 0.3)
        self.assertGreater(coder.top3, 50)
        self.assertGreater(coder.kappa, coder.word_kappa)
        self.assertIn("Too few", coder.live_text)
        texts = {
            name: {text for _c, text in self.coder._read_texts(name)} for name in ("seed", "probe")
        }
        self.assertFalse(texts["seed"] & texts["probe"])
        codes = set(self.env["hcrm.complaint.category"].search([("level", "=", 3)]).mapped("code"))
        for name in ("seed", "probe", "keywords"):
            self.assertEqual({code for code, _text in self.coder._read_texts(name)} - codes, set())

    def test_nobody_reads_the_weights_and_who_learns(self):
        coder = self.coder._learn().with_user(self.users["officer"])
        self.assertTrue(coder.kappa)
        with self.assertRaises(AccessError):
            coder.read(["model"])
        with self.assertRaises(AccessError):
            coder.action_learn()
        coder.with_user(self.users["hcrm_admin"]).action_learn()
