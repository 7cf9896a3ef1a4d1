import json
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..tools import gateway
from ..tools.platforms import aliyun_sms
from .aliyun_simulator import KEY_ID, SECRET, SIGN, AliyunSimulator
from .common import CommunicationCase

LI, WANG = "13800138001", "13800138002"
WORDS = "${title}，您预约了${when}到院，请带好证件。"


class TemplateSmsCase(CommunicationCase):
    """A hospital whose SMS provider takes registered texts only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = AliyunSimulator().start()
        cls.addClassCleanup(cls.provider.stop)
        cls.sms.write(
            {
                "kind": "aliyun",
                "url": cls.provider.url,
                "user": KEY_ID,
                "new_secret": SECRET,
                "signature": SIGN,
                "timeout": 2.0,
                "parallel": 1,
            }
        )
        cls.wang = cls._create_person("王芳", phone="13800138002", email="wang@example.org")
        cls.registered = cls._register("SMS_1", WORDS)

    def setUp(self):
        super().setUp()
        far_end = self.provider
        far_end.mood, far_end.codes, far_end.a_minute = "", {}, 100
        for kept in (far_end.phones, far_end.sent, far_end.asked):
            kept.clear()

    @classmethod
    def _register(cls, code, words, **values):
        cls.provider.templates[code] = (words, 1)
        made = cls.env["hcrm.provider.template"].create(
            {"gateway_id": cls.sms.id, "code": code, "words": words, **values}
        )
        made.action_approve()
        return made

    def _send(self, text, recipient=None, **values):
        message = self._ask(recipient, body=text, **values)
        self._go()
        return message

    def _go(self):
        self.outbox._drain(commit=False)
        self.env.invalidate_all()

    def _make_due(self, message):
        self.env.cr.execute(
            "UPDATE hcrm_communication SET next_at = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(seconds=1), message.id),
        )

    def _told(self, message):
        return message.state, message.failure_code


@tagged("post_install", "-at_install")
class TestTemplateSms(TemplateSmsCase):
    """What arrives is an approved text, filled, letter by letter what was decided about."""

    def test_what_arrives_is_what_was_written(self):
        text = f"【{SIGN}】李明先生，您预约了11月23日 09:30到院，请带好证件。"
        message = self._send(text)
        self.assertEqual(message.state, "sent")
        self.assertEqual(self.provider.phones, [(LI, text)])
        self.assertEqual(message.parts, 1)
        asked = self.provider.asked[-1]
        self.assertEqual(
            json.loads(asked["TemplateParam"]), {"title": "李明先生", "when": "11月23日 09:30"}
        )
        self.assertTrue(asked["OutId"].startswith(message.ref))

    def test_what_nobody_approved_never_leaves(self):
        """It takes the next way, or ends with the reason."""
        alone = self._send(f"【{SIGN}】您好，请来院复查。")
        other = self._send(f"【{SIGN}】您好，请来院取报告。", channels=["sms", "portal"])
        self.assertEqual(self._told(alone), ("failed", "not_registered"))
        self.assertEqual(other.channel, "portal")
        self.assertFalse(self.provider.asked, "nothing was even asked")
        self.assertIn("approved", alone.why)

    def test_what_a_gap_does_not_take_never_leaves(self):
        for when in ("https://x.cn/1", "010-88886666", "日" * 36):
            with self.subTest(when=when):
                message = self._send(f"【{SIGN}】李明，您预约了{when}到院，请带好证件。")
                self.assertEqual(self._told(message), ("failed", "parameter_forbidden"))
                self.assertIn("SMS_1 ${when}", message.failure_detail)
        self.assertFalse(self.provider.asked)

    def test_another_signature_never_leaves(self):
        message = self._send("【别家医院】李明，您预约了明天到院，请带好证件。")
        self.assertEqual(self._told(message), ("failed", "wrong_signature"))
        self.assertFalse(self.provider.asked)

    def test_a_text_that_lost_its_approval(self):
        self.registered.action_refuse()
        self._register("SMS_2", "您的验证码为${code}，10分钟内有效。")
        message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。")
        self.assertEqual(self._told(message), ("failed", "not_registered"))
        self.assertFalse(self.provider.asked)

    def test_nothing_approved_at_all(self):
        """That is a gateway that is not set up: its messages wait."""
        self.registered.action_refuse()
        message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。")
        self.assertEqual(message.state, "waiting")
        self.assertTrue(self.sms.is_set_up_wrong)

    def test_a_wrong_secret(self):
        """The provider says so, the gateway rests with the reason, and the message waits."""
        self.sms.new_secret = "wrong"
        message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。")
        self.assertEqual(message.state, "waiting")
        self.assertTrue(self.sms.is_set_up_wrong)
        self.assertIn("SignatureDoesNotMatch", self.sms.health_detail)
        self.assertFalse(self.provider.phones)
        self.sms.new_secret = SECRET
        self.assertEqual(self.sms.action_check()["params"]["type"], "success")
        self._make_due(message)
        self._go()
        self.assertEqual(message.state, "sent")
        self.assertFalse(self.sms.new_secret, "never shown again")

    def test_the_button_asks_for_the_signature(self):
        self.sms.signature = "别家医院"
        self.assertEqual(self.sms.action_check()["params"]["type"], "danger")
        self.assertIn("资质过期", self.sms.health_detail)
        self.assertFalse(self.provider.phones)

    def test_troubles_of_one_number(self):
        text = f"【{SIGN}】李明，您预约了明天到院，请带好证件。"
        self.provider.codes[LI] = "isv.MOBILE_NUMBER_ILLEGAL"
        wrong, right = self._ask(body=text), self._ask(self.wang, body=text)
        self._go()
        self.assertEqual(self._told(wrong), ("failed", "bad_address"))
        self.assertEqual(right.state, "sent")
        self.provider.codes[LI] = "isv.BUSINESS_LIMIT_CONTROL"
        limited = self._send(text)
        self.assertEqual((limited.state, limited.attempts), ("waiting", 1))
        self.assertGreater(limited.next_at, fields.Datetime.now())
        self.assertFalse(self.sms.is_paused)

    def test_troubles_of_the_account(self):
        for code, is_lasting in (
            ("isv.AMOUNT_NOT_ENOUGH", True),
            ("isv.SMS_SIGNATURE_ILLEGAL", True),
            ("Throttling.User", False),
        ):
            with self.subTest(code=code):
                self.provider.mood = f"code:{code}"
                message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。")
                self.assertEqual((message.state, message.attempts), ("waiting", 0))
                self.assertTrue(self.sms.is_paused)
                self.assertEqual(self.sms.is_set_up_wrong, is_lasting)
                message.action_cancel()
                self.sms.action_resume()

    def test_uncertain_and_found(self):
        """It was taken and the answer was lost: asking finds it, and it goes once."""
        for mood in ("hang", "slow", "garbage"):
            with self.subTest(mood=mood):
                self.provider.phones.clear()
                self.provider.mood = mood
                self.provider.late = 2.5
                message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。")
                self.assertEqual(message.state, "uncertain")
                self.provider.mood = ""
                self.sms.action_resume()
                self._go()
                self.assertEqual(message.state, "sent")
                self.assertEqual(len(self.provider.phones), 1)

    def test_uncertain_and_lost(self):
        """Given a provider that has not heard of it after some minutes, it goes again, once."""
        self.provider.mood = "code:isp.SYSTEM_ERROR"
        message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。", purpose="service")
        self.assertEqual(message.state, "uncertain")
        self.provider.mood = ""
        self.sms.action_resume()
        self._go()
        self.assertEqual(message.state, "uncertain", "it may be on its way still")
        self.env.cr.execute(
            "UPDATE hcrm_communication SET claimed_at = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(minutes=6), message.id),
        )
        self._go()
        self.assertEqual(message.state, "sent")
        self.assertEqual(len(self.provider.phones), 1)

    def test_handed_over_about_midnight(self):
        """What the provider took just after its midnight stands under the next day."""
        at = fields.Datetime.now().replace(hour=15, minute=58) - timedelta(days=2)
        following = (at + timedelta(days=1)).strftime("%Y%m%d")
        row = {"PhoneNum": "13800138001", "day": following, "OutId": "late.1"}
        self.provider.sent.append(row)
        [connection] = self.sms._open_connections(1, sandbox=False)
        self.addCleanup(connection.close)
        handed = [gateway.Handed(ref, "+8613800138001", at) for ref in ("late", "never")]
        found = connection.ask_about(handed)
        self.assertEqual(found["late"].status, gateway.ACCEPTED)
        self.assertEqual(found["never"].code, "never_left")

    def test_the_sandbox_asks_nobody(self):
        self.sms.sandbox = True
        message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。")
        self.assertEqual((message.state, message.is_sandboxed), ("sent", True))
        self.assertFalse(self.provider.asked)


@tagged("post_install", "-at_install")
class TestRegistering(TemplateSmsCase):
    """From our approved text to the provider's, and back."""

    def _create_text(self, body, purpose="care"):
        nurse = new_test_user(self.env, "words", "hcrm_base.group_nurse")
        template = self.env["hcrm.message.template"].create(
            {"name": "提醒", "purpose": purpose, "user_id": nurse.id}
        )
        text = self.env["hcrm.message.template.text"].create(
            {"template_id": template.id, "channel": "sms", "body": body}
        )
        text.action_approve()
        return text

    def test_a_template_is_registered_and_goes(self):
        text = self._create_text(
            "{signature}{person.title|您好}，您有一条{value.kind}，"
            "请查看{value.link}，咨询{hospital.phone|客服}。"
        )
        self.env.company.phone = "010-88886666"
        self.env.flush_all()
        self.env.invalidate_all()
        base = self.env["ir.config_parameter"].get_param("web.base.url")
        made = self.env["hcrm.provider.template"].create(
            {"gateway_id": self.sms.id, "text_id": text.id, "code": "SMS_9"}
        )
        phone = self.env.company.phone
        self.assertEqual(
            made.words, f"${{title}}，您有一条${{kind}}，请查看{base}/s/${{link}}，咨询{phone}。"
        )
        self.assertFalse(made.differs)
        self.assertIn(f"【{SIGN}】", made.example)
        self.provider.templates["SMS_9"] = (made.words, 1)
        made.action_submit()
        made.action_ask_provider()
        self.assertEqual(made.state, "approved")
        message = self._ask(
            body=None,
            template_id=text.template_id.id,
            values={"kind": "通知", "link": f"{base}/s/abc-123"},
        )
        self._go()
        self.assertEqual(message.state, "sent", message.why)
        words = f"【{SIGN}】李明，您有一条通知，请查看{base}/s/abc-123，咨询{phone}。"
        self.assertEqual(self.provider.phones, [(LI, words)])

    def test_refused_with_its_reason(self):
        one = self._register("SMS_3", "您好${x}，请查看。")
        self.provider.templates["SMS_3"] = (one.words, 2)
        one.action_ask_provider()
        self.assertEqual((one.state, one.refusal), ("refused", "变量过多"))

    def test_other_words_at_the_provider(self):
        self.provider.templates["SMS_1"] = (WORDS + "！", 1)
        with self.assertRaisesRegex(UserError, "other words"):
            self.registered.action_ask_provider()
        self.provider.templates["SMS_1"] = (WORDS, 1)

    def test_words_that_cannot_be_registered(self):
        for words in ("${a}${b}您好", "【仁爱医院】您好", "您好{person.name}", "${a}和${a}"):
            with self.subTest(words=words), self.assertRaises(ValidationError):
                self.env["hcrm.provider.template"].create(
                    {"gateway_id": self.sms.id, "words": words}
                )

    def test_registered_words_do_not_change(self):
        with self.assertRaises(UserError):
            self.registered.words = "别的"

    def test_an_approved_number_does_not_change(self):
        """A slip of the pen is mended before the provider approved it, not after."""
        with self.assertRaises(UserError):
            self.registered.code = "SMS_2"
        self.registered.action_refuse()
        self.registered.code = "SMS_2"
        self.assertEqual(self.registered.code, "SMS_2")

    def test_a_new_version_says_something_else(self):
        text = self._create_text("{signature}{person.title|您好}，请来院。")
        made = self.env["hcrm.provider.template"].create(
            {"gateway_id": self.sms.id, "text_id": text.id, "code": "SMS_5"}
        )
        self.assertFalse(made.differs)
        draft = self.env["hcrm.message.template.text"].browse(text.action_new_version()["res_id"])
        draft.body = "{signature}{person.title|您好}，请明天来院。"
        draft.action_approve()
        self.assertTrue(made.differs)

    def test_the_form_shows_what_a_provider_wants(self):
        """Whatever other views make of it: each kind has its address, login and secret."""
        form = etree.fromstring(self.env["hcrm.gateway"].get_view(view_type="form")["arch"])
        wanted = ("url", "user", "new_secret", "has_secret")
        for kind in ("kannel", "asterisk", "aliyun", "wechat_oa", "wecom", "asterisk_fax"):
            shown = sorted(
                field.get("name")
                for field in form.iterfind(".//group/field")
                if field.get("name") in wanted
                and not safe_eval(field.get("invisible") or "False", {"kind": kind})
            )
            self.assertEqual(shown, sorted(wanted), kind)

    def test_a_gateway_of_another_channel(self):
        with self.assertRaises(ValidationError):
            self.mail.kind = "aliyun"


