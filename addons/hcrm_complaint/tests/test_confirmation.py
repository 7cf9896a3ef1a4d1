import base64
import io
import re
from datetime import timedelta

from PIL import Image, ImageDraw

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import ComplaintCase

WORDS = "9月3日下午三点，CT室让我等了三个小时。"


def signature(ink=True):
    picture = Image.new("RGBA", (600, 200))
    if ink:
        ImageDraw.Draw(picture).line((40, 160, 220, 30, 400, 150, 560, 50), fill="#10233a", width=6)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()


@tagged("post_install", "-at_install")
class TestConfirmation(ComplaintCase, HttpCase):
    """Typed by an officer, confirmed by the person: signed on a screen, or by a code."""

    def setUp(self):
        super().setUp()
        self.env["hcrm.rate.count"]._gc_counts()
        self.officer = self.users["officer"]
        self.case = self._complain(WORDS).with_user(self.officer)

    def _asked(self, case=None):
        """As the officer's button does it; return (dialog, what was asked)."""
        case = case or self.case
        action = case.with_user(self.officer).action_confirm_statement()
        dialog = self.env[action["res_model"]].with_user(self.officer).browse(action["res_id"])
        return dialog, dialog.confirmation_id.sudo()

    def _path(self, asked=None):
        asked = asked or self._asked()[1]
        return "/feedback" + asked._get_address().partition("/feedback")[2]

    csrf = ""

    def _post(self, path, **values):
        page = self.url_open(path)
        found = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        self.csrf = found or self.csrf
        return self.url_open(path, data={"csrf_token": self.csrf, **values})

    def _sent(self, case=None):
        key = f"complaint/{(case or self.case).id}/confirm/%"
        return self.env["hcrm.communication"].search([("idempotency_key", "=like", key)])

    def _code(self, case=None):
        return re.search(r"\d{6}", self._sent(case).sorted("id")[-1:].body_stored)[0]

    def _statement(self, case=None):
        return (case or self.case).sudo().complainant_ids.statement_id

    def _files(self):
        person = self.case.sudo().complainant_ids
        return self.env["ir.attachment"].search(
            [("res_model", "=", person._name), ("res_id", "=", person.id)]
        )

    # the page

    def test_staff_who_complain_are_not_named_by_confirming(self):
        nurse = self.users["nurse"]
        nurse.password = nurse.login
        self.authenticate(nurse.login, nurse.login)
        path = self._path()
        self.assertEqual(self.url_open(path).status_code, 200)
        self._post(path, step="sign", signature=signature())
        self.env["hcrm.access.log"]._flush_notes()
        logs = self.env["hcrm.access.log"].sudo().search([("res_model", "=", "hcrm.complaint")])
        self.assertTrue(logs)
        self.assertNotIn(nurse, logs.user_id | logs.real_user_id)
        case = self.case.sudo()
        self.assertNotIn(nurse, case.message_ids.create_uid | case.activity_ids.create_uid)
        self.assertNotIn(nurse.name, self._statement().confirmation_detail or "")

    def test_a_picture_of_a_size_beyond_reason_is_none(self):
        huge = io.BytesIO()
        Image.new("1", (20000, 20000)).save(huge, "PNG")
        sent = "data:image/png;base64," + base64.b64encode(huge.getvalue()).decode()
        page = self._post(self._path(), step="sign", signature=sent)
        self.assertEqual(page.status_code, 422)

    def test_signed_on_a_screen(self):
        path = self._path()
        page = self.url_open(path)
        self.assertIn(WORDS, page.text)
        for secret in ("王秀英", "投诉", self.case.intake_number):
            self.assertNotIn(secret, page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertIn("script-src 'self'", page.headers["Content-Security-Policy"])
        self.assertFalse(self._statement().confirmed_by, "looking confirms nothing")
        page = self._post(path, step="sign", signature=signature())
        self.assertEqual(page.status_code, 200)
        statement = self._statement()
        self.assertRecordValues(
            statement, [{"confirmed_by": "signature", "is_sealed": True, "version": 1}]
        )
        self.assertTrue(statement.confirmed_at)
        [file] = self._files()
        self.assertEqual((file.mimetype, file.raw[:4]), ("image/png", b"\x89PNG"))
        self.assertIn(file.name, statement.confirmation_detail)
        self.assertFalse(
            self.env["ir.attachment"].search(
                [("res_model", "=", "hcrm.complaint"), ("res_id", "=", self.case.id)]
            )
        )
        self.assertFalse(self.case.needs_confirmation)

    def test_whose_screen_it_was(self):
        """A page that opened where the officer is logged in says so: others signed elsewhere."""
        path = self._path()
        self.authenticate(self.officer.login, self.officer.login)
        self._post(path, step="sign", signature=signature())
        detail = self._statement().confirmation_detail
        self.assertIn(self.officer.name, detail)
        other = self._complain("另一件")
        self.authenticate(None, None)
        self._post(self._path(self._asked(other)[1]), step="sign", signature=signature())
        self.assertNotIn(self.officer.name, self._statement(other).confirmation_detail)

    def test_once_only(self):
        path = self._path()
        self._post(path, step="sign", signature=signature())
        before = self._statement().read()
        for step in ("sign", "wrong", "send", "check"):
            page = self._post(path, step=step, signature=signature(), words="不对", code="000000")
            self.assertEqual(page.status_code, 200)
            self.assertNotIn(WORDS, page.text, "what was answered is not shown again")
        self.assertEqual(self._statement().read(), before)
        self.assertEqual(len(self._files()), 1)
        self.assertFalse(self._sent())
        with self.assertRaises(UserError):
            self.case.action_confirm_statement()

    def test_what_is_no_signature(self):
        path = self._path()
        for sent in ("", "x", signature(ink=False), "data:image/svg+xml;base64,PHN2Zy8+"):
            with self.subTest(sent=sent[:30]):
                page = self._post(path, step="sign", signature=sent)
                self.assertEqual(page.status_code, 422)
                self.assertIn(WORDS, page.text)
        self.assertFalse(self._statement().confirmed_by)
        self.assertFalse(self._files())

    def test_the_words_are_text(self):
        case = self._complain("<script>alert(1)</script>&")
        page = self.url_open(self._path(self._asked(case)[1]))
        self.assertNotIn("<script>alert", page.text)
        self.assertIn("&lt;script&gt;", page.text)

    def test_in_the_language_of_the_person(self):
        case = self._complain("I waited.", lang="en_US")
        self.assertIn(
            "Is this what you told us?", self.url_open(self._path(self._asked(case)[1])).text
        )
        self.assertIn("这是您", self.url_open(self._path()).text)

    def test_tokens(self):
        path = self._path()
        self._path(self._asked(self._complain())[1])
        other = self._asked(self._complain("另一件"))[1]
        signed = path.rpartition("-")[2]
        for token in (f"{other.id}-{signed}", f"0-{signed}", f"9999999-{signed}", "x", "%00"):
            with self.subTest(token=token):
                self.assertEqual(self.url_open(f"/feedback/confirm/{token}").status_code, 404)

    def test_too_late(self):
        asked = self._asked()[1]
        path = self._path(asked)
        asked.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        page = self.url_open(path)
        self.assertEqual(page.status_code, 404)
        self.assertNotIn(WORDS, page.text)

    def test_asked_anew_the_former_page_is_void(self):
        former = self._path()
        latter = self._path()
        self.assertEqual(self.url_open(former).status_code, 404)
        self.assertEqual(self.url_open(latter).status_code, 200)

    # versions

    def test_words_changed_meanwhile(self):
        dialog, asked = self._asked()
        path = self._path(asked)
        dialog.action_send()
        code = self._code()
        self._post(path)
        self.case.statement_text = WORDS + "没有人道歉。"
        page = self.url_open(path, data={"csrf_token": self.csrf, "step": "sign",
                                         "signature": signature()})  # fmt: skip
        self.assertEqual(page.status_code, 404)
        dialog.code = code
        with self.assertRaises(UserError):
            dialog.action_check()
        self.assertEqual(set(self.case.sudo().statement_ids.mapped("confirmed_by")), {False})
        self.assertFalse(self._files())

    def test_a_later_version_is_not_confirmed(self):
        self._post(self._path(), step="sign", signature=signature())
        self.case.statement_text = WORDS + "没有人道歉。"
        first, second = self.case.sudo().statement_ids.sorted("version")
        self.assertEqual(first.confirmed_by, "signature")
        self.assertFalse(second.confirmed_by)
        self.assertTrue(self.case.needs_confirmation)
        self.assertTrue(first.is_sealed and second.is_sealed)
        with self.assertRaises(UserError):
            self._complain_again_old(first)

    def _complain_again_old(self, first):
        """The former version cannot be confirmed once more, whatever asks for it."""
        self.assertFalse(first._confirm("code"))
        middle = self._statement()
        self.case.statement_text = WORDS + "第三版"
        middle._confirm("code")

    def test_a_broken_seal_is_not_confirmed(self):
        statement = self._statement()
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE hcrm_complaint_statement DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE hcrm_complaint_statement SET text = 'x' WHERE id = %s", [statement.id]
        )
        self.env.cr.execute("ALTER TABLE hcrm_complaint_statement ENABLE TRIGGER USER")
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            statement._confirm("signature")
        self.assertFalse(statement.confirmed_by)

    # something is wrong

    def test_something_is_wrong(self):
        path = self._path()
        self.assertEqual(self._post(path, step="wrong", words=" \x00 ").status_code, 422)
        page = self._post(path, step="wrong", words="是四个小时，不是三个。")
        self.assertEqual(page.status_code, 200)
        self.assertFalse(self._statement().confirmed_by)
        [task] = self.case.sudo().activity_ids
        self.assertEqual(task.user_id, self.officer)
        self.assertNotIn("四个小时", f"{task.note}{task.summary}")
        self.assertTrue(task.summary)
        self.case.invalidate_recordset()
        self.assertEqual(self.case.wrong_words, "是四个小时，不是三个。")
        page = self._post(path, step="sign", signature=signature())
        self.assertFalse(self._statement().confirmed_by, "an answer is given once")
        self.case.statement_text = WORDS.replace("三个", "四个")
        self.assertFalse(self.case.wrong_words)
        self._post(self._path(), step="sign", signature=signature())
        self.assertEqual(self._statement().confirmed_by, "signature")
        self.assertFalse(self.case.sudo().activity_ids, "the task is done")

    # the code

    def test_told_to_the_officer(self):
        dialog, asked = self._asked()
        dialog.action_send()
        [message] = self._sent()
        self.assertEqual((message.recipient_id, message.purpose), (self.wang, "service"))
        for word in ("投诉", "王秀英", "CT", self.case.intake_number):
            self.assertNotIn(word, message.sudo().body_stored)
        dialog.code = " ".join(self._code())
        dialog.action_check()
        statement = self._statement()
        self.assertEqual(statement.confirmed_by, "code")
        self.assertEqual(statement.confirmation_detail, "138****8001")
        self.assertEqual(asked.outcome, "right")
        dialog.action_check()
        self.assertEqual(statement, self._statement())

    def test_typed_on_the_page(self):
        path = self._path()
        self.assertIn("138****8001", self.url_open(path).text)
        self._post(path, step="send")
        self.assertEqual(self._post(path, step="check", code="x").status_code, 403)
        self.assertEqual(self._post(path, step="check", code=self._code()).status_code, 200)
        self.assertEqual(self._statement().confirmed_by, "code")

    def test_guessing_is_stopped(self):
        dialog, asked = self._asked()
        dialog.action_send()
        right, path = self._code(), self._path(asked)
        wrong = "000000" if right != "000000" else "111111"
        for _turn in range(5):
            self.assertEqual(self._post(path, step="check", code=wrong).status_code, 403)
        self.assertEqual(self._post(path, step="check", code=right).status_code, 403)
        dialog.code = right
        with self.assertRaises(UserError):
            dialog.action_check()
        self.assertFalse(self._statement().confirmed_by)
        dialog.action_send()
        dialog.code = self._code()
        dialog.action_check()
        self.assertEqual(self._statement().confirmed_by, "code", "a new code has tries of its own")

    def test_a_day_has_so_many_tries(self):
        for _turn in range(20):
            self.env["hcrm.rate.count"]._is_too_often(
                "complaint-confirm-try-case", self.case.id, 20, 86400
            )
        dialog, _asked = self._asked()
        dialog.action_send()
        dialog.code = self._code()
        with self.assertRaises(UserError):
            dialog.action_check()

    def test_an_old_code_and_one_of_another_case(self):
        dialog, asked = self._asked()
        dialog.action_send()
        first = self._code()
        other_dialog, _other = self._asked(self._complain("另一件"))
        other_dialog.code = first
        with self.assertRaises(UserError):
            other_dialog.action_check()
        asked.code_expires_at = fields.Datetime.now() - timedelta(seconds=1)
        dialog.code = first
        with self.assertRaises(UserError):
            dialog.action_check()
        dialog.action_send()
        if self._code() != first:
            with self.assertRaises(UserError):
                dialog.action_check()

    def test_codes_do_not_flood_a_phone(self):
        for _turn in range(3):
            self._asked()[0].action_send()
        dialog, asked = self._asked()
        with self.assertRaises(UserError):
            dialog.action_send()
        page = self._post(self._path(asked), step="send")
        self.assertEqual(page.status_code, 422)
        self.assertEqual(len(self._sent()), 3)

    def test_nobody_to_send_a_code_to(self):
        case = self._complain(partner_id=False, is_anonymous=True)
        dialog, asked = self._asked(case)
        self.assertFalse(dialog.phone)
        with self.assertRaises(UserError):
            dialog.action_send()
        self.assertNotIn('value="send"', self.url_open(self._path(asked)).text)

    # which ones need it

    def test_which_need_it(self):
        letter = self._complain("来信", channel="letter")
        box = self._complain("意见箱", channel="box", partner_id=False, is_anonymous=True)
        phone = self._complain("电话", channel="phone")
        own = self._complain("网上", channel="web", confirmed_by="own")
        ours = self.case | letter | box | phone | own
        needing = [("needs_confirmation", "=", True), ("id", "in", ours.ids)]
        cases = self.cases.with_user(self.officer)
        self.assertEqual(cases.search(needing), self.case | letter)
        self.assertEqual(
            ours.with_user(self.officer).filtered("needs_confirmation"), self.case | letter
        )
        self._post(self._path(), step="sign", signature=signature())
        self.assertEqual(cases.search(needing), letter)
        letter.with_user(self.officer).action_accept()
        self.assertEqual(letter.state, "accepted", "accepting waits for nothing")
        letter.sudo()._move("working")
        letter.sudo()._move("answered")
        self.assertFalse(cases.search(needing), "what was answered needs none")

    def test_cost(self):
        more = self.cases.union(*(self._complain(f"第{n}件") for n in range(50)))
        self.case.mapped("needs_confirmation")  # what a worker keeps
        for cases in (self.case, more.with_user(self.officer)):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count=len(cases)), self.assertQueryCount(20):
                self.assertTrue(all(cases.mapped("needs_confirmation")))

    # who may

    def test_only_the_office(self):
        self.case.action_accept()
        self.case._offer(self.cardiology_desk, "请查")
        head = self.users["department_head"]
        seen = self.case.with_user(head)
        self.assertTrue(seen.name)
        self.assertFalse(seen.needs_confirmation)
        self.assertFalse(seen.search([("needs_confirmation", "=", True)]))
        dialog, asked = self._asked()
        for name in ("department_head", "leader", "nurse", "hcrm_admin", "employee"):
            user = self.users[name]
            with self.subTest(user=name):
                with self.assertRaises(AccessError):
                    self.case.with_user(user).action_confirm_statement()
                with self.assertRaises(AccessError):
                    dialog.with_user(user).action_show()
                with self.assertRaises(AccessError):
                    asked.with_user(user).read(["wrong_words"])

    def test_the_accused_officer_sees_nothing(self):
        second = self._user("second_officer", "hcrm_base.group_officer")
        case = self._complain(staff=["T-second_officer"])
        _dialog, asked = self._asked(case)
        self.assertIn(second, case.sudo().accused_user_ids)
        rows = self.env["hcrm.complaint.confirmation"].with_user(second)
        self.assertFalse(rows.search([("id", "=", asked.id)]))
        self.assertFalse(
            self.cases.with_user(second).search(
                [("needs_confirmation", "=", True), ("id", "=", case.id)]
            )
        )
        with self.assertRaises(AccessError):
            asked.with_user(second).read(["sent_to"])
        forged = self.env["hcrm.complaint.confirm"].with_user(second)
        with self.assertRaises(AccessError):
            forged.create({"confirmation_id": asked.id}).action_send()
        self.assertFalse(self._sent(case))
