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
            self._write(channel_after="email").action_send()
        self.assertFalse(self._drain())
        self._write().action_send()
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
            self._write().action_send()