@tagged("post_install", "-at_install")
class TestTemplateSmsCallbacks(TemplateSmsCase, HttpCase):
    """Reports and answers are pushed; what is forged, repeated or floods changes nothing."""

    def setUp(self):
        super().setUp()
        self.message = self._send(f"【{SIGN}】李明，您预约了明天到院，请带好证件。")
        self.out_id = self.provider.sent[-1]["OutId"]
        self.report = self.sms._get_platform_url("report").partition("/hcrm/")[2]
        self.upward = self.sms._get_platform_url("upward").partition("/hcrm/")[2]

    def _push(self, path, rows):
        self.env.flush_all()
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        reply = self.url_open(
            f"/hcrm/{path}", data=body, headers={"Content-Type": "application/json"}
        )
        self.env.invalidate_all()
        return reply

    def _row(self, success=True, out_id=None):
        return {
            "phone_number": LI,
            "success": success,
            "err_code": "DELIVERED" if success else "MK:0001",
            "err_msg": "用户接收成功" if success else "空号 13800138001",
            "out_id": self.out_id if out_id is None else out_id,
            "biz_id": "1^0",
        }

    def test_delivered(self):
        reply = self._push(self.report, [self._row()])
        self.assertEqual(reply.json(), {"code": 0, "msg": "成功"})
        self.assertEqual(self.message.state, "delivered")
        self._push(self.report, [self._row(False)])
        self.assertEqual(self.message.state, "delivered", "what arrived stays so")

    def test_not_delivered(self):
        self._push(self.report, [self._row(False), self._row(False)])
        self.assertEqual(self._told(self.message), ("failed", "undelivered"))
        self.assertNotIn(LI, self.message.failure_detail)

    def test_forged(self):
        ref, attempt, proof = self.out_id.split(".")
        for out_id in (
            f"{ref}.{attempt}.{'0' * len(proof)}",
            f"{ref}.{int(attempt) + 1}.{proof}",
            f"{ref}.{attempt}",
            f"{ref}.９.{proof}",
            f"{'0' * 32}.{attempt}.{proof}",
            "",
        ):
            self._push(self.report, [self._row(False, out_id)])
        for body in (b"[[[", b"{}", b"[1, null]", b"\xff\xfe", b"[" * 5000):
            self.assertEqual(self._push(self.report, body).status_code, 200)
        stranger = self._push(self.report.replace("sig=", "sig=0"), [self._row(False)])
        self.assertEqual(stranger.status_code, 404)
        self.assertEqual(self.message.state, "sent")

    def test_an_answer(self):
        row = {
            "phone_number": LI,
            "content": "R",
            "sequence_id": 77,
            "dest_code": "1069",
            "send_time": "2026-11-22 10:00:00",
        }
        self._push(self.upward, [row])
        self._push(self.upward, [row])
        found = self.env["hcrm.inbound"].search([("gateway_id", "=", self.sms.id)])
        self.assertEqual(found.mapped("body_stored"), ["R"])
        found._work()
        self.assertEqual(found.partner_id, self.li)
        self.assertEqual(found.question, "care", "asked back before care stops")

    def test_a_flood(self):
        self.sms.inbound_rate = 2
        codes = [self._push(self.upward, []).status_code for _time in range(4)]
        self.assertEqual(codes[-1], 503)

    def test_number_abroad(self):
        self.assertEqual(aliyun_sms.number("+85291234567"), "85291234567")
