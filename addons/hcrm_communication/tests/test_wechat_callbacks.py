import time
from urllib.parse import urlencode

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .wechat_case import OPENID, WechatCase
from .wechat_simulator import callback, question

WORDS = "就诊时间：{{time1.DATA}}"


class CallbackCase(WechatCase, HttpCase):
    """What the platform pushes to our address."""

    def setUp(self):
        super().setUp()
        self.path = f"/hcrm/gateway/{self.wechat.token}/wechat"

    def _push(self, values, body=None, query=None, **options):
        self.env.flush_all()
        made, sealed = callback(values, **options)
        told = "&".join(f"{name}={one}" for name, one in (made | (query or {})).items())
        reply = self.url_open(
            f"{self.path}?{told}",
            data=sealed if body is None else body,
            headers={"Content-Type": "text/xml"},
        )
        self.env.invalidate_all()
        return reply

    def _message(self, text, number=1, **values):
        return {
            "ToUserName": "gh_1",
            "FromUserName": OPENID,
            "CreateTime": str(self._stamp()),
            "MsgType": "text",
            "Content": text,
            "MsgId": str(number),
            **values,
        }

    def _event(self, name, openid=OPENID, **values):
        return {
            "ToUserName": "gh_1",
            "FromUserName": openid,
            "CreateTime": str(self._stamp()),
            "MsgType": "event",
            "Event": name,
            **values,
        }

    @staticmethod
    def _stamp():
        return int(time.time())

    def _arrived(self):
        return self.env["hcrm.inbound"].search([("gateway_id", "=", self.wechat.id)])


