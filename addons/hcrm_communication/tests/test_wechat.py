import threading
import time
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .wechat_case import OPENID, WechatCase

WORDS = "就诊时间：{{time1.DATA}}\n就诊地点：{{thing2.DATA}}"
FILLED = "就诊时间：2026年11月23日 09:30\n就诊地点：门诊楼三层"


@tagged("post_install", "-at_install")
class TestWechat(WechatCase):
    """What the Official Account is asked for, and what its answers mean."""

    def test_free_words_within_the_window(self):
        message = self._send_wechat("您的预约已确认")
        self.assertEqual(message.state, "sent")
        self.assertEqual(self.platform.phones, [(OPENID, "您的预约已确认")])

    def test_free_words_out_of_the_window(self):
        """They take the next way."""
        self._be_silent()
        message = self._send_wechat("您的预约已确认", channels=["wechat", "portal"])
        self.assertEqual(message.channel, "portal")
        alone = self._send_wechat("您的预约已确认")
        self.assertEqual(self._told(alone), ("failed", "out_of_window"))
        self.assertFalse(self.platform.phones)

    def test_a_registered_text_goes_at_any_time(self):
        self._be_silent()
        self._register("T1", WORDS)
        base = self.env["hcrm.gateway"].get_base_url()
        message = self._send_wechat(f"{FILLED}\n{base}/s/abc")
        self.assertEqual(message.state, "sent", message.why)
        self.assertEqual(self.platform.phones, [(OPENID, FILLED)])
        self.assertEqual(self.platform.links, [f"{base}/s/abc"])

    def test_a_gap_that_takes_less(self):
        self._be_silent()
        self._register("T1", WORDS)
        message = self._send_wechat("就诊时间：明天上午\n就诊地点：门诊楼三层")
        self.assertEqual(self._told(message), ("failed", "parameter_forbidden"))
        self.assertIn("time1", message.failure_detail)
        self.assertFalse(self.platform.phones)

    def test_advertising_never_goes_by_template(self):
        self._be_silent()
        self._register("T1", WORDS)
        message = self._send_wechat(FILLED, purpose="marketing")
        self.assertEqual(self._told(message), ("failed", "platform_forbids"))
        self.assertFalse(self.platform.phones)

    def test_subscription_messages(self):
        self._be_silent()
        self._register("T2", WORDS, way="subscribe")
        self.assertEqual(self._send_wechat(FILLED).state, "sent")
        self.platform.refusers.add(OPENID)
        message = self._send_wechat(FILLED)
        self.assertEqual(self._told(message), ("failed", "person_refuses"))

    def test_repeated_under_one_number(self):
        """Its answer was lost and it goes again: the platform shows it once."""
        self._be_silent()
        self._register("T1", WORDS)
        self.platform.mood = "hang"
        message = self._send_wechat(FILLED, purpose="care")
        self.assertEqual(message.state, "uncertain")
        self.platform.mood = ""
        self.wechat.action_resume()
        self.env.cr.execute(
            "UPDATE hcrm_communication SET next_at = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(seconds=1), message.id),
        )
        self._go()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.platform.phones), 1)

    def test_nobody_follows(self):
        """The platform says so: the address is none any more."""
        del self.platform.followers[OPENID]
        message = self._send_wechat("您的预约已确认")
        self.assertEqual(self._told(message), ("failed", "not_following"))
        self.assertTrue(self.account.unfollowed_at)
        asked = len(self.platform.asked)
        again = self._send_wechat("您的预约已确认")
        self.assertEqual(self._told(again), ("failed", "no_address"))
        self.assertEqual(len(self.platform.asked), asked)

    def test_limits_and_permissions(self):
        for code, lasting in ((45009, False), (48001, True), (40164, True), (-1, False)):
            with self.subTest(code=code):
                self.platform.mood = f"code:{code}"
                message = self._send_wechat("您的预约已确认")
                self.assertEqual((message.state, message.attempts), ("waiting", 0))
                self.assertEqual(self.wechat.is_set_up_wrong, lasting)
                self.assertIn(str(code), self.wechat.health_detail)
                message.action_cancel()
                self.wechat.action_resume()

    def test_garbage_and_silence(self):
        for mood in ("garbage", "slow"):
            with self.subTest(mood=mood):
                self.platform.mood = mood
                message = self._send_wechat("您的预约已确认", purpose="marketing")
                self.assertEqual(message.state, "uncertain")
                self.wechat.action_resume()

    def test_a_person_without_account(self):
        wang = self._create_person("王芳", phone="13800138002")
        message = self._send_wechat("您的预约已确认", wang)
        self.assertEqual(self._told(message), ("failed", "no_address"))

    def test_the_sandbox_asks_nobody(self):
        self.wechat.sandbox = True
        message = self._send_wechat("您的预约已确认")
        self.assertEqual((message.state, message.is_sandboxed), ("sent", True))
        self.assertFalse(self.platform.asked)

    def test_one_account_of_ours(self):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._create_gateway("wechat", "wecom")


