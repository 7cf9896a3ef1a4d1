from odoo import Command
from odoo.tests import tagged

from .roads_common import LI, OUTSIDE, STAFF, WANG, MailRoadCase


@tagged("post_install", "-at_install")
class TestRoadsEmail(MailRoadCase):
    """Every road of Odoo that ends in an e-mail meets the outbox before it meets a customer."""

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
        self.wang.message_post(
            body="internal", message_type="comment", subtype_xmlid="mail.mt_note"
        )
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
        arrived = self._assert_passes(lambda: template.send_mail(self.li.id, force_send=True), LI)
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

    def _create_portal_user(self):
        users = self.env["res.users"].with_context(no_reset_password=True)
        return users.create(
            {
                "name": self.li.name,
                "login": LI,
                "partner_id": self.li.id,
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )

    def test_accounts(self):
        """Reset of a password: core throws its own trace away, the outbox must not lose it."""
        user = self._create_portal_user()
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
        def share():
            wizard = self.env["portal.share"].create(
                {
                    "res_model": "res.partner",
                    "res_id": self.wang.id,
                    "partner_ids": [Command.link(self.li.id)],
                }
            )
            wizard.action_send_mail()

        self._assert_passes(share, LI)

    def test_second_factor(self):
        user = self._create_portal_user()
        self._assert_passes(lambda: user.action_totp_invite(), LI)

    def test_channel_invitation(self):
        channel = self.env["discuss.channel"].create({"name": "talk", "channel_type": "group"})
        self._assert_passes(lambda: channel.invite_by_email([LI]), LI)

    def test_scheduled_message(self):
        def schedule():
            self.env["mail.scheduled.message"].create(
                {
                    "author_id": self.env.user.partner_id.id,
                    "model": "res.partner",
                    "res_id": self.wang.id,
                    "body": "您好",
                    "partner_ids": [Command.link(self.li.id)],
                    "scheduled_date": "2030-01-01 08:00:00",
                }
            ).post_message()

        self._assert_passes(schedule, LI)

    def test_letters(self):
        letter = self.env["snailmail.letter"].create(
            {
                "partner_id": self.li.id,
                "model": "res.partner",
                "res_id": self.li.id,
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
            }
        )
        letter._snailmail_print_valid_address()
        self.assertEqual((letter.state, letter.error_code), ("error", "UNKNOWN_ERROR"))
        self.assertEqual(letter.message_id.notification_ids.notification_status, "exception")

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
                self._assert_passes(
                    lambda to=spelled: self._create_mail(email_to=to).send(), arrives
                )

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

    def test_employees_who_are_customers(self):
        """A nurse who is treated here: about herself she is asked for, about work she is not."""
        zhao = self.nurse.partner_id
        zhao.kind_ids = [Command.link(self.kind.id)]
        to_her = {"recipient_ids": [Command.link(zhao.id)], "model": "res.partner"}
        as_customer = (
            {"res_id": zhao.id},
            {"res_id": self.wang.id, "body_html": "<a href='/survey/start/x?answer_token=1'>x</a>"},
            {"res_id": self.wang.id, "body_html": "<a href='/rate/0f3c2b1a9d8e7f6a/5'>5</a>"},
        )
        for values in as_customer:
            with self.subTest(**values), self._refusing(zhao):
                self._create_mail(**to_her, **values).send()
                self.assertFalse(self.sink.take() or self._leave())
        as_staff = (
            {"res_id": self.wang.id},
            {"res_id": zhao.id, "body_html": "<a href='/web/reset_password?token=t'>x</a>"},
        )
        for values in as_staff:
            with self.subTest(**values), self._refusing(zhao):
                self._create_mail(**to_her, **values).send()
                self.assertEqual([tos for tos, _mail in self.sink.take()], [[STAFF]])

    def test_second_address_of_an_employee(self):
        """Given a customer's address typed beside the own one, the customer is asked for."""
        self.nurse.partner_id.email = f"{STAFF}, {LI}"
        with self._refusing(self.li):
            mail = self._create_mail(recipient_ids=[Command.link(self.nurse.partner_id.id)])
            mail.send()
            self.assertEqual([tos for tos, _mail in self.sink.take()], [[STAFF]])
            self.assertFalse(self._leave())
        self.assertEqual(self.messages.search([("res_id", "=", mail.id)]).recipient_id, self.li)

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
