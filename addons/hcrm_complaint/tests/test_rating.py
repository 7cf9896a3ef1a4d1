from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestRating(ComplaintCase, HttpCase):
    """Told without login, once, for one case; read by nobody whom it is about."""

    def setUp(self):
        super().setUp()
        self.officer, self.manager = self.users["officer"], self.users["service_manager"]
        self.case = self._answered()

    def _answered(self, **values):
        case = self._complain(**values).with_user(self.officer)
        case.action_accept()
        case.action_take()
        answer = self.env["hcrm.complaint.answer"].browse(case.action_answer()["res_id"])
        answer = answer.with_user(self.officer)
        answer.write({"conclusion": "upheld", "findings": "查实", "text": "情况属实。"})
        answer.action_submit()
        answer.with_user(self.manager).action_approve()
        return case

    def _path(self, case=None):
        return (case or self.case).sudo()._get_rating_address().partition("/feedback/")[2]

    def _rows(self):
        ratings = self.env["rating.rating"].sudo()
        return ratings.search([("res_model", "=", "hcrm.complaint")])

    def _post(self, path, **values):
        page = self.url_open(f"/feedback/{path}")
        found = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        self.csrf = found or self.csrf
        return self.url_open(f"/feedback/{path}", data={"csrf_token": self.csrf, **values})

    # the page

    def test_who_is_logged_in_does_not_become_the_writer(self):
        """Departments read who wrote a case last; the portal has a link to this page."""
        portal = self.users["portal"]
        portal.password = "test_portal"
        self.authenticate(portal.login, "test_portal")
        self.assertEqual(self._post(self._path(), score="1", settled="no").status_code, 200)
        self.env.invalidate_all()
        rows = self._rows()
        self.assertTrue(rows)
        writers = self.case.sudo().write_uid | rows.create_uid | rows.write_uid
        self.assertNotIn(portal, writers | self.case.sudo().activity_ids.create_uid)
        self.assertNotIn(portal.partner_id, self.case.sudo().message_ids.author_id)

    def test_rated_once_and_names_nobody(self):
        path = self._path()
        page = self._post(path, score="4", settled="yes", words="护士长亲自道歉。")
        self.assertEqual(page.status_code, 200)
        self.assertRecordValues(
            self._rows(),
            [
                {
                    "res_id": self.case.id,
                    "rating": 4.0,
                    "feedback": "护士长亲自道歉。",
                    "partner_id": False,
                    "consumed": True,
                }
            ],
        )
        self.assertEqual(self._rows().create_uid, self.env.ref("base.public_user"))
        self.case.invalidate_recordset()
        self.assertEqual(self.case.rating_last_value, 4.0)
        self.assertEqual(self._post(path, score="1").status_code, 200)
        self.assertEqual(self._rows().rating, 4.0)
        self.assertFalse(self.case.activity_ids)
        self.assertFalse(self.case.sudo()._rate(1))

    def test_looking_rates_nobody_and_tells_nothing(self):
        page = self.url_open(f"/feedback/{self._path()}")
        for secret in ("王秀英", "排队", "情况属实", self.case.receipt_number, "投诉"):
            self.assertNotIn(secret, page.text)
        self.assertIn("满意", page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertFalse(self._rows())

    def test_without_a_mark_nothing_is_kept_but_the_words(self):
        page = self._post(self._path(), words="<script>alert(1)</script>")
        self.assertEqual(page.status_code, 422)
        self.assertNotIn("<script>alert", page.text)
        self.assertIn("&lt;script&gt;", page.text)
        self.assertFalse(self._rows())

    def test_a_token_opens_one_case_only(self):
        other = self._answered()
        path = self._path()
        signed = path.rpartition("-")[2]
        for token in (
            f"{other.id}-0-{signed}",
            f"{self.case.id}-1-{signed}",
            f"{self.case.id}-0-{'0' * 32}",
            f"{self.case.id}-0-{signed[:-1]}",
            f"{self.case.id}",
            "0",
            "%00",
            "9999999999-0-" + signed,
        ):
            with self.subTest(token=token):
                self.assertEqual(self.url_open(f"/feedback/rate/{token}").status_code, 404)

    def test_opened_again_the_old_link_is_void(self):
        path = self._path()
        self.case._reopen("药费未退")
        self.assertEqual(self.url_open(f"/feedback/{path}").status_code, 404)

    def test_after_ninety_days_it_is_over(self):
        path = self._path()
        self.case.sudo().answered_at = fields.Datetime.now() - timedelta(days=91)
        self.assertEqual(self.url_open(f"/feedback/{path}").status_code, 404)
        self.assertFalse(self.case.sudo()._get_rating_address())

    def test_whoever_tries_many_is_held_up(self):
        path = self._path()
        for _turn in range(30):
            self.env["hcrm.rate.count"]._is_too_often("rating", "127.0.0.1", 30, 300)
        self.assertEqual(self.url_open(f"/feedback/{path}").status_code, 404)

    def test_the_status_page_tells_the_answer_to_who_has_the_pin(self):
        pin = self.case.sudo()._renew_pin()
        form = {"number": self.case.receipt_number, "secret": pin}
        page = self.url_open("/complaint/status", data=form)
        self.assertIn("情况属实。", page.text)
        self.assertIn(self._path(), page.text)
        page = self.url_open("/complaint/status", data={**form, "secret": "13800138001"})
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("情况属实。", page.text)
        self.assertNotIn("/feedback/rate/", page.text)

    # who reads it

    def test_read_by_the_office_only(self):
        self.case.write({"staff_ids": [(0, 0, {"told_name": "T-nurse"})]})
        self.case.sudo()._rate(1, "no", "还是不满意")
        ratings = self.env["rating.rating"]
        domain = [("res_model", "=", "hcrm.complaint")]
        for role, sees in {
            "officer": 1,
            "service_manager": 1,
            "leader": 0,
            "department_head": 0,
            "nurse": 0,
            "doctor": 0,
            "employee": 0,
            "marketing": 0,
        }.items():
            with self.subTest(role=role):
                rows = ratings.with_user(self.users[role])
                self.assertEqual(rows.search_count(domain), sees)
                self.assertEqual(rows.search_count([("feedback", "ilike", "不满意")]), sees)
                if not sees:
                    with self.assertRaises(AccessError):
                        self._rows().with_user(self.users[role]).read(["feedback"])
                    with self.assertRaises(AccessError):
                        self._rows().with_user(self.users[role]).write({"rating": 5})
        head = self.case.with_user(self.users["department_head"])
        self.assertEqual(head.rating_last_value, 1)
        with self.assertRaises(AccessError):
            head.read(["rating_last_feedback"])

    def test_an_accused_officer_does_not_read_it(self):
        second = self._user("second_officer", "hcrm_base.group_officer")
        self.case.sudo()._rate(1)
        rows = self.env["rating.rating"].with_user(second)
        self.assertEqual(rows.search_count([("res_model", "=", "hcrm.complaint")]), 1)
        self.case.write({"staff_ids": [(0, 0, {"employee_id": second.employee_ids.id})]})
        self.assertEqual(rows.search_count([("res_model", "=", "hcrm.complaint")]), 0)

    def test_ratings_of_others_stay_as_they_are(self):
        model = self.env["ir.model"]._get_id("res.partner")
        rating = self.env["rating.rating"].create(
            {"res_model_id": model, "res_id": self.wang.id, "rating": 5}
        )
        self.assertEqual(rating.with_user(self.users["nurse"]).rating, 5)

    # the second call-back

    def test_not_content_somebody_else_calls(self):
        second = self._user("second_manager", "hcrm_base.group_service_manager")
        self.case.sudo()._rate(2)
        task = self.case.activity_ids
        self.assertEqual(
            task.activity_type_id, self.env.ref("hcrm_complaint.mail_activity_type_second_call")
        )
        self.assertNotIn(task.user_id, self.officer | self.manager)
        self.assertTrue(task.user_id.has_group("hcrm_base.group_service_manager"))
        self.assertTrue(second)

    def test_content_but_not_settled_is_called_too(self):
        self.case.sudo()._rate(5, "no")
        self.assertTrue(self.case.activity_ids)

    def test_a_small_office_calls_all_the_same(self):
        self.env.ref("hcrm_base.group_officer").all_user_ids.filtered(
            lambda user: user != self.officer
        ).sudo().write({"active": False})
        self.case.sudo()._rate(1)
        self.assertTrue(self.case.activity_ids.user_id.active)

    # one reminder

    def test_reminded_once(self):
        cases = self.env["hcrm.complaint"]
        self.case.sudo().answered_at = fields.Datetime.now() - timedelta(days=8)
        young = self._answered()
        for _turn in range(2):
            cases._remind_batch()
        messages = self.env["hcrm.communication"].sudo()
        reminders = messages.search([("idempotency_key", "like", "/remind/")])
        self.assertEqual(reminders.res_id, self.case.id)
        self.assertIn(self._path(), reminders.body_stored)
        self.assertFalse(young.reminded_at)

    def test_who_rated_is_not_reminded(self):
        self.case.sudo().answered_at = fields.Datetime.now() - timedelta(days=8)
        self.case.sudo()._rate(5)
        self.env["hcrm.complaint"]._remind_batch()
        self.assertFalse(self.case.reminded_at)


@tagged("post_install", "-at_install")
class TestSuggestion(ComplaintCase):
    """Suggestions are assessed, carried out and looked back on; praise reaches those praised."""

    def setUp(self):
        super().setUp()
        self.officer = self.users["officer"]

    def _taken(self, kind, text, **values):
        case = self._complain(text, kind=kind, **values).with_user(self.officer)
        case.action_accept()
        return case

    def test_adopted_carried_out_and_looked_back_on(self):
        case = self._taken("suggestion", "门诊加装饮水机")
        answer = case._adopt("下月在二楼安装。", fields.Date.today() + timedelta(days=30))
        self.assertEqual(case.suggestion_state, "adopted")
        self.assertIn("下月在二楼安装。", answer.text)
        answer.action_send()
        self.assertEqual(case.state, "answered")
        news = case._carry_out("饮水机已启用。")
        self.assertEqual(news.purpose, "news")
        news.action_send()
        self.assertEqual(case.state, "answered")
        self.assertTrue(case.activity_ids)
        case._note_effect("日均使用三百人次。")
        self.assertEqual(case.suggestion_state, "proven")
        self.assertFalse(case.activity_ids)
        messages = self.env["hcrm.communication"].sudo()
        sent = messages.search([("res_id", "=", case.id), ("idempotency_key", "like", "/answer/")])
        self.assertEqual(len(sent), 2)

    def test_not_adopted_with_a_reason(self):
        case = self._taken("suggestion", "病房养宠物")
        with self.assertRaises(UserError):
            case._turn_down(" ")
        answer = case._turn_down("感染控制规定不允许。")
        self.assertIn("感染控制", answer.text)
        with self.assertRaises(UserError):
            case._carry_out("做了")

    def test_steps_in_their_order(self):
        case = self._taken("suggestion", "加装饮水机")
        with self.assertRaises(UserError):
            case._carry_out("做了")
        with self.assertRaises(UserError):
            case._note_effect("好")
        with self.assertRaises(UserError):
            self._taken("inquiry", "几点开门？")._adopt("好")

    def test_praise_reaches_the_praised_and_the_head(self):
        self.cardiology.manager_id = self.oncology_head.employee_ids
        case = self._taken("praise", "王秀英感谢护士", staff=["T-nurse"])
        with self.assertRaises(UserError):
            case._pass_praise("王秀英感谢你")
        answer = case._pass_praise("一位患者感谢您耐心细致。")
        told = self.env["mail.message"].sudo().search([("body", "like", "耐心细致")])
        self.assertEqual(
            told.notified_partner_ids,
            (self.users["nurse"] | self.oncology_head).partner_id,
        )
        self.assertFalse(told.model)
        answer.action_send()
        case.action_close()
        self.assertEqual(case.state, "closed")

    def test_praise_of_nobody_is_refused(self):
        case = self._taken("praise", "谢谢大家", department_id=False)
        with self.assertRaises(UserError):
            case._pass_praise("谢谢大家")