@tagged("post_install", "-at_install")
class TestWechatToken(WechatCase):
    """One token for all workers."""

    def test_fetched_once(self):
        before = self.platform.tokens
        for _number in range(3):
            self._send_wechat("您的预约已确认")
        self.assertLessEqual(self.platform.tokens - before, 1)

    def test_fetched_once_by_many(self):
        """Given workers that find it over at the same moment, one fetches and the others wait."""
        connect = self.wechat._get_token_connector()
        stale = connect(None)
        before, found = self.platform.tokens, []
        threads = [threading.Thread(target=lambda: found.append(connect(stale))) for _n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.platform.tokens - before, 1)
        self.assertEqual(len(set(found)), 1)
        self.assertNotEqual(found[0], stale)

    def test_ended_by_somebody_else(self):
        """A refused token carried nothing: the same message goes at once with a new one."""
        self._send_wechat("您的预约已确认")
        self.platform.end_token()
        message = self._send_wechat("您的报告已出")
        self.assertEqual((message.state, message.attempts), ("sent", 1))
        self.assertEqual(len(self.platform.phones), 2)

    def test_over(self):
        self.platform.lifetime = 1
        self.platform.end_token()
        self._send_wechat("您的预约已确认")
        self.platform.token_ends = 0
        self.assertEqual(self._send_wechat("您的报告已出").state, "sent")

    def test_a_wrong_secret(self):
        self.wechat.new_secret = "wrong"
        message = self._send_wechat("您的预约已确认")
        self.assertEqual(message.state, "waiting")
        self.assertTrue(self.wechat.is_set_up_wrong)
        self.assertIn("40125", self.wechat.health_detail)
        self.assertEqual(self.wechat.action_check()["params"]["type"], "danger")
        self.wechat.new_secret = "lion-secret"
        self.assertEqual(self.wechat.action_check()["params"]["type"], "success")

    def test_secrets_are_never_shown(self):
        admin = new_test_user(self.env, "admin2", "hcrm_base.group_hcrm_admin")
        told = self.wechat.with_user(admin).read()[0]
        self.assertFalse({"secret", "callback_token", "callback_key"} & set(told))
        for value in told.values():
            self.assertNotIn(value, ("lion-secret", "QDG6eK"))
        self.assertTrue(told["has_callback"])

    def test_a_key_cut_short(self):
        with self.assertRaises(ValidationError):
            self.wechat.new_callback_key = "abc"


