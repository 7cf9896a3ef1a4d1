from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .roads_common import RoadCase

LI, WANG = "liming@example.org", "wang.fang@example.org"
STAFF, OUTSIDE = "zhao@hospital.example", "office@acme.example"
GUARD = "odoo.addons.hcrm_communication.models.ir_mail_server"


@tagged("post_install", "-at_install")
class TestRoadsEmail(RoadCase):
    """Every road of Odoo that ends in an e-mail meets the outbox before it meets a customer."""

    def _create_mail(self, **values):
        return self.env["mail.mail"].sudo().create(
            {"subject": "复诊", "body_html": "<p>请来院</p>", **values}
        )

    # ROADS

    def test_message_post(self):
        self._assert_passes(
            lambda: self.wang.with_user(self.nurse).message_post(
                body="您好", partner_ids=self.li.ids, message_type="comment"
            ),
            LI,
        )

    def test_followers(self):
        self.wang.message_subscribe(partner_ids=(self.li | self.outsider).ids)
        arrived = self._assert_passes(
            lambda: self.wang.message_post(
                body="您好", message_type="comment", subtype_xmlid="mail.mt_comment"
            ),
            LI,
        )
        self.assertFalse([to for to, _mail in arrived if to == OUTSIDE], "went its own way before")

    def test_internal_notes_stay_inside(self):
        self.wang.message_subscribe(partner_ids=self.li.ids)
        self.wang.message_post(body="internal", message_type="comment", subtype_xmlid="mail.mt_note")
        self.assertFalse(self.messages.search([("recipient_id", "=", self.li.id)]))
        self.assertFalse(self._leave())

    def test_composer(self):
        def write():
            composer = self.env["mail.compose.message"].with_context(
                default_composition_mode="comment",
                default_model="res.partner",
                default_res_ids=self.wang.ids,
            )
            composer.create(
                {"body": "您好", "subject": "复诊", "partner_ids": [Command.set(self.li.ids)]}
            )._action_send_mail()

        self._assert_passes(write, LI)

    def test_composer_for_many(self):
        def write():
            composer = self.env["mail.compose.message"].with_context(
                default_composition_mode="mass_mail",
                default_model="res.partner",
                default_res_ids=(self.li | self.wang | self.outsider).ids,
            )
            composer.create(
                {"body": "您好", "subject": "复诊", "use_exclusion_list": False}
            )._action_send_mail()

        self._assert_passes(write, LI, WANG)

    def test_template(self):
        template = self.env["mail.template"].create(
            {
                "name": "t",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "您好 {{ object.name }}",
                "body_html": "<p>x</p>",
                "email_to": "{{ object.email }}",
                "email_cc": OUTSIDE,
            }
        )
        arrived = self._assert_passes(
            lambda: template.send_mail(self.li.id, force_send=True), LI
        )
        self.assertIn("您好 李明", [str(mail["Subject"]) for _to, mail in arrived])

    def test_queue_of_mails(self):
        def queue():
            self._create_mail(email_to=LI)
            self.env["mail.mail"].process_email_queue()

        self._assert_passes(queue, LI)

    def test_server_action(self):
        template = self.env["mail.template"].create(
            {
                "name": "t",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "x",
                "body_html": "<p>x</p>",
                "use_default_to": True,
            }
        )
        for method in ("email", "comment"):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "write",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "state": "mail_post",
                    "template_id": template.id,
                    "mail_post_method": method,
                }
            )
            run = action.with_context(active_model="res.partner", active_ids=self.li.ids)

            def act(run=run):
                run.with_context(active_id=self.li.id).run()
                self.env["mail.mail"].process_email_queue()

            with self.subTest(method=method):
                self._assert_passes(act, LI)

    def test_accounts(self):
        """Sign-up, reset of a password, portal invitation."""
        user = self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": self.li.name,
                "login": LI,
                "partner_id": self.li.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        [(_to, got)] = self._assert_passes(lambda: user.action_reset_password(), LI, model=False)
        self.assertIn("/web/reset_password?", got.get_body(("html",)).get_content())
        [message] = self.messages.search([("recipient_id", "=", self.li.id)])
        self.assertTrue(message.is_urgent)
        self.assertFalse(message.with_user(self.officer).body, "who reads it could use the link")
        stored = message.sudo()
        self.assertFalse(stored.html_stored or "reset" in stored.body_stored, "kept no longer")

    def test_portal_invitation(self):
        def invite():
            wizard = self.env["portal.wizard"].create(
                {"partner_ids": [Command.link(self.li.id)], "welcome_message": "welcome"}
            )
            wizard.user_ids.action_grant_access()

        self._assert_passes(invite, LI)

    def test_portal_share(self):
        request = self.env["hcrm.privacy.request"]._fields  # a model with a portal page may come
        self.assertTrue(request)
        share = self.env["portal.share"].with_context(
            active_model="res.partner", active_id=self.wang.id
        )
        if "portal.mixin" not in getattr(self.env["res.partner"], "_inherit", ()):
            self.wang.message_post_with_source(
                "mail.message_origin_link",
                render_values={"self": self.wang, "origin": self.wang},
                partner_ids=self.li.ids,
            )
            self.assertFalse(self._of_customers(self.sink.take()))
            self.assertEqual([to for to, _mail in self._leave()], [LI])
            return
        share.create({"partner_ids": [Command.link(self.li.id)]}).action_send_mail()

    def test_direct_to_the_mail_server(self):
        server = self.env["ir.mail_server"]

        def send(**values):
            message = server._build_email__(
                "care@hospital.example", subject="x", body="x", **values
            )
            server.send_email(message)

        self._assert_passes(lambda: send(email_to=[LI]), LI, model=False)
        self._assert_passes(
            lambda: send(email_to=[STAFF], email_cc=[LI], email_bcc=[WANG]), LI, WANG, model=False
        )

    # SPELLINGS, SHARERS, MIXTURES

    def test_spellings(self):
        self._create_person("陈一", email="chen@医院.cn")
        for spelled, arrives in (
            ("  LiMing@EXAMPLE.org ", LI),
            ('"Li, Ming" <liming@example.org>', LI),
            ("liming+news@example.org", LI),
            ("chen@xn--ekrs67m.cn", "chen@xn--ekrs67m.cn"),
            ("Chen@医院.cn", "chen@xn--ekrs67m.cn"),
        ):
            with self.subTest(spelled=spelled):
                self._assert_passes(lambda to=spelled: self._create_mail(email_to=to).send(), arrives)

    def test_tag_on_file(self):
        """Who is on file with a tag is met without it, too."""
        self._create_person("何二", email="he+hospital@example.org")
        self._assert_passes(
            lambda: self._create_mail(email_to="he@example.org").send(), "he+hospital@example.org"
        )

    def test_second_address(self):
        two = self._create_person("胡三", email="hu@example.org, hu.work@example.org")
        self._assert_passes(
            lambda: self._create_mail(email_to="hu.work@example.org").send(), "hu.work@example.org"
        )
        self._assert_passes(
            lambda: self._create_mail(recipient_ids=[Command.link(two.id)]).send(),
            "hu@example.org",
            "hu.work@example.org",
        )

    def test_mixed_recipients(self):
        arrived = []

        def send():
            self._create_mail(email_to=f"{LI}, {OUTSIDE}", email_cc=f"{WANG}, {STAFF}").send()
            arrived.extend(to for tos, _mail in self.sink.mails for to in tos)

        self._assert_passes(send, LI, WANG)
        self.assertEqual(sorted(arrived), sorted([OUTSIDE, STAFF] * 2), "the others as ever")

    def test_archived_merged_and_lost(self):
        self.li.active = False
        self._create_mail(email_to=LI).send()
        self.assertFalse(self.sink.take())
        self.assertFalse(self._leave(), "an archived person is reached by no channel")

    def test_employees_are_staff(self):
        self.wang.email = STAFF
        mail = self._create_mail(recipient_ids=[Command.link(self.nurse.partner_id.id)])
        mail.send()
        self.assertEqual([tos for tos, _mail in self.sink.take()], [[STAFF]])
        self._create_mail(email_to=STAFF).send()
        self.assertFalse(self.sink.take(), "nobody says who is meant: the patient, perhaps")

    def test_shared_address(self):
        wife = self._create_person("刘洋", email=LI)
        with self._refusing(wife):
            self._create_mail(email_to=LI).send()
            self.assertFalse(self._leave(), "one of the two said no, and nobody knows who is meant")
            self._create_mail(recipient_ids=[Command.link(self.li.id)]).send()
            self.assertEqual([to for to, _mail in self._leave()], [LI], "he is meant")
            self._create_mail(email_to=LI, model="res.partner", res_id=self.li.id).send()
            self.assertEqual([to for to, _mail in self._leave()], [LI], "it is about him")
        with self._refusing(self.li):
            self._create_mail(email_to=LI).send()
            self.assertFalse(self._leave())
        self._create_mail(email_to=LI).send()
        self.assertEqual([to for to, _mail in self._leave()], [LI], "once for both")

    # WHAT IT CARRIES

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
            email_to=OUTSIDE, headers="{'X-HCRM-Partner': '%s'}" % self.nurse.partner_id.id
        ).send()
        [(_tos, got)] = self.sink.take()
        self.assertFalse([name for name in got.keys() if name.lower().startswith("x-hcrm")])

    def test_forged_mark(self):
        """A header that somebody typed makes no employee of a customer."""
        self._create_mail(
            email_to=LI, headers="{'X-HCRM-Partner': '%s'}" % self.nurse.partner_id.id
        ).send()
        self.assertFalse(self.sink.take())

    def test_files_are_for_nobody(self):
        self._create_mail(
            email_to=LI, attachment_ids=[Command.create({"name": "a.txt", "raw": b"hiv"})]
        ).send()
        kept = self.env["ir.attachment"].search([("res_field", "=", "files_stored")])
        self.assertEqual(len(kept), 1)
        for group in ("nurse", "doctor", "officer", "service_manager", "hcrm_admin", "marketing"):
            user = self.nurse.copy({"login": group, "group_ids": [(6, 0, [])]})
            user.group_ids = self.env.ref(f"hcrm_base.group_{group}")
            self.assertFalse(kept.with_user(user).has_access("read"), group)

    def test_confidential_records(self):
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
            body_html="<p>HIV</p>",
            attachment_ids=[Command.create({"name": "hiv.txt", "raw": b"hiv"})],
        ).send()
        [(_to, got)] = self._leave()
        self.assertNotIn("hiv", got.as_string().lower())
        self.assertIn("/my", got.get_body(("plain",)).get_content())

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
