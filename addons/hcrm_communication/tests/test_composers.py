from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .roads_common import LI, OUTSIDE, MailRoadCase


@tagged("post_install", "-at_install")
class TestComposers(MailRoadCase):
    """Odoo's e-mail composer, as a person uses it."""

    def _write_to_many(self, user, **values):
        composer = (
            self.env["mail.compose.message"]
            .with_user(user)
            .with_context(
                default_composition_mode="mass_mail",
                default_model="res.partner",
                default_res_ids=(self.li | self.wang).ids,
            )
        )
        values = {"body": "<p>门诊时间调整</p>", "subject": "通知", **values}
        composer.create(values).action_send_mail()
        self.env["mail.mail"].process_email_queue()
        return self.messages.search([("recipient_id", "in", (self.li | self.wang).ids)])

    def test_purpose_of_many(self):
        """Marketing, if nobody says otherwise; service by who may send it, and by nobody else."""
        ad = {"subject": "（AD）通知", "body": "<p>您好。</p><p>Reply R to refuse</p>"}
        told = self._write_to_many(self.officer, **ad)
        self.assertEqual(set(told.mapped("purpose")), {"marketing"})
        more = self._write_to_many(self.officer, hcrm_purpose="service") - told
        self.assertEqual(more.mapped("purpose"), ["service"] * 2)
        self.assertEqual(len(self._leave()), 4)
        for purpose in ("service", "survey"):
            with self.assertRaises(AccessError):
                self._write_to_many(self.nurse, hcrm_purpose=purpose)
        told = self._write_to_many(self.nurse, hcrm_purpose="care") - more - told
        self.assertEqual(set(told.mapped("purpose")), {"care"})

    def test_a_link_changes_no_purpose(self):
        """Given advertising with a link of a rating in it, it stays advertising."""
        body = "<p><a href='/rate/0f3c2b1a9d8e7f6a/5'>5</a></p><p>拒收请回复R</p>"
        told = self._write_to_many(self.officer, subject="广告：体检", body=body)
        self.assertEqual(set(told.mapped("purpose")), {"marketing"})
        self.assertFalse(any(told.mapped("is_rating")))

    def test_a_link_leads_home(self):
        """Given words that show nothing of where their link leads, it is looked at all the same."""
        body = "<p><a href='%s/x'>这里</a>。拒收请回复R</p>"
        told = {"subject": "广告：体检", "hcrm_purpose": "marketing"}
        with self.assertRaisesRegex(ValidationError, "elsewhere.example"):
            self._write_to_many(self.officer, body=body % "https://elsewhere.example", **told)
        home = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        self.assertEqual(len(self._write_to_many(self.officer, body=body % home, **told)), 2)

    def test_comments_on_many(self):
        """What goes to several persons as comments would bear no purpose; notes go nowhere."""
        values = {
            "composition_mode": "comment",
            "model": "res.partner",
            "res_ids": repr((self.li | self.wang).ids),
            "body": "门诊时间调整",
            "partner_ids": [Command.set(self.li.ids)],
        }
        composers = self.env["mail.compose.message"].with_user(self.officer)
        with self.assertRaisesRegex(UserError, "sent as"):
            composers.create(values).action_send_mail()
        note = {"subtype_id": self.env.ref("mail.mt_note").id, "partner_ids": False}
        composers.create(values | note).action_send_mail()
        self.assertIn("门诊时间调整", self.wang.message_ids[0].body)
        self.assertFalse(self._leave())

    def test_forged_marks(self):
        """Our marks are ours: a client that writes them names neither purpose nor another mail."""
        other = self._create_mail(email_to=OUTSIDE, model="res.users")
        for marks in ({"X-HCRM-Purpose": "care"}, {"x-hcrm-mail": str(other.id)}):
            before = self.messages.search([])
            with self.subTest(**marks):
                self.wang.with_user(self.nurse).message_post(
                    body="您好",
                    message_type="email_outgoing",
                    partner_ids=self.li.ids,
                    mail_headers=marks,
                )
                self.env["mail.mail"].process_email_queue()
                told = self.messages.search([]) - before
                self.assertEqual(told.mapped("purpose"), ["service"])
                self.assertNotEqual(told.res_id, other.id)
                self.assertFalse(told.is_urgent)

    def test_marks_of_purpose_stay_inside(self):
        self._write_to_many(self.officer, hcrm_purpose="service")
        for _to, got in self._leave():
            self.assertFalse([name for name in got.keys() if name.lower().startswith("x-hcrm")])

    def test_typed_words_about_health(self):
        """What is typed to a customer meets the linter; notes and staff do not."""
        wrong = {"body": "您的HIV结果为阳性", "message_type": "comment"}
        with self.assertRaisesRegex(ValidationError, "hiv"):
            self.wang.with_user(self.nurse).message_post(partner_ids=self.li.ids, **wrong)
        with self.assertRaisesRegex(ValidationError, "hiv"):
            self.wang.with_user(self.nurse).message_post(outgoing_email_to=LI, **wrong)
        with self.assertRaisesRegex(ValidationError, "hiv"):
            self._write_to_many(self.officer, body="<p>HIV</p>", hcrm_purpose="service")
        self.wang.with_user(self.nurse).message_post(
            partner_ids=self.officer.partner_id.ids, **wrong
        )
        self.wang.with_user(self.nurse).message_post(subtype_xmlid="mail.mt_note", **wrong)
        self.assertFalse(self._of_customers_flat(self._leave()))