@tagged("post_install", "-at_install")
class TestWechatCallbacks(CallbackCase):
    """Signed, encrypted, ours, of this moment; anything else changes nothing."""

    def test_the_first_question(self):
        told = question("4711")
        reply = self.url_open(self.path + "?" + "&".join(f"{n}={v}" for n, v in told.items()))
        self.assertEqual((reply.status_code, reply.text), (200, "4711"))
        told["signature"] = "0" * 40
        reply = self.url_open(self.path + "?" + "&".join(f"{n}={v}" for n, v in told.items()))
        self.assertEqual(reply.status_code, 403)

    def test_a_message(self):
        reply = self._push(self._message("我想改期"))
        self.assertEqual((reply.status_code, reply.text), (200, "success"))
        arrived = self._arrived()
        self.assertEqual((arrived.state, arrived.body_stored), ("new", "我想改期"))
        self.assertEqual(self.account.last_inbound_at.date(), fields.Date.today())
        arrived._work()
        self.assertEqual((arrived.partner_id, arrived.state), (self.li, "inbox"))

    def test_told_twice(self):
        for _time in range(3):
            self._push(self._message("我想改期", 7))
        self.assertEqual(len(self._arrived()), 1)
        self._push(self._message("我想改期", 8))
        self.assertEqual(len(self._arrived()), 2)

    @mute_logger("odoo.http")
    def test_forged(self):
        message = self._message("R")
        entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
        for name, reply in {
            "token": self._push(message, token="other"),
            "key": self._push(message, key="x" * 42 + "A"),
            "account": self._push(message, app="wx0000000000000000"),
            "old": self._push(message, age=3600),
            "future": self._push(message, age=-3600),
            "signature": self._push(message, query={"msg_signature": "0" * 40}),
            "nonce": self._push(message, query={"nonce": "1"}),
            "plain": self._push(message, body=b"<xml><Content>R</Content></xml>"),
            "entity": self._push(message, body=entity),
            "empty": self._push(message, body=b""),
            "big": self._push(message, body=b"<xml>" + b"a" * 100_000 + b"</xml>"),
        }.items():
            with self.subTest(name):
                self.assertEqual(reply.status_code, 403)
        self.path = "/hcrm/gateway/nobody/wechat"
        self.assertEqual(self._push(message).status_code, 404)
        self.assertFalse(self._arrived())

    def test_a_flood(self):
        self.wechat.inbound_rate = 2
        codes = [self._push(self._message("x", n)).status_code for n in range(4)]
        self.assertEqual((codes[0], codes[-1]), (200, 503))
        self.assertEqual(len(self._arrived()), codes.count(200))

    def test_a_refusal_in_words(self):
        self._send_wechat("满意度调查", purpose="survey")
        self._push(self._message("R"))
        arrived = self._arrived()
        arrived._work()
        self.assertEqual(arrived.state, "opt_out")
        rows = self.env["hcrm.consent"].search([("partner_id", "=", self.li.id)])
        self.assertEqual(set(rows.mapped("purpose")), {"survey", "marketing"})
        self.assertEqual(set(rows.mapped("channel")), {"wechat"})
        self._go()
        self.assertEqual(self.platform.phones[-1][0], OPENID, "confirmed where it was said")

    def test_an_answer_goes_back_the_same_way(self):
        self._push(self._message("请问需要空腹吗"))
        arrived = self._arrived()
        arrived._work()
        arrived.conversation_id.reply("不需要", "press-0001")
        self._go()
        self.assertEqual(self.platform.phones, [(OPENID, "不需要")])

    def test_pictures_are_for_a_person(self):
        self._push(self._message("", 3, MsgType="image", PicUrl="http://x"))
        arrived = self._arrived()
        arrived._work()
        self.assertEqual((arrived.body_stored, arrived.state), ("[图片]", "inbox"))

    def test_leaving_and_coming_back(self):
        self._push(self._event("unsubscribe"))
        self.assertTrue(self.account.unfollowed_at)
        rows = self.env["hcrm.consent"].search([("partner_id", "=", self.li.id)])
        self.assertIn("care", rows.mapped("purpose"))
        count = len(rows)
        self._push(self._event("unsubscribe"))
        again = self.env["hcrm.consent"].search_count([("partner_id", "=", self.li.id)])
        self.assertEqual(again, count, "told twice, recorded once")
        self._push(self._event("subscribe"))
        self.assertFalse(self.account.unfollowed_at)

    def test_scanned(self):
        wang = self._create_person("王芳", phone="13800138002")
        invitations = self.env["hcrm.platform.invitation"]
        for name, key in (("subscribe", "qrscene_{}"), ("SCAN", "{}")):
            invitation = invitations._open_for(wang)
            invitation.action_show_code()
            openid = f"o{name}"
            self._push(self._event(name, openid, EventKey=key.format(self.platform.scenes[-1])))
            account = self.accounts._of(self.wechat, openid)
            self.assertEqual((account.partner_id, account.proof), (wang, "scan"))
            self.assertEqual(invitation.state, "used")

    def test_the_code_of_a_binding(self):
        wang = self._create_person("王芳", phone="13800138002")
        invitation = self.env["hcrm.platform.invitation"]._open_for(wang)
        invitation.code_hash = invitation._hash(f"{self.wechat.id}/246810")
        self._push(self._message("246810", FromUserName="oWang"))
        self.assertEqual(self.accounts._of(self.wechat, "oWang").partner_id, wang)
        self.assertEqual(self._arrived().state, "done")
        self.assertNotIn("246810", self._arrived().body_stored)

    def test_receipts(self):
        self._be_silent()
        self._register("T1", WORDS)
        first = self._send_wechat("就诊时间：09:30")
        second = self._send_wechat("就诊时间：10:30", channels=["wechat", "portal"])
        one, two = (str(job) for job in self.platform.jobs.values())
        finish = "TEMPLATESENDJOBFINISH"
        self._push(self._event(finish, MsgID=one, Status="success"))
        self._push(self._event(finish, MsgID=two, Status="failed:user block"))
        self._push(self._event(finish, MsgID="99", Status="success"))
        self.assertEqual(first.state, "delivered")
        self.assertEqual((second.state, second.channel), ("waiting", "portal"))

    def test_a_receipt_before_its_message(self):
        """It is reported before the worker has noted the platform's number."""
        self._be_silent()
        self._register("T1", WORDS)
        job = "200228332"
        self._push(self._event("TEMPLATESENDJOBFINISH", MsgID=job, Status="success"))
        message = self._send_wechat("就诊时间：09:30")
        self.assertEqual(message.state, "delivered")


@tagged("post_install", "-at_install")
class TestWecom(CallbackCase):
    """The same for customers of a member of staff."""

    kind_of_gateway = "wecom"

    def test_sent_and_refused(self):
        self.assertEqual(self._send_wechat("您的预约已确认").state, "sent")
        self.assertEqual(self.platform.phones, [(OPENID, "您的预约已确认")])
        del self.platform.followers[OPENID]
        message = self._send_wechat("您的预约已确认")
        self.assertEqual(self._told(message), ("failed", "not_following"))
        self.assertEqual(self.wechat.action_check()["params"]["type"], "success")

    def test_the_first_question(self):
        told = question("4711", sealed=True)
        reply = self.url_open(f"{self.path}?{urlencode(told)}")
        self.assertEqual((reply.status_code, reply.text), (200, "4711"))

    def test_added_and_deleted(self):
        wang = self._create_person("王芳", phone="13800138002")
        invitation = self.env["hcrm.platform.invitation"]._open_for(wang)
        invitation.action_show_code()
        values = {"ExternalUserID": "wmWang", "UserID": "zhangsan"}
        change = "change_external_contact"
        added = {"ChangeType": "add_external_contact", "State": self.platform.scenes[-1]}
        self._push(self._event(change, "sys", **values, **added))
        account = self.accounts._of(self.wechat, "wmWang")
        self.assertEqual(account.partner_id, wang)
        self._push(self._event(change, "sys", **values, ChangeType="del_follow_user"))
        self.assertTrue(account.unfollowed_at)