@tagged("post_install", "-at_install")
class TestBinding(WechatCase):
    """Who is bound, by what proof; one account serves a family."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wang = cls._create_person("王芳", phone="13800138002")
        cls.officer = new_test_user(cls.env, "desk2", "hcrm_base.group_officer")
        cls.now = fields.Datetime.now()

    def _invite(self):
        return self.env["hcrm.platform.invitation"].with_user(self.officer)._open_for(self.wang)

    def test_scanned_at_the_desk(self):
        invitation = self._invite()
        invitation.action_show_code()
        self.assertIn("data:image/svg+xml", invitation.qr_html)
        scene = self.platform.scenes[-1]
        take = self.env["hcrm.platform.invitation"]._take_scene
        self.assertFalse(take(self.wechat, "0" * 28, OPENID, self.now))
        account = take(self.wechat, scene, OPENID, self.now)
        self.assertEqual(account.partner_id, self.wang)
        self.assertEqual((invitation.state, account.proof), ("used", "scan"))
        self.assertFalse(take(self.wechat, scene, "oSomebodyElse", self.now), "good once")
        self._go()
        self.assertEqual(self.platform.phones[-1][0], OPENID, "the person reads it there")

    def test_expired(self):
        invitation = self._invite()
        invitation.action_show_code()
        invitation.sudo().expires_at = self.now - timedelta(seconds=1)
        take = self.env["hcrm.platform.invitation"]._take_scene
        self.assertFalse(take(self.wechat, self.platform.scenes[-1], OPENID, self.now))
        with self.assertRaises(UserError):
            invitation.action_show_code()

    def test_a_code_to_the_known_phone(self):
        invitation = self._invite()
        invitation.action_send_code()
        with self._recording() as sent:
            self.outbox._drain(commit=False)
        [sms] = [one for one in sent if one.to == "+8613800138002"]
        code = next(word for word in sms.text.split() if word.isdecimal() and len(word) == 6)
        take = self.env["hcrm.platform.invitation"]._take_text
        self.assertFalse(take(self.wechat, "你好", "oWang", self.now))
        self.assertEqual(take(self.wechat, f" {code} ", "oWang", self.now).partner_id, self.wang)

    def test_guessing(self):
        invitation = self._invite()
        invitation.sudo().code_hash = invitation._hash(f"{self.wechat.id}/123456")
        take = self.env["hcrm.platform.invitation"]._take_text
        for number in range(5):
            self.assertFalse(take(self.wechat, f"00000{number}", "oGuesser", self.now))
        self.assertFalse(take(self.wechat, "123456", "oGuesser", self.now), "too many tries")
        self.assertEqual(invitation.state, "open")

    def test_a_family(self):
        self.accounts._bind(self.wechat, OPENID, self.wang, "scan", self.now)
        self._send_wechat("您的预约已确认")
        self._send_wechat("您的预约已改期", self.wang)
        self.assertEqual([openid for openid, _words in self.platform.phones], [OPENID, OPENID])
        inbound = self.env["hcrm.inbound"]
        number = inbound._receive("wechat", self.env.company, OPENID, "在吗", gateway=self.wechat)
        inbound._work()
        arrived = inbound.browse(number)
        self.assertEqual((arrived.state, arrived.trouble), ("inbox", "several"))
        self.assertFalse(arrived.partner_id)

    def test_leaving_refuses_and_coming_back_lifts(self):
        self.account._leave(self.now)
        message = self._send_wechat("您的预约已确认")
        self.assertEqual(message.state, "failed")
        reasons = {code for code, _values in message.sudo().reasons}
        self.assertIn("consent_withdrawn", reasons)
        self.account._come_back(self.now - timedelta(hours=1))
        self.assertTrue(self.account.unfollowed_at, "told late")
        self.account._come_back(self.now + timedelta(seconds=1))
        self.assertEqual(self._send_wechat("您的预约已确认").state, "sent")
        read = self.env["hcrm.consent"]._rows(self.li, self.env.company)
        self.assertFalse(read["marketing"][-1].is_grant, "advertising stays refused")

    def test_one_of_two_accounts_leaves(self):
        """Given two accounts of a person, the channel is refused when the last has left, and
        either of them that comes back lifts it."""
        daughter = self.accounts._bind(self.wechat, f"{OPENID}2", self.li, "scan", self.now)
        self.platform.followers[f"{OPENID}2"] = time.time()
        at = self.now + timedelta(seconds=1)
        self.account._leave(at)
        self.assertEqual(self._send_wechat("您的预约已确认").state, "sent")
        self.assertEqual([openid for openid, _words in self.platform.phones], [f"{OPENID}2"])
        daughter._leave(at)
        self.assertEqual(self._send_wechat("您的预约已改期").state, "failed")
        self.account._come_back(at + timedelta(seconds=1))
        self.assertEqual(self._send_wechat("您的预约已取消").state, "sent")

    def test_a_refusal_in_words_outlives_leaving(self):
        """Following again lifts only what leaving refused."""
        ledger = self.env["hcrm.consent"]
        ledger._withdraw(self.li.ids, "care", None, "wechat", "wechat", "R")
        self.account._leave(self.now)
        self.account._come_back(self.now + timedelta(seconds=1))
        self.assertEqual(self._send_wechat("您的预约已确认").state, "failed")

    def test_merged_and_unbound(self):
        self.wang._hcrm_merge(self.li, "one person")
        self.assertEqual(self.account.partner_id, self.wang)
        self.account.with_user(self.officer).action_unbind()
        message = self._send_wechat("您的预约已确认", self.wang)
        self.assertEqual(self._told(message), ("failed", "no_address"))

    def test_nobody_reads_the_number(self):
        told = self.account.with_user(self.officer).read()[0]
        self.assertNotIn("openid", told)
        self.assertEqual(told["tail"], "…ghij")
