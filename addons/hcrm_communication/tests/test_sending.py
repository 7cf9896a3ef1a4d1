from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestSending(CommunicationCase):
    """A clerk writes to a segment: looks first, sends once, watches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(cls.env, "olga", groups="hcrm_base.group_officer")
        cls.nurse = new_test_user(cls.env, "nina", groups="hcrm_base.group_nurse")
        cls.marketing = new_test_user(cls.env, "mark", groups="hcrm_base.group_marketing")
        cls.nobody = cls._create_person("无号")
        cls.segment = cls.env["hcrm.segment"].create(
            {"name": "Two persons", "kind": "fixed", "owner_id": cls.officer.id}
        )
        cls.segment._add_members(cls.li | cls.nobody)

    def _write(self, user=None, **values):
        return (
            self.env["hcrm.sending"]
            .with_user(user or self.officer)
            .create(
                {
                    "name": "Opening hours",
                    "segment_id": self.segment.id,
                    "purpose": "service",
                    "channel": "sms",
                    "body": "门诊时间调整",
                    **values,
                }
            )
        )

    def test_rehearse_then_send_once(self):
        sending = self._write()
        sending.action_preview()
        told = sending.sudo().preview
        self.assertEqual([line["count"] for line in told["leaving"]], [1])
        self.assertEqual([line["state"] for line in told["held"]], ["failed"])
        with self.assertRaises(AccessError):
            sending.read(["preview"])
        self.assertFalse(self._drain(), "a rehearsal sends nothing")
        sending.action_send()
        self.assertEqual(sending.state, "asked")
        self.assertEqual(len(self._drain()), 1)
        with self.assertRaises(UserError):
            sending.action_send()

    def test_typed_words_meet_the_linter(self):
        """Given words about health, neither the rehearsal nor the sending begins."""
        for body in ("糖尿病患者请复诊", "血糖 9.8 mmol/L", "see https://evil.example/x"):
            sending = self._write(body=body)
            with self.assertRaisesRegex(ValidationError, "secure link"):
                sending.action_preview()
            with self.assertRaises(ValidationError):
                sending.action_send()
        with self.assertRaisesRegex(ValidationError, "subject"):
            self._write(channel_after="email").action_preview()
        self.assertFalse(self._drain())
        self._rehearsed().action_send()
        [sent] = self._drain()
        self.assertRegex(sent.text, "^【.+】门诊时间调整$")

    def test_what_is_under_way_stays_as_it_was(self):
        sending = self._write()
        sending.sudo().state = "asking"
        for values in ({"body": "x"}, {"purpose": "care"}, {"segment_id": self.segment.id}):
            with self.assertRaises(UserError):
                sending.write(values)

    def test_purpose_of_another_desk(self):
        with self.assertRaises(AccessError):
            self._write().purpose = "care"

    def test_taken_back(self):
        sending = self._write()
        sending.action_preview()
        sending.action_send()
        sending.action_cancel()
        self.assertFalse(self._drain())

    def test_large_segments_go_on_where_they_were(self):
        sending = self._write()
        sending.sudo().write({"state": "asking", "last_partner_id": self.li.id})
        with patch.object(self.env.registry["ir.cron"], "_commit_progress", return_value=60):
            self.env["hcrm.sending"]._cron_ask()
        self.assertEqual(sending.state, "asked")
        messages = self.messages.search([("res_model", "=", "hcrm.sending")])
        self.assertEqual(messages.recipient_id, self.nobody)

    def test_marketing_writes_marketing_only(self):
        with self.assertRaises(AccessError):
            self._write(self.marketing)

    def test_nothing_to_nobody(self):
        self.segment._remove_members(self.li | self.nobody)
        with self.assertRaises(UserError):
            self._rehearsed().action_send()

    def _rehearsed(self, user=None, **values):
        sending = self._write(user, **values)
        sending.action_preview()
        return sending

    def test_what_changed_is_rehearsed_again(self):
        sending = self._rehearsed()
        sending.name = "Another name"
        self.assertTrue(sending.is_rehearsed)
        sending.body = "门诊停诊一天"
        self.assertFalse(sending.is_rehearsed)
        with self.assertRaises(UserError):
            sending.action_send()
        self.assertEqual(sending.state, "draft")

    def test_price_before_and_after(self):
        """The rehearsal tells the price, the messages bear it, the sending sums it up."""
        self.sms.price_per_part = 0.05
        sending = self._rehearsed(body="好" * 71)
        [line] = sending.sudo().preview["leaving"]
        self.assertEqual((line["count"], line["parts"], line["cost"]), (1, 2, 0.1))
        self.assertIn("0.1", sending.rehearsal)
        sending.action_send()
        self._drain()
        self.assertEqual(sending.cost, 0.1)
        told = sending.get_progress()
        self.assertEqual(
            [(one["state"], one["count"]) for one in told["lines"]],
            [("sent", "1"), ("failed", "1")],
        )
        self.assertFalse(told["is_moving"])

    def test_few_are_veiled(self):
        """Who may not see members learns no number below ten, by no price either."""
        self.sms.price_per_part = 0.05
        sending = self._rehearsed()
        sending.action_send()
        self._drain()
        for user, count, cost in ((self.marketing, "< 10", 0), (self.officer, "1", 0.05)):
            seen = sending.with_user(user).sudo()
            with self.subTest(user=user.login):
                told = seen.get_progress()
                self.assertEqual({one["count"] for one in told["lines"]}, {count})
                self.assertEqual(seen.cost, cost)
                self.assertEqual("0.05" in str(seen.rehearsal), bool(cost))

    def test_why_not_sent(self):
        sending = self._rehearsed()
        sending.action_send()
        self._drain()
        action = sending.action_open_not_sent()
        found = self.messages.with_user(self.officer).search(action["domain"])
        self.assertEqual(found.recipient_id, self.nobody)
        self.assertTrue(found.why)

    # WORDS AS CUSTOMERS GET THEM

    def _template(self, texts, purpose="care"):
        template = self.env["hcrm.message.template"].create({"name": "x", "purpose": purpose})
        for lang, body in texts.items():
            self.env["hcrm.message.template.text"].create(
                {"template_id": template.id, "lang": lang, "channel": "sms", "body": body}
            ).action_approve()
        return template

    def test_a_customer_for_each_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.li.lang = "zh_CN"
        john = self._create_person("John Smith", phone="13800138055", lang="en_US")
        self.segment._add_members(john)
        self.segment.owner_id = self.nurse
        template = self._template(
            {"zh_CN": "{signature}{person.name}请到院", "en_US": "Dear {person.name}, please come"}
        )
        sending = self._write(self.nurse, purpose="care", template_id=template.id, body=False)
        self.assertIn("Dear John Smith, please come", sending.samples)
        self.assertIn("无号请到院", sending.samples)
        sending.sample_partner_id = self.li
        self.assertIn("李明请到院", sending.samples)
        self.assertNotIn("John", sending.samples)

    def test_who_sees_no_members_sees_no_name(self):
        """Marketing may address a segment, not list it: places show what they stand for."""
        template = self._template(
            {"en_US": "{signature}{person.name}, come. {opt_out}"}, "marketing"
        )
        sending = self._write(
            self.marketing, purpose="marketing", template_id=template.id, body=False
        )
        self.assertNotIn("李明", sending.samples)
        self.assertIn("come.", sending.samples)
        self.li.marketing_allowed = True
        sending.sample_partner_id = self.li
        self.assertIn(
            "李明, come.", sending.samples, "chosen by hand among those marketing may read"
        )
