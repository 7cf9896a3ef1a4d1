import re
import time
from unittest.mock import patch

import requests

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..controllers import public_form
from ..models import hcrm_complaint_lookup
from ..tools import form_token, numbers

PDF = b"%PDF-1.4 pretended"


@tagged("post_install", "-at_install")
class TestPublicForm(HttpCase):
    """What strangers send: nothing typed is lost, nothing hostile gets in."""

    def setUp(self):
        super().setUp()
        self.env["hcrm.rate.count"]._gc_counts()
        self.cases = self.env["hcrm.complaint"]

    def _mark(self, age=60):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        return form_token.make(secret, time.time() - age)

    def _send(self, files=None, lang="en", **typed):
        form = {
            "mark": self._mark(), "kind": "complaint", "text": "I waited for three hours.",
            "name": "Wang Xiuying", "phone": "13800138001", "relation": "self", "lang": lang,
            **typed,
        }  # fmt: skip
        return self.url_open("/complaint", data=form, files=files or {"x": ("", b"")})

    def _last(self):
        return self.cases.search([], order="id DESC", limit=1)

    def test_a_form_becomes_a_case_with_number_and_pin(self):
        page = self._send(department="nowhere", staff="Dr. Who")
        case = self._last()
        self.assertEqual(page.status_code, 200)
        self.assertIn(case.number, page.text)
        pin = next(part for part in page.text.split("</p>") if "PIN" in part and "Your" in part)
        self.assertTrue(pin)
        self.assertEqual(case.channel, "web")
        self.assertEqual(case.statement_ids.confirmed_by, "own")
        self.assertEqual(case.staff_ids.told_name, "Dr. Who")

    def test_a_double_click_makes_one_case_and_one_receipt(self):
        mark = self._mark()
        first, second = self._send(mark=mark), self._send(mark=mark)
        self.assertEqual(first.text, second.text)
        self.assertEqual(self.cases.search_count([("intake_key", "=", f"web/{mark}")]), 1)
        case = self.cases.search([("intake_key", "=", f"web/{mark}")])
        messages = self.env["hcrm.communication"].search(
            [("res_model", "=", case._name), ("res_id", "=", case.id)]
        )
        self.assertEqual(len(messages), 1)

    def test_nothing_typed_is_lost(self):
        page = self._send(text="Long story", name="", phone="")
        self.assertEqual(page.status_code, 422)
        self.assertIn("Long story", page.text)
        self.assertIn("stay anonymous", page.text)

    def test_html_is_shown_as_text(self):
        page = self._send(text="<script>alert(1)</script>", name="")
        self.assertNotIn("<script>", page.text)
        self._send(text="<script>alert(1)</script>", anonymous="1")
        self.assertEqual(self._last().statement_ids.text, "<script>alert(1)</script>")

    def test_robots_are_asked_again(self):
        before = self.cases.search_count([])
        for typed in ({"website": "http://x"}, {"mark": "1.2.3"}, {"mark": self._mark(age=0)}):
            self.assertEqual(self._send(**typed).status_code, 422)
        self.assertEqual(self._send(mark=self._mark(age=90_000)).status_code, 422)
        self.assertEqual(self.cases.search_count([]), before)

    def test_floods_end(self):
        answers = [self._send(name=f"N{n}") for n in range(8)]
        self.assertEqual([one.status_code for one in answers], [200] * 6 + [422] * 2)
        # written in another way it is the same number
        self.assertEqual(self._send(phone="+86 138-0013-8001").status_code, 422)

    def test_a_neighbour_at_the_same_address_is_not_locked_out(self):
        for n in range(8):
            self._send(name=f"N{n}")
        self.assertEqual(self._send(phone="13900139000").status_code, 200)
        self.assertEqual(self._send(anonymous="1").status_code, 200)

    def test_the_address_and_the_total_protect(self):
        for limit in ("OF_AN_ADDRESS", "OF_ALL"):
            self.env["hcrm.rate.count"]._gc_counts()
            with self.subTest(limit=limit), patch.object(public_form, limit, ((3, 3600),)):
                answers = [self._send(phone=f"1390013{n:04d}") for n in range(5)]
                self.assertEqual([one.status_code for one in answers], [200] * 3 + [422] * 2)

    def test_a_flood_is_refused_before_its_files_are_read(self):
        with (
            patch.object(public_form, "OF_AN_ADDRESS", ((0, 3600),)),
            patch.object(public_form, "read_files", side_effect=AssertionError) as read,
        ):
            page = self._send(files=[("files", ("x.pdf", PDF, "x"))])
        self.assertEqual(page.status_code, 422)
        read.assert_not_called()
        self.assertIn("choose them once more", page.text)

    def test_errors_are_not_counted(self):
        bomb = [("files", ("bomb.zip", b"PK\x03\x04" + b"0" * 90, "application/pdf"))]
        for _n in range(8):
            self.assertEqual(self._send(files=bomb).status_code, 422)
            self.assertEqual(self._send(text="").status_code, 422)
        self.assertEqual(self._send().status_code, 200)

    # the page of its own

    def test_the_page_with_the_number_may_be_loaded_again(self):
        first = self._send()
        self.assertIn("/complaint/done/", first.url)
        self.assertEqual(first.history[0].status_code, 303)
        before = self.cases.search_count([])
        again = self.url_open(first.url)
        self.assertEqual(again.text, first.text)
        self.assertIn("no-store", again.headers["Cache-Control"])
        self.assertEqual(self.cases.search_count([]), before)

    def test_the_pin_is_shown_for_half_an_hour_and_never_when_void(self):
        first, case = self._send(), self._last()
        pin = form_token.pin(
            self.env["ir.config_parameter"].sudo().get_param("database.secret"),
            case.sudo().intake_key.partition("/")[2],
        )
        self.assertIn(pin, first.text)
        self.env.cr.execute(
            "UPDATE hcrm_complaint SET create_date = create_date - interval '31 min' WHERE id = %s",
            [case.id],
        )
        self.env.invalidate_all()
        late = self.url_open(first.url)
        self.assertNotIn(pin, late.text)
        self.assertIn(case.number, late.text)
        second, case = self._send(phone="13900139001"), self._last()
        case._renew_pin()
        self.env.flush_all()
        self.assertIn("no longer shown", self.url_open(second.url).text)

    def test_a_made_up_page_is_the_form(self):
        for mark in ("1.2.3", self._mark()):
            page = self.url_open(f"/complaint/done/{mark}?lang=en")
            self.assertTrue(page.url.endswith("/complaint"))

    # what cannot be right

    def test_phone_and_email_are_looked_at(self):
        before = self.cases.search_count([])
        for typed, words in (
            ({"phone": "1380013800"}, "phone number cannot"),
            ({"phone": "88886666"}, "area code"),
            ({"email": "wang@example"}, "e-mail address cannot"),
            ({"email": "wang"}, "e-mail address cannot"),
            ({"happened": "2026-13-40"}, "day cannot"),
            ({"happened": "2999-01-01"}, "day cannot"),
            ({"hospital": "999999"}, "Choose the hospital"),
            ({"hospital": "x"}, "Choose the hospital"),
        ):
            with self.subTest(typed=typed):
                page = self._send(**typed)
                self.assertEqual(page.status_code, 422)
                self.assertIn(words, page.text)
        self.assertEqual(self.cases.search_count([]), before)
        self.assertEqual(self._send(phone="010-8888 6666", email="w@example.com").status_code, 200)

    def test_who_stays_anonymous_need_not_be_right(self):
        self.assertEqual(self._send(anonymous="1", phone="1", email="x").status_code, 200)

    def test_the_day_has_a_field_of_its_own(self):
        self.env.company.resource_calendar_id.tz = "Asia/Shanghai"
        self._send(happened="2026-03-01")
        case = self._last()
        self.assertEqual(str(case.event_at), "2026-03-01 04:00:00")
        self.assertEqual(case.statement_ids.text, "I waited for three hours.")

    def test_what_happened_today_did_not_happen_later(self):
        self._send(happened=str(fields.Date.today()))
        case = self._last()
        self.assertLessEqual(case.event_at, case.received_at)

    def test_which_hospital(self):
        self.assertNotIn('name="hospital"', self.url_open("/complaint?lang=en").text)
        other = self.env["res.company"].create({"name": "East Hospital"})
        self.env["hcrm.complaint.desk"]._ensure_offices(other)
        self.env.flush_all()
        self.assertIn("East Hospital", self.url_open("/complaint?lang=en").text)
        page = self._send(hospital=str(other.id))
        self.assertEqual(self._last().company_id, other)
        self.assertIn(self._last().number, page.text)
        self.assertEqual(self._send(text="", hospital=str(other.id)).status_code, 422)

    # hostile

    def test_who_is_logged_in_does_not_become_the_creator(self):
        """Departments read who made a case: a nurse who reports while logged in stays unknown."""
        nurse = new_test_user(self.env, "nurse_reports", "base.group_user")
        self.authenticate(nurse.login, nurse.login)
        self.assertEqual(self._send(anonymous="1").status_code, 200)
        case = self._last()
        rows = (case, case.complainant_ids, case.statement_ids, case.message_ids)
        for row in rows:
            self.assertNotIn(nurse, row.create_uid | row.write_uid)
        self.assertNotIn(nurse, case.statement_ids.author_id)
        self.assertNotIn(nurse.partner_id, case.message_ids.author_id | case.message_partner_ids)

    def test_a_forged_host_goes_nowhere(self):
        form = {"mark": self._mark(), "kind": "praise", "text": "Thanks", "anonymous": "1",
                "relation": "self", "lang": "en"}  # fmt: skip
        answer = requests.post(
            f"{self.base_url()}/complaint",
            data=form,
            headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
            cookies=self.opener.cookies,
            allow_redirects=False,
            timeout=30,
        )
        where = answer.headers.get("Location", "")
        self.assertNotIn("evil", where + answer.text)
        # taken in and sent on within this site; or refused, by a server that knows itself by name
        self.assertIn((answer.status_code, where[:16]), ((303, "/complaint/done/"), (400, "")))

    def test_names_of_files_in_gb18030(self):
        """No browser of our page sends them; who does is told what to do, and it is no error."""
        form = {"mark": self._mark(), "kind": "praise", "text": "Thanks", "anonymous": "1",
                "relation": "self", "lang": "en"}  # fmt: skip
        edge = "hcrmboundary"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in form.items()
        ]
        body = "".join(parts).encode()
        body += f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="'.encode()
        body += "检查报告单㐀.pdf".encode("gb18030") + b'"\r\nContent-Type: x\r\n\r\n'
        body += PDF + f"\r\n--{edge}--\r\n".encode()
        before = self.cases.search_count([])
        kind = f"multipart/form-data; boundary={edge}"
        headers = {"Content-Type": kind, "Accept-Language": "en"}
        page = self.url_open("/complaint", data=body, headers=headers)
        self.assertEqual(page.status_code, 422)
        self.assertIn("could not read", page.text)
        self.assertEqual(self.cases.search_count([]), before)
        utf8 = self._send(files=[("files", ("检查报告单㐀.pdf", PDF, "x"))])
        self.assertEqual(utf8.status_code, 200)
        person = self._last().complainant_ids
        file = self.env["ir.attachment"].search(
            [("res_model", "=", person._name), ("res_id", "=", person.id)]
        )
        self.assertEqual(file.name, "检查报告单㐀.pdf")

    def test_twenty_megabytes_are_taken(self):
        full = PDF + b"0" * (20 * 1024 * 1024 - len(PDF))
        self.assertEqual(self._send(files=[("files", ("x.pdf", full, "x"))]).status_code, 200)

    def test_files_by_what_is_in_them(self):
        page = self._send(
            files=[
                ("files", ("../../报告\x00.exe", PDF, "text/html")),
                ("files", ("bomb.zip", b"PK\x03\x04" + b"\0" * 100, "application/pdf")),
            ]
        )
        self.assertEqual(page.status_code, 422)
        self.assertIn("bomb", page.text)
        self._send(files=[("files", ("../../报告.exe", PDF, "text/html"))])
        person = self._last().complainant_ids
        file = self.env["ir.attachment"].search(
            [("res_model", "=", person._name), ("res_id", "=", person.id)]
        )
        self.assertRecordValues(file, [{"name": "报告.pdf", "mimetype": "application/pdf"}])

    def test_too_large_is_told(self):
        page = self._send(files=[("files", ("x.pdf", PDF + b"0" * (20 * 1024 * 1024), "x"))])
        self.assertEqual(page.status_code, 422)
        self.assertIn("20 MB", page.text)

    def test_anonymous_is_nobody(self):
        self._send(anonymous="1", name="Somebody", phone="13800138009")
        case = self._last()
        self.assertTrue(case.is_anonymous)
        self.assertFalse(case.partner_id or case.patient_id)

    def test_of_who_stays_anonymous_the_patient_is_not_looked_up(self):
        kind = self.env.ref("hcrm_base.kind_patient")
        self.env["res.partner"].create(
            {"name": "Li Ming", "phone": "13800138009", "kind_ids": [kind.id]}
        )
        self._send(anonymous="1", relation="family", patient="Li Ming", phone="13800138009")
        case = self._last()
        self.assertFalse(case.patient_id)
        self.assertEqual(case.patient_name, "Li Ming")

    def test_a_nul_is_no_error(self):
        self.assertEqual(self._send(text="three\x00 hours").status_code, 200)

    def test_the_page_in_both_languages(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.assertIn("lang=zh", self.url_open("/complaint?lang=en").text)
        self.assertIn("lang=en", self.url_open("/complaint?lang=zh").text)
