import re
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from ..tools import secure_code

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


@tagged("post_install", "-at_install")
class TestSecureLink(HttpCase):
    """One person sees one thing, after a code to the phone that the hospital knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute("DELETE FROM hcrm_rate_count")
        cls.env["res.lang"]._activate_lang("zh_CN")
        kind = cls.env.ref("hcrm_base.kind_patient")
        cls.li, cls.wang = cls.env["res.partner"].create(
            [
                {"name": name, "phone": phone, "kind_ids": [(4, kind.id)], "lang": "zh_CN"}
                for name, phone in (("李明", "13800138001"), ("王芳", "13800138002"))
            ]
        )
        cls.env["hcrm.gateway"].create({"name": "SMS", "channel": "sms", "kind": "kannel"})
        cls.appointment = cls.env["hcrm.appointment"].create(
            {
                "partner_id": cls.li.id,
                "company_id": cls.env.company.id,
                "starts_at": datetime(2026, 12, 24, 1, 30),
                "service": "ZQ clinic",
            }
        )

    def setUp(self):
        super().setUp()
        self.links = self.env["hcrm.secure.link"]
        [url] = self._make()
        self.path = "/s/" + url.rpartition("/")[2]
        self.link = self.links.search([], limit=1)

    def _make(self, **values):
        request = {
            "partner_id": self.li.id,
            "res_model": "hcrm.appointment",
            "res_id": self.appointment.id,
        }
        return self.links._make([request | values])

    def _get(self):
        self.env.flush_all()
        return self.url_open(self.path)

    def _post(self, action, page=None, **form):
        page = page or self._get()
        form["csrf_token"] = CSRF.search(page.text)[1]
        self.env.flush_all()
        reply = self.url_open(f"{self.path}/{action}", data=form)
        self.env.invalidate_all()
        return reply

    def _messages(self):
        return self.env["hcrm.communication"].search([("idempotency_key", "like", "link/")])

    def _ask_code(self, code="123456"):
        with patch.object(secure_code, "new", return_value=code):
            return self._post("code")

    def test_whole_way(self):
        page = self._get()
        self.assertEqual(page.status_code, 200)
        self.assertIn("138****8001", page.text)
        for secret in ("李明", "ZQ clinic", "13800138001"):
            self.assertNotIn(secret, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self._ask_code()
        [message] = self._messages()
        self.assertEqual((message.recipient_id, message.purpose), (self.li, "service"))
        self.assertIn("123456", message.sudo().body_stored)
        shown = self._post("open", code=" １２３ 456 ")
        self.assertEqual(shown.status_code, 200)
        self.assertIn("ZQ clinic", shown.text)
        self.assertEqual((self.link.opens, bool(self.link.opened_at)), (1, True))

    def test_scanners_consume_nothing(self):
        for _look in range(5):
            self._get()
        self.env.invalidate_all()
        self.assertEqual((self.link.codes, self.link.opens, self.link.state), (0, 0, "open"))
        self.assertFalse(self._messages())
        for action in ("code", "open"):
            self.assertIn(self.url_open(f"{self.path}/{action}").status_code, (404, 405))

    def test_address_of_the_visitor_is_not_used(self):
        self._post("code", phone="13900139999", address="13900139999", partner_id=self.wang.id)
        [message] = self._messages()
        self.assertEqual(message.recipient_id, self.li)
        self.assertFalse(message.sudo().address_asked_stored)

    def test_another_browser_sees_nothing(self):
        self._ask_code()
        self._post("open", code="123456")
        self.assertIn("ZQ clinic", self._get().text)
        self.opener.cookies.clear()
        self.assertNotIn("ZQ clinic", self._get().text)

    def test_code_is_good_once(self):
        self._ask_code()
        self.assertIn("ZQ clinic", self._post("open", code="123456").text)
        self.opener.cookies.clear()
        reply = self._post("open", code="123456")
        self.assertEqual(reply.status_code, 403)
        self.assertNotIn("ZQ clinic", reply.text)

    def test_code_of_another_link(self):
        self._ask_code()
        other = self.links.browse(self.link.id)
        [url] = self._make(partner_id=self.wang.id)
        self.path = "/s/" + url.rpartition("/")[2]
        self.assertEqual(self._post("open", code="123456").status_code, 403)
        self.assertEqual(other.opens, 0)

    def test_guessing(self):
        self._ask_code()
        for number in range(5):
            self.assertEqual(self._post("open", code=f"00000{number}").status_code, 403)
        self.assertEqual(self._post("open", code="123456").status_code, 403, "void by now")
        self.link.wrong_codes = 20
        self.assertEqual(self._get().status_code, 404)
        self.assertEqual(self.link.state, "locked")

    def test_few_codes(self):
        for _ask in range(5):
            self._ask_code()
        self.assertEqual(len(self._messages()), 3)

    def test_code_too_old(self):
        self._ask_code()
        self.link.sudo().code_expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self._post("open", code="123456").status_code, 403)

    def test_revoked_while_open(self):
        self._ask_code()
        self._post("open", code="123456")
        nurse = new_test_user(self.env, "ward", "hcrm_base.group_nurse")
        with self.assertRaises(AccessError):
            self.link.with_user(nurse).action_revoke()
        officer = new_test_user(self.env, "desk", "hcrm_base.group_officer")
        self.link.with_user(officer).action_revoke()
        page = self._get()
        self.assertEqual(page.status_code, 404)
        self.assertNotIn("ZQ clinic", page.text)

    def test_one_answer_for_all_that_is_none(self):
        valid = self.path
        self.link.expires_at = fields.Datetime.now()
        old = self._get()
        self.path = "/s/" + "x" * 22
        wrong = self._get()
        self.assertEqual((old.status_code, wrong.status_code), (404, 404))
        self.assertEqual(old.text, wrong.text)
        self.path = valid

    def test_target_is_gone(self):
        self.appointment.unlink()
        self.assertEqual(self._get().status_code, 404)

    def test_flood(self):
        codes = {self._get().status_code for _look in range(70)}
        self.assertEqual(codes, {200, 404})

    def test_forged_form(self):
        self.env.flush_all()
        reply = self.url_open(f"{self.path}/code", data={"x": "1"})
        self.assertEqual(reply.status_code, 400)
        self.assertFalse(self._messages())

    def test_look_is_in_the_access_log(self):
        self._ask_code()
        self._post("open", code="123456")
        self.env["hcrm.access.log"]._flush_notes()
        lines = self.env["hcrm.access.log"].sudo().search([("detail", "like", "secure link")])
        self.assertEqual(lines[:1].partner_ids, self.li.ids)

    def test_text_of_a_message(self):
        """Given neutral words, the text they stand for is read behind the code, and logged."""
        [message] = self.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": self.li.id,
                    "purpose": "service",
                    "channels": ["sms"],
                    "key": "test/linked",
                    "body": "有一条消息：{secure_link}",
                    "linked_text": "<b>结果</b>\n阳性",
                }
            ]
        )
        message.invalidate_recordset()
        self.path = "/s/" + message.body_stored.rpartition("/")[2]
        page = self._get()
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("阳性", page.text + message.body_stored)
        self._ask_code()
        shown = self._post("open", code="123456")
        self.assertIn("&lt;b&gt;结果&lt;/b&gt;\n阳性", shown.text)
        self.assertRegex(shown.text, "消息|信息")
        self.env["hcrm.access.log"]._flush_notes()
        lines = self.env["hcrm.access.log"].sudo().search([("detail", "like", "secure link")])
        self.assertEqual(lines[:1].partner_ids, self.li.ids)
        message.linked_text_stored = False
        self.assertIn("请致电", self._get().text)

    def test_code_of_a_child(self):
        """Given a child without a phone, the code goes to the parent who gets the messages."""
        child = self.li.copy({"name": "李小明", "phone": False, "birth_date": "2024-01-01"})
        self.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": self.wang.id,
                "relation": "parent",
                "may_receive_messages": True,
            }
        )
        [url] = self._make(partner_id=child.id)
        self.path = "/s/" + url.rpartition("/")[2]
        self.assertIn("138****8002", self._get().text)
        self._ask_code()
        self.assertEqual(self._messages().recipient_id, child)

    def test_only_what_has_a_page(self):
        with self.assertRaises(ValidationError):
            self._make(res_model="res.partner", res_id=self.li.id)

    def test_token_is_nowhere(self):
        token = self.path.rpartition("/")[2]
        self.env.flush_all()
        self.env.cr.execute("SELECT row_to_json(l)::text FROM hcrm_secure_link AS l")
        self.assertFalse([row for (row,) in self.env.cr.fetchall() if token in row])
