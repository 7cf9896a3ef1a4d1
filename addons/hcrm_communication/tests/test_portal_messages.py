from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from .common import CommunicationCase

TEXT = "您的检查报告已经出来，请点击查看。"


@tagged("post_install", "-at_install")
class TestPortalMessages(CommunicationCase, HttpCase):
    """Read by the person and nobody else; opened is delivered; answers arrive."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._create_gateway("portal", "portal")
        cls.user = new_test_user(cls.env, "portal_li", "base.group_portal", password="portal_li")
        cls.li = cls.user.partner_id
        cls.li.write({"name": "李明", "kind_ids": [(4, cls.kind.id)], "phone": "13800138011"})
        cls.other = new_test_user(
            cls.env, "portal_wang", "base.group_portal", password="portal_wang"
        )
        cls.other.partner_id.write({"kind_ids": [(4, cls.kind.id)]})

    def _ask_portal(self, person=None, **values):
        message = self._ask(
            person or self.li,
            **{"channels": ["portal", "sms"], "body": TEXT, "subject_line": "报告", **values},
        )
        self._drain()
        self.env.flush_all()
        return message

    def _open(self, path, login="portal_li"):
        self.authenticate(login, login)
        return self.url_open(path)

    def test_without_a_login_it_goes_another_way(self):
        person = self._create_person("王芳", phone="13800138002")
        message = self._ask_portal(person)
        self.assertEqual(message.channel, "sms")

    def test_opened_is_delivered(self):
        message = self._ask_portal()
        self.assertEqual((message.state, message.channel), ("sent", "portal"))
        listed = self._open("/my/messages")
        self.assertIn("报告", listed.text)
        self.assertNotIn(TEXT, listed.text)
        message.invalidate_recordset()
        self.assertEqual(message.state, "sent", "the list is no receipt")
        self.assertIn(TEXT, self._open(f"/my/messages/{message.id}").text)
        message.invalidate_recordset()
        self.assertEqual(message.state, "delivered")
        self.assertEqual(self.messages.with_user(self.user)._portal_counts(), (1, 0))

    def test_nobody_else(self):
        files = [("report.pdf", "application/pdf", b"%PDF-1.4 secret")]
        message = self._ask_portal(files=files)
        file_id = message._portal_files().id
        for path in ("", f"/file/{file_id}"):
            reply = self._open(f"/my/messages/{message.id}{path}", "portal_wang")
            self.assertEqual(reply.status_code, 404, path)
        self.assertNotIn("报告", self._open("/my/messages", "portal_wang").text)
        message.invalidate_recordset()
        self.assertEqual(message.state, "sent")
        self.assertEqual(self._open(f"/web/content/{file_id}", "portal_wang").status_code, 404)
        reply = self._open(f"/my/messages/{message.id}/file/{file_id}")
        self.assertEqual(reply.content, b"%PDF-1.4 secret")

    def test_other_channels_are_not_shown(self):
        message = self._ask_portal(channels=["sms"])
        self.assertEqual(message.state, "sent")
        self.assertEqual(self._open(f"/my/messages/{message.id}").status_code, 404)

    def test_guardian(self):
        """A small child's messages go to the parent, who sees for whom they are."""
        child = self._create_person("李小宝", birth_date="2022-05-01")
        self.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": self.li.id,
                "relation": "parent",
                "may_receive_messages": True,
                "may_consent": True,
            }
        )
        message = self._ask_portal(child)
        self.assertEqual((message.recipient_id, message.channel), (self.li, "portal"))
        self.assertIn(TEXT, self._open(f"/my/messages/{message.id}").text)
        self.assertEqual(self._open(f"/my/messages/{message.id}", "portal_wang").status_code, 404)

    def _fill_in(self, page, text):
        """The form of a page with an answer in it."""
        names = ("csrf_token", "form")
        told = {
            name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in names
        }
        self.assertTrue(all(told.values()), told)
        return {**told, "text": text}

    def test_the_same_words_twice(self):
        """To another message, and to the same one again later: both are answers. Words that were
        mended after going back are, too."""
        first, second = self._ask_portal(), self._ask_portal()
        self.authenticate("portal_li", "portal_li")
        for message in (first, second, first):
            page = self.url_open(f"/my/messages/{message.id}").text
            path = f"/my/messages/{message.id}/reply"
            told = self._fill_in(page, "好的")
            self.assertIn("told=sent", self.url_open(path, data=told).url)
        self.url_open(path, data={**told, "text": "好的，上午到"})
        arrived = self.env["hcrm.inbound"].search([("channel", "=", "portal")])
        self.assertEqual(len(arrived), 4)

    def test_too_many_answers(self):
        """Who writes too often is told that it did not arrive."""
        message = self._ask_portal()
        self.authenticate("portal_li", "portal_li")
        told = self._fill_in(self.url_open(f"/my/messages/{message.id}").text, "好的")
        counts = type(self.env["hcrm.rate.count"])
        with patch.object(counts, "_is_too_often", return_value=True):
            reply = self.url_open(f"/my/messages/{message.id}/reply", data=told)
        self.assertIn("alert-warning", reply.text)
        self.assertNotIn("alert-success", reply.text)
        self.assertFalse(self.env["hcrm.inbound"].search([("channel", "=", "portal")]))
        # an address that says so is no answer
        forged = self.url_open(f"/my/messages/{message.id}?told=sent")
        self.assertNotIn("alert-success", forged.text)

    def test_answer(self):
        message = self._ask_portal()
        self.authenticate("portal_li", "portal_li")
        page = self.url_open(f"/my/messages/{message.id}")
        self.assertNotIn("好的", page.text)
        told = self._fill_in(page.text, "好的，谢谢")
        reply = self.url_open(f"/my/messages/{message.id}/reply", data=told)
        self.assertIn("told=sent", reply.url)
        self.assertIn("好的，谢谢", reply.text)
        self.url_open(f"/my/messages/{message.id}/reply", data=told)  # a second click
        arrived = self.env["hcrm.inbound"].search([("channel", "=", "portal")])
        self.assertEqual(len(arrived), 1)
        self.env["hcrm.inbound"]._work()
        self.assertEqual((arrived.partner_id, arrived.answers_id), (self.li, message))
        self.assertEqual(arrived.sudo().body_stored, "好的，谢谢")
