from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .roads_common import SmsRoadCase

LI, WANG, FREE = "+8613800138001", "+8613900139002", "+8613700137003"


@tagged("post_install", "-at_install")
class TestRoadsSms(SmsRoadCase):
    """No SMS leaves but through the outbox: to customers if they may be written to, to nobody
    through Odoo's own service."""

    # ROADS

    def test_direct(self):
        self._assert_sms(lambda: self._create_sms().send(), LI)

    def test_queue(self):
        def queue():
            self._create_sms()
            self._queue()

        self._assert_sms(queue, LI)

    def test_composer(self):
        def write():
            composer = self.env["sms.composer"].with_context(
                default_composition_mode="comment",
                default_res_model="res.partner",
                default_res_id=self.li.id,
            )
            composer.create({"body": "您好"})._action_send_sms()

        self._assert_sms(write, LI)

    def test_composer_for_many(self):
        def write():
            composer = self.env["sms.composer"].with_context(
                default_composition_mode="mass",
                default_res_model="res.partner",
                default_res_ids=(self.li | self.wang).ids,
            )
            composer.create({"body": "您好", "mass_keep_log": False})._action_send_sms()
            self._queue()

        self._assert_sms(write, LI, WANG)

    def _text_many(self, user, **values):
        composer = (
            self.env["sms.composer"]
            .with_user(user)
            .with_context(
                default_composition_mode="mass",
                default_res_model="res.partner",
                default_res_ids=(self.li | self.wang).ids,
            )
        )
        composer.create({"body": "门诊时间调整", **values}).action_send_sms()
        return self.messages.search([("recipient_id", "in", (self.li | self.wang).ids)])

    def test_purpose_of_many(self):
        """As for e-mails: marketing, unless a role that may says otherwise."""
        told = self._text_many(self.officer, body="体检优惠。拒收请回复R")
        self.assertEqual(told.mapped("purpose"), ["marketing"] * 2)
        more = self._text_many(self.officer, hcrm_purpose="service") - told
        self.assertEqual(more.mapped("purpose"), ["service"] * 2)
        with self.assertRaises(AccessError):
            self._text_many(self.nurse, hcrm_purpose="service")
        with self.assertRaisesRegex(ValidationError, "拒收请回复R"):
            self._text_many(self.officer, body="体检优惠")

    def test_typed_words_about_health(self):
        composer = self.env["sms.composer"].with_context(
            default_composition_mode="comment",
            default_res_model="res.partner",
            default_res_id=self.li.id,
        )
        with self.assertRaisesRegex(ValidationError, "糖尿病"):
            composer.create({"body": "糖尿病复诊"}).action_send_sms()

    def _compose(self, user=None, **values):
        composer = self.env["sms.composer"].with_user(user or self.env.user)
        return composer.create({"res_model": "res.partner", "body": "门诊时间调整", **values})

    def test_typed_words_about_a_visit(self):
        """Given a row that has no chatter, no note tells the road to hide the words."""
        visit = self._create_visit()
        for mode in ("comment", "numbers"):
            composer = self._compose(
                composition_mode=mode,
                res_model="hcrm.appointment",
                res_id=visit.id,
                numbers=LI,
                body="糖尿病复诊",
            )
            with self.subTest(mode=mode), self.assertRaisesRegex(ValidationError, "糖尿病"):
                composer.action_send_sms()

    def test_several_are_many(self):
        """In whatever mode: what goes to several persons says what it is sent as."""
        people = self.li | self.wang
        for values in (
            {"composition_mode": "comment", "res_ids": repr(people.ids)},
            {"composition_mode": "numbers", "numbers": f"{LI},{WANG}"},
        ):
            with self.subTest(**values):
                with self.assertRaisesRegex(ValidationError, "拒收请回复R"):
                    self._compose(self.officer, **values).action_send_sms()
                with self.assertRaises(AccessError):
                    self._compose(self.nurse, hcrm_purpose="service", **values).action_send_sms()
                self.assertFalse(self._find(people))
                ad = "【仁爱医院】体检优惠。拒收请回复R"
                self._compose(self.officer, body=ad, **values).action_send_sms()
                told = self._find(people)
                self.assertEqual(told.mapped("purpose"), ["marketing"] * 2)
                self._compose(self.officer, hcrm_purpose="service", **values).action_send_sms()
                more = self._find(people) - told
                self.assertEqual(more.mapped("purpose"), ["service"] * 2)
                (told | more).sudo().unlink()

    def _find(self, people):
        return self.messages.search([("recipient_id", "in", people.ids)])

    def _create_visit(self):
        return self.env["hcrm.appointment"].create(
            {
                "partner_id": self.li.id,
                "company_id": self.env.company.id,
                "starts_at": "2030-01-01 08:00:00",
            }
        )

    def test_composer_with_a_number(self):
        def write():
            composer = self.env["sms.composer"].with_context(
                default_composition_mode="numbers", default_res_model="res.partner"
            )
            composer.create({"body": "您好", "numbers": LI})._action_send_sms()

        self._assert_sms(write, LI)

    def test_message_sms(self):
        self._assert_sms(lambda: self.wang._message_sms("您好", partner_ids=self.li.ids), LI)

    def test_server_action(self):
        template = self.env["sms.template"].create(
            {
                "name": "t",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body": "您好 {{ object.name }}",
            }
        )
        for method in ("sms", "comment", "note"):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "write",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "state": "sms",
                    "sms_template_id": template.id,
                    "sms_method": method,
                }
            )
            run = action.with_context(active_model="res.partner", active_ids=self.li.ids)

            def act(run=run):
                run.with_context(active_id=self.li.id).run()
                self._queue()

            with self.subTest(method=method):
                [(_to, text)] = self._assert_sms(act, LI)
                self.assertEqual(text, "您好 李明")

    def test_class_of_the_company(self):
        """Who asks the company for its service, as the test wizard of mailings does."""

        def send():
            sms = self._create_sms()
            api = self.env.company._get_sms_api_class()(self.env)
            [told] = api._send_sms_batch(
                [{"content": "您好", "numbers": [{"number": sms.number, "uuid": sms.uuid}]}]
            )
            self.assertEqual(told["state"], "processing")

        self._assert_sms(send, LI, purpose="marketing")

    def test_account_of_odoo(self):
        account = self.env["iap.account"].search([("service_name", "=", "sms")], limit=1)
        wizard = self.env["sms.account.phone"].create(
            {
                "account_id": account.id or self.env["iap.account"].get("sms").id,
                "phone_number": LI,
            }
        )
        with self.assertRaises(UserError):
            wizard.action_send_verification_code()

    # WHOSE NUMBER

    def test_an_employee_who_is_a_customer(self):
        """Given a nurse who is treated here, an SMS about herself meets the policy."""
        zhao = self.nurse.partner_id
        zhao.write({"phone": FREE, "kind_ids": [Command.link(self.kind.id)]})
        with self._refusing(zhao):
            zhao._message_sms("您好", partner_ids=zhao.ids)
            self.assertFalse(self._leave())
            self.wang._message_sms("请来三楼", partner_ids=zhao.ids)
            self.assertEqual([to for to, _text in self._leave()], [FREE])

    def test_spellings(self):
        for number in ("138 0013 8001", "0086-13800138001", "１３８００１３８００１", LI):
            with self.subTest(number=number):
                self._assert_sms(lambda to=number: self._create_sms(number=to).send(), LI)

    def test_other_phone(self):
        self.wang.phone_other = "13600136006"
        self._assert_sms(lambda: self._create_sms(number="13600136006").send(), "+8613600136006")

    def test_shared_phone(self):
        child = self._create_person("李小明", phone="13800138001")
        with self._refusing(child):
            self._create_sms().send()
            self.assertFalse(self._leave(), "nobody knows who is meant, and one said no")
            self._create_sms(partner_id=self.li.id).send()
            self.assertEqual([to for to, _text in self._leave()], [LI])
        with self._refusing(self.li):
            self._create_sms().send()
            self.assertFalse(self._leave())
        self._create_sms().send()
        self.assertEqual([to for to, _text in self._leave()], [LI], "once")

    def test_staff_and_strangers(self):
        """They pass no rule for customers, and leave by our gateways all the same."""
        self.nurse.partner_id.phone = "13700137003"
        with self._refusing(self.li, self.wang):
            self._create_sms(number=FREE, partner_id=self.nurse.partner_id.id).send()
            self._create_sms(number="13500135005").send()
            self.assertEqual(
                sorted(to for to, _text in self._drain_pairs()), ["+8613500135005", FREE]
            )

    def _drain_pairs(self):
        return self._leave_sms()

    def test_stranger_who_became_a_customer(self):
        self._create_sms(number=FREE).send()
        self._create_person("周六", phone="13700137003")
        self.assertFalse(self._leave())
        message = self.messages.search([("address_asked_stored", "=", FREE)])
        self.assertEqual((message.state, message.failure_code), ("refused", "belongs_to_customer"))

    def test_wrong_number(self):
        sms = self._create_sms(number="123")
        sms.send()
        self.assertEqual((sms.state, sms.failure_type), ("error", "sms_number_format"))

    # WHAT USERS SEE

    def test_states(self):
        message = self.li._message_sms("您好")
        envelope = message.notification_ids
        sms = self.env["sms.sms"].search([("mail_message_id", "=", message.id)])
        self.assertEqual((envelope.notification_status, sms.state), ("process", "process"))
        self._leave()
        self.assertEqual((envelope.notification_status, sms.state), ("pending", "pending"))
        told = self.messages.search([("res_model", "=", "sms.sms"), ("res_id", "=", sms.id)])
        self.outbox._take_receipt(self.sms, told.ref, told.claim, 1, "")
        self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((envelope.notification_status, sms.state), ("sent", "sent"))

    def test_states_when_refused(self):
        message = self.li._message_sms("您好")
        envelope = message.notification_ids
        sms = self.env["sms.sms"].search([("mail_message_id", "=", message.id)])
        with self._refusing(self.li):
            self._leave()
        self.assertEqual((sms.state, sms.failure_type), ("error", "sms_blacklist"))
        self.assertEqual(envelope.notification_status, "exception")
        self.assertTrue(envelope.format_failure_reason())
        sms.resend_failed()
        self.assertEqual([to for to, _text in self._leave()], [LI])

    def test_a_repeated_sms_is_one(self):
        sms = self._create_sms()
        sms.send()
        sms.write({"state": "outgoing", "to_delete": False})
        sms.send()
        self.assertEqual(len(self._leave()), 1)

    def test_confidential_records(self):
        visit = self._create_visit()
        note = self.env["mail.message"].create(
            {"model": "hcrm.appointment", "res_id": visit.id, "body": "HIV"}
        )
        self._create_sms(body="HIV", mail_message_id=note.id).send()
        [(_to, text)] = self._leave()
        self.assertNotIn("HIV", text)

    def test_portal_users_learn_nothing(self):
        """The roads are for code; nobody reaches them from outside."""
        self.assertEqual(Command.link(1)[0], 4)
        for model in ("hcrm.road", "hcrm.address.book"):
            public = [
                name
                for name in vars(type(self.env[model]))
                if not name.startswith("_") and callable(getattr(self.env[model], name))
            ]
            self.assertFalse(public, model)
