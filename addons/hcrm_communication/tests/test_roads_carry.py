import re
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .roads_common import LI, OUTSIDE, WANG, MailRoadCase

GUARD = "odoo.addons.hcrm_communication.models.ir_mail_server"


@tagged("post_install", "-at_install")
class TestRoadsCarry(MailRoadCase):
    """What a message takes along, what users see of it, and the guard behind it all."""

    def test_contents(self):
        mail = self._create_mail(
            email_to=LI,
            reply_to="thread@hospital.example",
            references="<first@hospital.example>",
            headers="{'List-Unsubscribe': '<https://hospital.example/u>'}",
            attachment_ids=[Command.create({"name": "检查须知.pdf", "raw": b"%PDF-1.4 x"})],
        )
        own_id = mail.message_id
        mail.send()
        [(_to, got)] = self._leave()
        self.assertIn("请来院", got.get_body(("html",)).get_content())
        self.assertIn("请来院", got.get_body(("plain",)).get_content())
        [file] = got.iter_attachments()
        self.assertEqual((file.get_filename(), file.get_content()), ("检查须知.pdf", b"%PDF-1.4 x"))
        self.assertEqual(got["Reply-To"], "thread@hospital.example")
        self.assertEqual(got["List-Unsubscribe"], "<https://hospital.example/u>")
        self.assertEqual(got["References"], f"<first@hospital.example> {own_id}")
        self.assertFalse([name for name in got.keys() if name.lower().startswith("x-hcrm")])

    def test_marks_never_leave(self):
        self._create_mail(
            email_to=OUTSIDE, headers=str({"X-HCRM-Partner": str(self.nurse.partner_id.id)})
        ).send()
        [(_tos, got)] = self.sink.take()
        self.assertFalse([name for name in got.keys() if name.lower().startswith("x-hcrm")])

    def test_forged_mark(self):
        """A header that somebody typed makes no employee of a customer."""
        self._create_mail(
            email_to=LI, headers=str({"X-HCRM-Partner": str(self.nurse.partner_id.id)})
        ).send()
        self.assertFalse(self.sink.take())

    def test_files_are_for_nobody(self):
        self._create_mail(
            email_to=LI, attachment_ids=[Command.create({"name": "a.txt", "raw": b"hiv"})]
        ).send()
        kept = self.env["ir.attachment"].search([("res_field", "=", "files_stored")])
        self.assertEqual(len(kept), 1)
        for group in ("nurse", "doctor", "officer", "service_manager", "hcrm_admin", "marketing"):
            user = self.nurse.copy({"login": f"reader {group}", "group_ids": [(6, 0, [])]})
            user.group_ids = self.env.ref(f"hcrm_base.group_{group}")
            self.assertFalse(kept.with_user(user).has_access("read"), group)

    def test_confidential_records(self):
        self.li.lang = "en_US"
        visit = self.env["hcrm.appointment"].search([], limit=1) or self.env[
            "hcrm.appointment"
        ].create(
            {
                "partner_id": self.li.id,
                "company_id": self.env.company.id,
                "starts_at": "2030-01-01 08:00:00",
            }
        )
        self._create_mail(
            email_to=LI,
            model="hcrm.appointment",
            res_id=visit.id,
            subject="HIV 门诊",
            body_html="<p>结果已出</p>",
            attachment_ids=[Command.create({"name": "hiv.txt", "raw": b"hiv"})],
        ).send()
        [(_to, got)] = self._leave()
        self.assertNotIn("hiv", got.as_string().lower())
        plain = got.get_body(("plain",)).get_content()
        [token] = re.findall(r"/s/([\w-]{20,})", plain)
        link = self.env["hcrm.secure.link"]._find(token)
        self.assertEqual((link.partner_id, link.channel), (self.li, "sms"), "not the mailbox again")
        page = link._find_target()._hcrm_secure_page(link)
        self.assertEqual(page["text"], "HIV 门诊\n\n结果已出\n\nWe keep for you: hiv.txt")
        [message] = self.messages.search([("recipient_id", "=", self.li.id)])
        for reader in (self.nurse, self.officer):
            self.assertNotIn("HIV", message.with_user(reader).body)

    def test_neutral_words_are_the_persons(self):
        """Given a person who reads Chinese and a code by e-mail only, both languages are right."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.li.write({"lang": "zh_CN", "phone": False})
        visit = self.env["hcrm.appointment"].create(
            {
                "partner_id": self.li.id,
                "company_id": self.env.company.id,
                "starts_at": "2030-01-01 08:00:00",
            }
        )
        mail = {"email_to": LI, "model": "hcrm.appointment", "res_id": visit.id}
        self._create_mail(**mail).send()
        [(_to, got)] = self._leave()
        self.assertRegex(got.get_body(("plain",)).get_content(), "验证码[^ ]*/s/")
        self.assertRegex(str(got["Subject"]), "消息|信息")
        self.assertEqual(self.env["hcrm.secure.link"].search([], limit=1).channel, "email")
        before = self.env["hcrm.secure.link"].search_count([])
        self.env["mail.mail"].search([("res_id", "=", visit.id)]).state = "outgoing"
        self.env["mail.mail"].search([("res_id", "=", visit.id)]).send()
        self.assertEqual(self.env["hcrm.secure.link"].search_count([]), before, "one each")

    # ONCE, AND WHAT USERS SEE

    def test_a_repeated_mail_is_one(self):
        mail = self._create_mail(email_to=LI)
        mail.send()
        mail.state = "outgoing"  # the worker died before it noted that it was done
        mail.send()
        self.assertEqual(len(self._leave()), 1)
        mail.state = "outgoing"
        mail.send()
        self.assertFalse(self._leave())
        self.assertEqual(mail.state, "sent")

    def test_states(self):
        mail = self._create_mail(email_to=LI, auto_delete=False)
        mail.send()
        self.assertEqual(mail.state, "outgoing")
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(len(self.messages.search([("recipient_id", "=", self.li.id)])), 1)
        self._leave()
        self.assertEqual((mail.state, mail.failure_reason), ("sent", False))

    def test_states_when_refused(self):
        mail = self._create_mail(email_to=LI, auto_delete=True)
        mail.send()
        self.assertTrue(mail.exists(), "deleted by Odoo only when it left")
        with self._refusing(self.li):
            self._leave()
        self.assertEqual(mail.state, "exception")
        self.assertTrue(mail.failure_reason)
        mail.action_retry()
        mail.send()
        self.assertEqual([to for to, _mail in self._leave()], [LI])
        self.assertFalse(mail.exists())

    def test_cancelled(self):
        mail = self._create_mail(email_to=LI)
        mail.send()
        mail.cancel()
        self.assertFalse(self._leave())
        mail.mark_outgoing()
        mail.send()
        self.assertEqual(len(self._leave()), 1, "sent after all, by a person's will")

    def test_envelope(self):
        message = self.wang.message_post(
            body="您好", partner_ids=self.li.ids, message_type="comment"
        )
        envelope = message.notification_ids
        self.assertEqual(envelope.notification_status, "process")
        self._leave()
        self.assertEqual(envelope.notification_status, "pending")

    def test_envelope_when_refused(self):
        message = self.wang.message_post(
            body="您好", partner_ids=(self.li | self.outsider).ids, message_type="comment"
        )
        with self._refusing(self.li):
            self._leave()
        envelope = {one.res_partner_id: one for one in message.notification_ids}
        self.assertEqual(envelope[self.outsider].notification_status, "sent")
        refused = envelope[self.li]
        self.assertEqual(refused.notification_status, "exception")
        english = refused.format_failure_reason()
        chinese = refused.with_context(lang="zh_CN").format_failure_reason()
        self.assertTrue(english and chinese)
        self.assertNotIn("Unknown", english)

    def test_words_of_the_ledger(self):
        """The real policy over the real ledger, in the reader's words."""
        self.env["hcrm.consent"].create(
            {
                "partner_id": self.li.id,
                "purpose": "service",
                "status": "withdrawn",
                "decided_at": fields.Datetime.now() - timedelta(days=1),
            }
        )
        message = self.wang.message_post(
            body="您好", partner_ids=(self.li | self.wang).ids, message_type="comment"
        )
        self.assertEqual([to for to, _mail in self._leave()], [WANG])
        envelope = {one.res_partner_id: one for one in message.notification_ids}
        self.assertEqual(envelope[self.wang].notification_status, "pending")
        refused = envelope[self.li]
        self.assertEqual(refused.notification_status, "exception")
        english = refused.with_context(lang="en_US").format_failure_reason()
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = refused.with_context(lang="zh_CN").format_failure_reason()
        self.assertIn("consent", english.lower())
        self.assertRegex(chinese, "[一-龥]")
        self.assertTrue(refused.failure_reason)

    def test_clinical_reasons_are_not_stored(self):
        """Whoever looks at a failed mail does not learn of a pregnancy that was lost."""
        mail = self._create_mail(email_to=LI)
        mail.send()
        [message] = self.messages.search(
            [("res_id", "=", mail.id), ("res_model", "=", "mail.mail")]
        )
        self.env.cr.execute(
            """UPDATE hcrm_communication SET state = 'refused',
                      reasons = '[["loss_topic", {"effect": "refuse", "on": "2026-01-02"}]]'
                WHERE id = %s""",
            [message.id],
        )
        self.env.invalidate_all()
        doctor = self.nurse.copy({"login": "doctor", "group_ids": [(6, 0, [])]})
        doctor.group_ids = self.env.ref("hcrm_base.group_doctor")
        self.assertIn("2026", message.with_user(doctor)._hcrm_why("en_US"))
        mail._hcrm_settle()
        self.assertTrue(mail.failure_reason)
        self.assertNotIn("2026", mail.failure_reason)

    # THE GUARD

    def test_guard(self):
        """Code that goes straight to a session is refused at the last moment."""
        session = self.env["ir.mail_server"]._connect__(mail_server_id=self.server.id)
        with mute_logger(GUARD), self.assertLogs(GUARD, "ERROR"):
            refused = session.sendmail("a@hospital.example", [LI, OUTSIDE], b"Subject: x\r\n\r\nx")
        session.quit()
        self.assertEqual(list(refused), [LI])
        self.assertEqual([tos for tos, _mail in self.sink.take()], [[OUTSIDE]])

    def test_guard_behind_an_override(self):
        """An addon that sends by itself what we took is refused, too."""

        def send(server, message, *_args, **_kwargs):
            session = server._connect__(mail_server_id=self.server.id)
            try:
                session.send_message(message, "a@hospital.example", [message["To"]])
            finally:
                session.close()

        model = type(self.env["ir.mail_server"])
        with patch.object(model, "send_email", send), mute_logger(GUARD, "odoo.addons.mail"):
            self._create_mail(email_to=LI).send()
        self.assertFalse(self.sink.take())

    def test_no_mail_server_of_odoo_is_needed(self):
        def away(*_args, **_kwargs):
            raise OSError("no route")

        with patch.object(IrMail_Server, "_connect__", away):
            mail = self._create_mail(email_to=LI)
            mail.send()
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(len(self._leave()), 1)

    def test_budget(self):
        """Who is a customer is asked once for all mails."""
        people = self.env["res.partner"].create(
            [
                {"name": f"p{n}", "email": f"p{n}@x.example", "kind_ids": [(4, self.kind.id)]}
                for n in range(50)
            ]
        )
        mails = self.env["mail.mail"].create(
            [{"email_to": one.email, "subject": "x", "body_html": "x"} for one in people]
        )
        self.env.flush_all()
        for count in (1, 50):
            self.env.invalidate_all()
            with self.subTest(count=count), self.assertQueryCount(6):
                self.assertEqual(len(mails[:count]._hcrm_filter_to_customers()), count)
