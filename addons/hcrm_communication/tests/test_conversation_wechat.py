import time
from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .test_wechat_callbacks import CallbackCase
from .wechat_case import OPENID

OTHER = "oLiMing_second_phone_0123456"


@tagged("post_install", "-at_install")
class TestConversationWechat(CallbackCase):
    """SMS, e-mail and the WeChat simulator: one person, one thread, in order."""

    def test_the_account_that_wrote_is_answered(self):
        """Given two accounts of a person, the answer goes to the one that wrote, and the staff
        see of it no more than its end."""
        now = fields.Datetime.now()
        self.platform.followers[OTHER] = time.time()
        self.accounts._bind(self.wechat, OTHER, self.li, "scan", now - timedelta(days=1))
        self._push(self._message("周六开诊吗"))
        while self.env["hcrm.inbound"]._work():
            self.env.flush_all()
        officer = new_test_user(self.env, "desk", "hcrm_base.group_officer")
        officer.group_ids += self.env.ref("hcrm_base.group_phone_full")
        talk = self._arrived().conversation_id.with_user(officer)
        self.assertEqual(talk.address, f"…{OPENID[-4:]}")
        talk.reply("周一上午可以办理", "press-0001")
        self._go()
        self.assertEqual([phone[0] for phone in self.platform.phones], [OPENID])

    def test_one_thread_over_three_ways(self):
        """Given a person who writes by SMS, e-mail and WeChat, the answer goes by WeChat."""
        inbox, now = self.env["hcrm.inbound"], fields.Datetime.now()
        ways = (("sms", "+8613800138001", self.sms), ("email", "liming@example.org", self.mail))
        for minutes, (channel, sender, gateway) in enumerate(ways, 1):
            inbox._receive(
                channel,
                self.env.company,
                sender,
                f"问题{minutes}",
                gateway=gateway,
                happened_at=now - timedelta(minutes=10 - minutes),
            )
        self._push(self._message("问题3"))
        while inbox._work():
            self.env.flush_all()
        talk = self._arrived().conversation_id
        self.assertEqual(talk.partner_id, self.li)
        officer = new_test_user(self.env, "desk", "hcrm_base.group_officer")
        talk.with_user(officer).reply("周一上午可以办理", "press-0001")
        self._go()
        self.assertEqual([phone[0] for phone in self.platform.phones], [OPENID])
        entries = talk.with_user(officer).get_thread()["entries"]
        told = [(one["kind"], one["channel"]) for one in entries if one["kind"] != "log"]
        self.assertEqual(
            told, [("in", "sms"), ("in", "email"), ("in", "wechat"), ("out", "wechat")]
        )
