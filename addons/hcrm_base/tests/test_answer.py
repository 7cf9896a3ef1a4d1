from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestAnswer(HcrmCommon):
    """One voice: written by one, approved by another, found while talking."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["hcrm.answer"].search([]).active = False
        cls.answer = cls._answer("出院后怎么拿发票？", "电子发票当天发到手机", keywords="报销 票据")

    @classmethod
    def _answer(cls, name, body, user="officer", **vals):
        answers = cls.env["hcrm.answer"].with_user(cls.users[user])
        return answers.create({"name": name, "body": body, **vals})

    def _approved(self, *args, **vals):
        answer = self._answer(*args, **vals)
        answer.action_submit()
        answer.with_user(self.users["service_manager"]).action_approve()
        return answer

    def _found(self, text, user="officer", **options):
        answers = self.env["hcrm.answer"].with_user(self.users[user])
        return [row["name"] for row in answers.find_answers(text, **options)]

    def test_only_approved_words_are_found(self):
        """Given a draft, no desk finds it; approved, everyone does, in the approved words."""
        self.assertEqual(self._found("发票"), [])
        self.answer.action_submit()
        self.answer.with_user(self.users["service_manager"]).action_approve()
        self.assertEqual(self._found("发票"), ["出院后怎么拿发票？"])
        self.answer.body = "改过的话"
        [row] = self.env["hcrm.answer"].with_user(self.users["nurse"]).find_answers("发票")
        self.assertEqual(row["body"], "电子发票当天发到手机")
        self.assertEqual(self.answer.state, "draft")

    def test_versions_stay(self):
        """Given two approvals, both wordings can be shown later, and nobody changes them."""
        self._approve_as_manager(self.answer)
        self.answer.body = "现在发到邮箱"
        self._approve_as_manager(self.answer)
        words = dict(self.answer.version_ids.mapped(lambda row: (row.number, row.body)))
        self.assertEqual(words, {2: "现在发到邮箱", 1: "电子发票当天发到手机"})
        with self.assertRaises(AccessError):
            self.answer.version_ids[0].with_user(self.users["hcrm_admin"]).body = "x"

    def _approve_as_manager(self, answer):
        answer.action_submit()
        answer.with_user(self.users["service_manager"]).action_approve()

    def test_four_eyes(self):
        """Who wrote it does not approve it, and medical advice needs a doctor."""
        own = self._answer("a?", "b", user="service_manager")
        own.action_submit()
        with self.assertRaisesRegex(AccessError, "four eyes"):
            own.action_approve()
        medical = self._answer("fever?", "come", is_medical=True)
        medical.action_submit()
        for role in ("service_manager", "nurse"):
            with self.assertRaisesRegex(AccessError, "doctor"):
                medical.with_user(self.users[role]).action_approve()
        medical.with_user(self.users["doctor"]).action_approve()
        self.assertEqual(medical.state, "approved")

    def test_who_wrote_last_does_not_approve(self):
        """Given the manager mended the words and the officer sent them in, another approves."""
        self.answer.with_user(self.users["service_manager"]).body = "other words"
        self.answer.action_submit()
        with self.assertRaisesRegex(AccessError, "four eyes"):
            self.answer.with_user(self.users["service_manager"]).action_approve()
        self.answer.with_user(self.users["doctor"]).action_approve()
        self.assertEqual(self.answer.state, "approved")

    def test_approval_is_no_field(self):
        for vals in ({"state": "approved"}, {"told_body": "x"}, {"version": 7}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.answer.write(vals)
        made = self._answer("x?", "y", state="approved", version=3)
        self.assertRecordValues(made, [{"state": "draft", "version": 0}])

    def test_best_first(self):
        """A word in the question counts more than one in the text; order and gaps do not matter."""
        self._approved("外地医保能直接结算吗？", "先备案，再结账")
        self._approved("怎么停车？", "停车费可用医保以外的方式结算")
        self.assertEqual(self._found("医保结算"), ["外地医保能直接结算吗？", "怎么停车？"])
        self.assertEqual(self._found("结算，用医保"), self._found("医保结算"))

    def test_keywords_and_english(self):
        self._approved("Invoice after discharge", "It is sent by mail", keywords="receipt bill")
        self.assertEqual(self._found("RECEIPT"), ["Invoice after discharge"])
        self.assertEqual(self._found("100% _ '; DROP"), [])
        self.assertEqual(self._found("%"), [])

    def test_department_head(self):
        """A head reads the hospital's answers and changes those of the own department."""
        own = self._approved("心内科在哪？", "三楼", department_id=self.cardiology.id)
        other = self._approved("肿瘤科在哪？", "五楼", department_id=self.oncology.id)
        head = self.users["department_head"]
        self.assertEqual(self._found("在哪", user="department_head"), [own.name])
        own.with_user(head).body = "四楼"
        with self.assertRaises(AccessError):
            other.with_user(head).body = "x"

    def test_other_hospitals_do_not_see_it(self):
        company = self.env["res.company"].create({"name": "Second hospital"})
        answer = self._approved("发热门诊在哪？", "北门")
        answer.sudo().company_id = company
        self.assertEqual(self._found("发热"), [])

    def test_read_again(self):
        """Given the day has come, the answer says so and its approver has a task, once."""
        answer = self._approved("收费？", "10")
        answer.sudo().review_on = fields.Date.today() - timedelta(days=1)
        for _run in range(2):
            self.env["hcrm.answer"]._cron_remind()
        self.assertEqual(answer.activity_ids.user_id, self.users["service_manager"])
        self.assertEqual(len(answer.activity_ids), 1)
        self.assertTrue(
            self.env["hcrm.answer"]
            .with_user(self.users["officer"])
            .find_answers("收费")[0]["is_stale"]
        )

    def test_used_answers_are_not_deleted(self):
        answer = self._approved("x?", "y")
        with self.assertRaises(UserError):
            answer.sudo().unlink()
        self.answer.sudo().unlink()

    def test_search_takes_the_same_queries(self):
        """Finding takes as many queries among fifty answers as among two."""
        self._approved("停车费一", "x")
        self._found("停车")
        counts = []
        for _round in range(2):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._found("停车")
            counts.append(self.env.cr.sql_log_count - start)
            for number in range(48 if not counts[1:] else 0):
                self._approved(f"停车费{number}号", "x")
            self._found("停车")
        self.assertLessEqual(counts[1], counts[0])

    def test_any_limit(self):
        """A request for less than nothing gets an answer, not an error of the database."""
        self._approved("停车怎么收费？", "前半小时免费")
        self.assertEqual(self._found("停车", limit=-1), ["停车怎么收费？"])
