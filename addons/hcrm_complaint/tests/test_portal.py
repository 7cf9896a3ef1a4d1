import re
from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import hcrm_complaint_portal_mixin
from .common import ComplaintCase

PASSWORD = "test_portal"
PDF = b"%PDF-1.4 pretended"
FILES = "hcrm.complaint.complainant"


@tagged("post_install", "-at_install")
class TestPortal(HttpCase, ComplaintCase):
    """The own cases and no others; what is added leaves no trace of who."""

    def setUp(self):
        super().setUp()
        self.env["hcrm.rate.count"]._gc_counts()
        self.env["res.lang"]._activate_lang("en_US")
        self.portal = self.users["portal"]
        self.portal.write({"password": PASSWORD, "lang": "en_US"})
        self.me = self.portal.partner_id
        self.me.kind_ids = self.patient_kind
        self.case = self._complain(partner_id=self.me.id)
        self.env.flush_all()
        self.authenticate(self.portal.login, PASSWORD)
        self.opener.cookies["frontend_lang"] = "en_US"  # as logging in does

    def _open(self, case=None, rest=""):
        return self.url_open(f"/my/complaints/{(case or self.case).id}{rest}")

    def _add(self, text="", files=None, case=None, token=None):
        token = token or self._token()
        return self.url_open(
            f"/my/complaints/{(case or self.case).id}",
            data={"csrf_token": token, "text": text},
            files=files or {"x": ("", b"")},
        )

    def _token(self):
        return re.search(r'name="csrf_token" value="([^"]+)"', self._open().text)[1]

    def _attached(self, case=None):
        person = (case or self.case).complainant_ids
        return self.env["ir.attachment"].search(
            [("res_model", "=", FILES), ("res_id", "=", person.id)]
        )

    def _child(self, **values):
        child = self._person("小顾", birth_date="2021-01-02", phone="13800009999")
        self.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": self.me.id,
                "relation": "parent",
                "may_consent": True,
                **values,
            }
        )
        return child

    # WHOSE

    def test_list_and_page(self):
        self.assertIn("/my/complaints", self.url_open("/my/home").text)
        page = self.url_open("/my/complaints").text
        self.assertIn(self.case.number, page)
        self.assertIn("排队三个小时", page)
        page = self._open().text
        self.assertIn("looking at it", page)
        self.assertRegex(page, r"By \d\d/\d\d/\d{4} we tell you")

    def test_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["hcrm_complaint"], ["zh_CN"])
        self.opener.cookies["frontend_lang"] = "zh_CN"
        for page in (self.url_open("/my/complaints").text, self._open().text):
            main = page.partition("<main")[2].partition("</main")[0]
            self.assertIn("我向医院反映的事", main)
            self.assertNotIn("What I told", main)

    @mute_logger("odoo.http")
    def test_anothers_is_as_if_it_were_not(self):
        other = self._complain(text="SECRETWORDS", files=[("a.pdf", "application/pdf", PDF)])
        missing = self.cases.browse(other.id + 100_000)
        answers = [self._open(other), self._open(missing)]
        answers += [self._add("more", case=one) for one in (other, missing)]
        file = self._attached(other)
        answers += [self._open(one, f"/files/{file.id}") for one in (other, missing, self.case)]
        self.assertEqual({one.status_code for one in answers}, {404})
        bodies = {
            one.text.partition("<main")[2].replace(f"complaints/{case.id}", "")
            for one, case in zip(answers[:2], (other, missing), strict=True)
        }
        self.assertEqual(len(bodies), 1)
        self.assertNotIn("SECRETWORDS", answers[0].text)
        self.assertNotIn(other.number, self.url_open("/my/complaints").text)
        self.assertEqual(len(other.statement_ids), 1)

    def test_a_child_that_one_decides_for(self):
        child = self._child()
        case = self._complain(partner_id=child.id)
        self.assertEqual(self._open(case).status_code, 200)
        self.assertIn("小顾", self.url_open("/my/complaints").text)

    @mute_logger("odoo.http")
    def test_a_grown_ward_complains_without_the_guardian(self):
        ward = self._child(relation="guardian")
        case = self._complain(partner_id=ward.id)
        self.assertEqual(self._open(case).status_code, 200)
        ward.birth_date = "1980-01-02"
        self.assertEqual(self._open(case).status_code, 404)

    @mute_logger("odoo.http")
    def test_not_of_whom_one_no_longer_decides_for(self):
        for values in ({"date_end": "2020-01-01"}, {"may_consent": False}):
            case = self._complain(partner_id=self._child(**values).id)
            self.assertEqual(self._open(case).status_code, 404)

    def test_anonymous_is_nobodys(self):
        case = self._complain(partner_id=False, is_anonymous=True)
        self.assertNotIn(case.number, self.url_open("/my/complaints").text)

    @mute_logger("odoo.http")
    def test_whom_it_is_about_finds_nothing(self):
        """Portal users, colleagues, and staff without a login of their own for work."""
        case = self._complain(partner_id=self._child().id)
        nurse = new_test_user(
            self.env, login="nurse_at_home", groups="base.group_user", password=PASSWORD * 2
        )
        nurse.partner_id.kind_ids = self.patient_kind
        about_nurse = self._complain(partner_id=nurse.partner_id.id)
        employees = self.env["hr.employee"]
        by_login = employees.create({"name": "Nurse", "user_id": nurse.id})
        by_contact = employees.create({"name": "Aide", "work_contact_id": self.me.id})
        for one, employee in ((case, by_contact), (about_nurse, by_login)):
            one.staff_ids = [Command.create({"employee_id": employee.id, "role": "accused"})]
        self.env.flush_all()
        self.assertEqual(self._open(case).status_code, 404)
        self.assertNotIn(case.number, self.url_open("/my/complaints").text)
        self.authenticate(nurse.login, PASSWORD * 2)
        self.assertEqual(self._open(about_nurse).status_code, 404)
        self.assertNotIn(about_nurse.number, self.url_open("/my/complaints").text)

    def test_nobody_without_login(self):
        self.logout()
        page = self._open()
        self.assertIn("/web/login", page.url)

    # ANSWERS

    def test_answers_that_were_sent_only(self):
        case = self.case.with_user(self.users["officer"])
        case.action_accept()
        case.action_take()
        answer = self.env["hcrm.complaint.answer"].browse(case.action_answer()["res_id"])
        answer = answer.with_user(self.users["officer"])
        answer.write({"conclusion": "upheld", "findings": "内部查实", "text": "情况属实，已整改。"})
        answer.action_submit()
        self.env.flush_all()
        page = self._open().text
        self.assertNotIn("已整改", page)
        self.assertNotIn("approv", page.partition("<main")[2].lower())
        answer.with_user(self.users["service_manager"]).action_approve()
        self.env.flush_all()
        page = self._open().text
        self.assertIn("已整改", page)
        self.assertNotIn("内部查实", page)
        self.assertIn("/feedback/rate/", page)

    # ADDING

    def test_more_words_and_files(self):
        page = self._add("后来又等了一小时。<b>", [("files", ("单据.pdf", PDF, "text/html"))])
        self.assertIn("It was added", page.text)
        self.assertIn("&lt;b&gt;", page.text)
        self.assertEqual(self.case.statement_ids.mapped("version"), [2, 1])
        self.assertTrue(all(one.is_sealed for one in self.case.statement_ids))
        [file] = self._attached()
        fetched = self._open(rest=f"/files/{file.id}")
        self.assertEqual(fetched.content, PDF)
        self.assertIn("attachment", fetched.headers["Content-Disposition"])
        self.assertEqual(fetched.headers["X-Content-Type-Options"], "nosniff")

    def test_what_is_added_does_not_tell_who(self):
        """Departments read who wrote a case last: it is the system."""
        before = self.case.message_ids
        self._add("mine", [("files", ("a.pdf", PDF, "x"))])
        self.env.invalidate_all()
        new = self.case.message_ids - before
        self.assertTrue(new)
        self.assertNotIn(self.portal, self.case.write_uid | new.create_uid | new.write_uid)
        self.assertNotIn(self.me, new.author_id | self.case.message_partner_ids)

    def test_who_has_the_case_is_called(self):
        officer = self.users["officer"]
        self.case.with_user(officer).action_accept()
        self.case.with_user(officer).action_take()
        self.env.flush_all()
        self._add("more")
        self.assertIn(officer, self.case.activity_ids.user_id)

    def test_twice_is_once(self):
        token = self._token()
        for _n in range(2):
            self._add("again", [("files", ("a.pdf", PDF, "x"))], token=token)
        self.assertEqual(len(self.case.statement_ids), 2)
        self.assertEqual(len(self._attached()), 1)

    def test_twice_with_something_between_is_once(self):
        token = self._token()
        for text in ("one", "two", "one"):
            self._add(text, token=token)
        self.assertEqual(self.case.statement_ids.mapped("version"), [3, 2, 1])

    def test_the_same_words_another_day_are_new(self):
        token = self._token()
        with patch.object(hcrm_complaint_portal_mixin, "SAME_CLICK", timedelta(minutes=-1)):
            for _n in range(2):
                self._add("Still no answer?", token=token)
        self.assertEqual(self.case.statement_ids.mapped("version"), [3, 2, 1])

    @mute_logger("odoo.http")
    def test_what_is_not_taken(self):
        bomb = [("files", ("bomb.zip", b"PK\x03\x04" + b"0" * 90, "application/pdf"))]
        for text, files in (("", None), (" \n ", None), ("kept words", bomb)):
            page = self._add(text, files)
            self.assertEqual(page.status_code, 422)
            self.assertIn("hcrm_wrong", page.text)
            self.assertIn(text.strip(), page.text)
        self.assertEqual(len(self.case.statement_ids), 1)
        self.assertFalse(self._attached())

    @mute_logger("odoo.http")
    def test_a_closed_one_takes_nothing(self):
        self.env.cr.execute(
            "UPDATE hcrm_complaint SET state = 'refused', is_open = FALSE WHERE id = %s",
            [self.case.id],
        )
        self.env.invalidate_all()
        self.assertNotIn("<textarea", self._open().text)
        other = self._complain(partner_id=self.me.id)
        token = re.search(r'name="csrf_token" value="([^"]+)"', self._open(other).text)[1]
        self.assertEqual(self._add("more", token=token).status_code, 422)
        self.assertEqual(len(self.case.statement_ids), 1)

    @mute_logger("odoo.http")
    def test_floods_end(self):
        token = self._token()
        states = [self._add(f"more {n}", token=token).status_code for n in range(21)]
        self.assertEqual(states, [200] * 20 + [422])

    # COST

    def test_queries_do_not_grow(self):
        self.cases._take_in(
            [
                {"kind": "complaint", "channel": "web", "text": f"{n}", "partner_id": self.me.id}
                for n in range(50)
            ]
        )
        self.env.flush_all()
        cases = self.cases.with_user(self.portal)
        cases._portal_cases(limit=1)._portal_lines()  # what stays in memory
        for count in (1, 50):
            self.env.invalidate_all()
            with self.subTest(count=count), self.assertQueryCount(16):
                self.assertEqual(len(cases._portal_cases(limit=count)._portal_lines()), count)
