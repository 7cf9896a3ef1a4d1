from datetime import datetime

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..tools import message_lint
from .common import CommunicationCase


class TemplateCase(CommunicationCase):
    """Templates, and users who write and read them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "chief", "hcrm_base.group_service_manager")
        cls.marketing = new_test_user(cls.env, "ads", "hcrm_base.group_marketing")
        cls.nurse = new_test_user(cls.env, "ward", "hcrm_base.group_nurse")
        cls.li.write({"sex": "male", "lang": "zh_CN", "tz": "Asia/Shanghai"})
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.sms.signature = "仁爱医院"

    def _template(self, body, channel="sms", approve=True, user=None, lang="zh_CN", **values):
        subject = values.pop("subject_line", False)
        template = self.env["hcrm.message.template"].create(
            {
                "name": "t",
                "purpose": "care",
                "user_id": (user or self.nurse).id,
                **values,
            }
        )
        text = self._text(template, body, channel, lang, subject)
        if approve:
            text.action_approve()
        return template

    def _text(self, template, body, channel="sms", lang="zh_CN", subject=False):
        return self.env["hcrm.message.template.text"].create(
            {
                "template_id": template.id,
                "lang": lang,
                "channel": channel,
                "body": body,
                "subject_line": subject,
            }
        )

    def _codes(self, body, channel="sms", subject="", **values):
        template = self._template(body, channel, approve=False, subject_line=subject, **values)
        return sorted(one.code for one in message_lint.errors(template.text_ids._lint()))

    def _appointment(self, partner=None, **values):
        starts = datetime(2026, 12, 24, 1, 30)
        return self.env["hcrm.appointment"].create(
            {
                "partner_id": (partner or self.li).id,
                "company_id": self.env.company.id,
                "starts_at": starts,
                "service": "复诊",
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestTemplate(TemplateCase):
    """Words are written once, approved, frozen, and filled for each person."""

    def test_filled_for_a_person(self):
        template = self._template(
            "{signature}{person.title|您好}，{appointment.date}{appointment.time}，请到院。"
        )
        appointment = self._appointment()
        message = self._ask(
            body=None,
            template_id=template.id,
            purpose=None,
            res_model="hcrm.appointment",
            res_id=appointment.id,
        )
        self.assertEqual(
            message.with_user(self.nurse).body, "【仁爱医院】李明先生，12月24日 周四09:30，请到院。"
        )
        self.assertEqual((message.purpose, message.template_id), ("care", template))
        [sent] = self._drain()
        self.assertIn("李明先生", sent.text)

    def test_as_who_is_responsible(self):
        """What this user may not read is not in the text, not even through a program."""
        reader = new_test_user(self.env, "plain", "base.group_user")
        template = self._template("{signature}{person.name|您好}，请到院。", user=reader)
        message = self._ask(body=None, template_id=template.id)
        self.assertEqual(message.body_stored, "【仁爱医院】您好，请到院。")
        named = self._template("{signature}{person.name}，请到院。", user=reader)
        message = self._ask(body=None, template_id=named.id, key="no words")
        self.assertEqual((message.state, message.failure_code), ("failed", "bad_text"))
        self.assertIn("person.name", message.why)
        self.assertFalse(self._drain_but(message))
        with self.assertRaises(UserError):
            message.action_replay()

    def _drain_but(self, message):
        return [sent for sent in self._drain() if sent.number == message.id]

    def test_who_left_fills_nothing(self):
        template = self._template("{signature}{person.name}，请到院。")
        self.nurse.active = False
        message = self._ask(body=None, template_id=template.id)
        self.assertEqual(message.failure_code, "bad_text")

    def test_text_of_the_channel_taken(self):
        template = self._template("{signature}短信", subject_line=False)
        self._text(template, "邮件正文", "email", subject="通知").action_approve()
        message = self._ask(body=None, template_id=template.id, channels=["sms", "email"])
        self.li.phone = False
        [sent] = self._drain()
        self.assertEqual((sent.text, sent.subject), ("邮件正文", "通知"))
        self.assertEqual(message.body_stored, "邮件正文")

    def test_language_of_the_recipient(self):
        template = self._template("{signature}请于{today}到院。")
        self._text(template, "Please come {today}.", lang="en_US").action_approve()
        self.li.lang = "en_US"
        message = self._ask(body=None, template_id=template.id)
        self.assertTrue(message.body_stored.startswith("Please come "))
        self.assertEqual(message.lang, "en_US")

    def test_hostile_names(self):
        """A name that is a link, a place or a signature puts nothing into a message."""
        template = self._template("{signature}{person.name}，请到院。")
        for name in (
            "http://evil.example",
            "{encounter.diagnosis}",
            "【别的医院】",
            "李\n明\u202e",
        ):
            person = self._create_person(name, phone="13800138077")
            message = self._ask(person, body=None, template_id=template.id)
            text = message.body_stored or ""
            self.assertNotIn("evil", text)
            self.assertNotIn("{", text)
            self.assertNotIn("【别", text)
            self.assertNotIn("\n", text)

    def test_many_at_once(self):
        template = self._template("{signature}{person.title|您好}，{appointment.date}请到院。")
        persons = [self._create_person(f"甲{n}", phone=f"139001{n:05}") for n in range(60)]
        appointments = [self._appointment(person) for person in persons]
        self.env.flush_all()

        def ask(count, start):
            self.env.invalidate_all()
            requests = [
                {
                    "recipient_id": person.id,
                    "purpose": "care",
                    "channels": ["sms"],
                    "key": f"many/{start}/{person.id}",
                    "template_id": template.id,
                    "res_model": "hcrm.appointment",
                    "res_id": appointment.id,
                }
                for person, appointment in list(zip(persons, appointments, strict=True))[:count]
            ]
            before = self.env.cr.sql_log_count
            asked = self.messages._ask(requests)
            self.assertEqual(set(asked.mapped("state")), {"waiting"})
            return self.env.cr.sql_log_count - before

        ask(1, 0)
        one, fifty = ask(1, 1), ask(50, 2)
        self.assertLessEqual(fifty, one + 2, "no query for each message")

    def test_nobody_sends_what_is_not_approved(self):
        template = self._template("{signature}草稿", approve=False)
        with self.assertRaises(ValidationError):
            self._ask(body=None, template_id=template.id)

    def test_approved_words_are_frozen(self):
        template = self._template("{signature}第一版")
        text = template.text_ids
        for vals in ({"body": "x"}, {"channel": "email"}, {"lang": "en_US"}):
            with self.assertRaises(UserError):
                text.write(vals)
        with self.assertRaises(UserError):
            template.purpose = "marketing"
        with self.assertRaises(UserError):
            template.unlink()
        text.action_new_version()
        draft = template.text_ids.filtered(lambda one: one.state == "draft")
        self.assertEqual((draft.number, draft.body), (2, text.body))
        draft.body = "{signature}第二版"
        draft.action_approve()
        self.assertEqual((text.state, draft.state), ("replaced", "approved"))
        self.assertEqual(draft.approved_by_id, self.env.user)
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "UPDATE hcrm_message_template_text SET state = 'approved' WHERE id = %s",
                (text.id,),
            )

    def test_who_writes(self):
        template = self._template("{signature}x", approve=False)
        with self.assertRaises(AccessError):
            template.with_user(self.nurse).name = "y"
        with self.assertRaises(AccessError):
            template.text_ids.with_user(self.nurse).action_approve()
        with self.assertRaises(AccessError):
            template.with_user(self.marketing).name = "y"
        with self.assertRaises(AccessError):
            template.text_ids.with_user(self.marketing).action_approve()
        with self.assertRaises(AccessError):
            template.text_ids.with_user(self.manager).write({"state": "approved"})
        template.text_ids.with_user(self.manager).action_approve()
        own = self.env["hcrm.message.template"].with_user(self.marketing)
        offer = own.create({"name": "offer", "purpose": "marketing"})
        with self.assertRaises(AccessError):
            own.create({"name": "care", "purpose": "care"})
        with self.assertRaises(AccessError):
            offer.purpose = "care"

    def test_preview(self):
        self._appointment()
        template = self._template("{signature}{person.title}，{appointment.time}", approve=False)
        text = template.text_ids.with_user(self.nurse)
        shown = text.new({"preview_partner_id": self.li.id}, origin=text)
        self.assertEqual(shown.preview, "【仁爱医院】李明先生，09:30")
        self.assertIn("〔", text.preview)

    def test_sending_to_a_segment_by_template(self):
        template = self._template(
            "{signature}{person.title|您好}，请到院。", user=self.manager, purpose="service"
        )
        segment = self.env["hcrm.segment"].create(
            {"name": "One person", "kind": "fixed", "owner_id": self.manager.id}
        )
        segment._add_members(self.li)
        sending = self.env["hcrm.sending"].create(
            {
                "name": "x",
                "segment_id": segment.id,
                "purpose": "service",
                "template_id": template.id,
                "user_id": self.manager.id,
            }
        )
        sending.sudo()._ask_next()
        message = self.messages.search([("res_model", "=", "hcrm.sending")])
        self.assertEqual(message.body_stored, "【仁爱医院】李明先生，请到院。")


@tagged("post_install", "-at_install")
class TestMessageLint(TemplateCase):
    """Nothing about health where others read along; what must stand, stands."""

    def test_health_words(self):
        for body in (
            "您的糖尿病复诊",
            "肿瘤科提醒您",
            "肿 瘤\u200b科提醒您",
            "ＨＩＶ检测",
            "请按时服用二甲双胍",
            "您的结果为阳性",
        ):
            self.assertTrue(
                {"health_word", "department_word"} & set(self._codes("{signature}" + body)), body
            )
        self.assertEqual(self._codes("{signature}您的预约已确认"), [])
        self.assertEqual(self._codes("{signature}血糖 9.8 mmol/L"), ["health_value"])
        self.assertEqual(self._codes("{signature}E11.9复诊"), ["icd_code"])
        self.assertEqual(self._codes("{signature}{encounter.diagnosis}复诊"), ["clinical_place"])
        self.assertEqual(self._codes("糖尿病复诊，血糖 9.8 mmol/L", "letter"), [])
        self.assertEqual(self._codes("{signature}x", is_clinical=True), ["clinical_open"])
        self.assertEqual(self._codes("{encounter.diagnosis}", "letter", is_clinical=True), [])

    def test_words_are_data(self):
        self.assertEqual(self._codes("{signature}紫色方案"), [])
        word = self.env["hcrm.lint.word"].create({"name": "紫色方案", "kind": "drug"})
        self.assertEqual(self._codes("{signature}紫色方案"), ["health_word"])
        word.active = False
        self.assertEqual(self._codes("{signature}紫色方案"), [])

    def test_marketing(self):
        codes = self._codes("{signature}体检优惠。{opt_out}", purpose="marketing")
        self.assertEqual(codes, [])
        self.assertEqual(self._codes("{signature}优惠", purpose="marketing"), ["no_opt_out"])
        self.assertEqual(
            self._codes("{signature}根治！拒收请回复R", purpose="marketing"), ["cure_promise"]
        )
        mail = {"channel": "email", "purpose": "marketing"}
        self.assertEqual(self._codes("优惠。{opt_out}", subject="（AD）体检", **mail), [])
        self.assertEqual(self._codes("优惠。{opt_out}", subject="体检", **mail), ["no_ad_mark"])
        self.assertEqual(self._codes("优惠。{opt_out}", "email"), ["no_subject"])

    def test_links(self):
        self.env["ir.config_parameter"].sudo().set_param("web.base.url", "https://crm.renai.cn")
        self.assertEqual(self._codes("{signature}https://crm.renai.cn/s/abc"), [])
        for link in (
            "http://evil.example/x",
            "https://crm.renai.cn.evil.com",
            "https://crm.renai.cn@evil.com/",
            "www.evil.com",
            "bit.ly/x evil.top/a",
        ):
            self.assertIn("foreign_link", self._codes("{signature}" + link), link)

    def test_signature_and_places(self):
        self.assertEqual(self._codes("您的预约已确认"), ["no_signature"])
        self.assertEqual(self._codes("【仁爱医院】您的预约已确认"), [])
        self.assertEqual(self._codes("Your appointment is confirmed"), [])
        self.assertEqual(self._codes("{signature}{person.phone}"), ["unknown_place"])
        self.assertEqual(self._codes("{signature}{person.__class__}{1+1}"), ["unknown_place"] * 2)
        self.assertEqual(self._codes("{signature}" + "好" * 800), ["too_long"])

    def test_department_known_only_when_filled(self):
        """A neutral template is not neutral for a clinic whose name gives it away."""
        template = self._template("{signature}请到{appointment.department}就诊。")
        department = self.env["hr.department"].create({"name": "肿瘤科"})
        appointment = self._appointment(department_id=department.id)
        message = self._ask(
            body=None,
            template_id=template.id,
            res_model="hcrm.appointment",
            res_id=appointment.id,
        )
        self.assertEqual((message.state, message.failure_code), ("failed", "bad_text"))
        self.assertFalse(self._drain())
        officer = message.with_user(new_test_user(self.env, "desk", "hcrm_base.group_officer"))
        self.assertIn("肿瘤科", message.with_user(self.nurse).why, "she may read the text")
        self.assertIn("secure link", officer.why)
        self.assertNotIn("肿瘤", officer.why + str(officer.failure_values))
        self.assertNotIn("肿瘤", message.with_user(self.nurse)._hcrm_why("zh_CN", kept=True))

    def test_words_that_are_forgotten(self):
        """Given words for each channel, an erasure and the end of a secret empty them all."""
        template = self._template("{signature}{person.name}，请到院。")
        self._text(template, "{person.name}，请到院。", "email", subject="通知").action_approve()
        asked = {"body": None, "template_id": template.id, "channels": ["sms", "email"]}
        secret = self._ask(is_secret=True, **asked)
        self._drain()
        self.assertEqual(secret.state, "sent")
        self.assertFalse(secret.texts_stored or secret.body_stored)
        kept = self._ask(**asked)
        self._drain()
        self.assertIn("李明", str(kept.texts_stored))
        failed = self._ask(
            body=None,
            template_id=self._template("{signature}{value.clinic}见。").id,
            values={"clinic": "李明的肿瘤科"},
        )
        self.assertIn("肿瘤科", failed.trouble_stored)
        self.env.flush_all()
        self.li._hcrm_erase_rows()
        self.env.invalidate_all()
        for message in kept | failed:
            self.assertFalse(message.texts_stored or message.body_stored or message.trouble_stored)
            self.assertTrue(message.state == "sent" or "…" in message.why)

    def test_a_draft_with_errors_is_not_approved(self):
        template = self._template("{signature}糖尿病", approve=False)
        self.assertFalse(template.text_ids.is_clean)
        self.assertIn("糖尿病", template.text_ids.findings)
        with self.assertRaises(ValidationError):
            template.text_ids.action_approve()
