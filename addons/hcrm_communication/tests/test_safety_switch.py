from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.hcrm_safety_switch import KEY
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestSafetySwitch(CommunicationCase):
    """A copy of the database sends nothing until a person says so; what a person stopped waits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.switch = cls.env["hcrm.safety.switch"]

    def _copy(self):
        """What a copy of the database finds: it was opened for another."""
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")

    def test_closed_by_hand_waits(self):
        self.switch.action_close()
        message = self._ask()
        self.assertFalse(self._drain())
        self.assertEqual((message.state, message.attempts), ("waiting", 0))
        self.assertFalse(message.is_sandboxed)
        self.assertEqual(message.why, "The outbox is closed")
        self.switch.action_open()
        self.assertEqual(len(self._drain()), 1)
        self.assertEqual(message.state, "sent")

    def test_closed_by_hand_stops_sandboxes_too(self):
        self.sms.sandbox = True
        self.switch.action_close()
        message = self._ask()
        self._drain()
        self.assertEqual(message.state, "waiting")

    def test_expiry_counts_while_it_is_closed(self):
        self.switch.action_close()
        message = self._ask(expires_at=fields.Datetime.now() - timedelta(minutes=1))
        self._drain()
        self.assertEqual(message.state, "expired")

    def test_the_stop_is_seen_before_the_next_claim(self):
        """Given a running worker, a stop that another process commits is not asked of a cache."""
        self.sms.batch = 1
        first, second = self._ask(), self._ask()
        self.assertEqual(self.switch.get_state(), "open")
        hand_over = self.env.registry["hcrm.outbox"]._hand_over

        def close_meanwhile(outbox, *args):
            hand_over(outbox, *args)
            self.env.cr.execute(
                "UPDATE ir_config_parameter SET value = 'closed now' WHERE key = %s", (KEY,)
            )

        with patch.object(self.env.registry["hcrm.outbox"], "_hand_over", close_meanwhile):
            self.assertEqual(len(self._drain()), 1)
        self.assertEqual((first.state, second.state), ("sent", "waiting"))

    def test_a_stop_between_finding_and_claiming(self):
        """Given a worker that already chose its gateway, the claim asks once more."""
        message = self._ask()
        carried = self.env.registry["hcrm.outbox"]._get_carried

        def close_meanwhile(outbox, gateway):
            self.switch.action_close()
            return carried(outbox, gateway)

        with patch.object(self.env.registry["hcrm.outbox"], "_get_carried", close_meanwhile):
            self.assertFalse(self._drain())
        self.assertEqual(message.state, "waiting")

    def test_a_copy_sends_nothing_and_loses_nothing(self):
        self._copy()
        message = self._ask()
        self.assertEqual(self.switch.get_state(), "unopened")
        self.assertFalse(self._drain())
        self.assertEqual(message.state, "waiting")
        self.switch.action_open()
        self.assertEqual(len(self._drain()), 1)

    def test_sandboxes_play_in_a_copy(self):
        self._copy()
        self.sms.sandbox = True
        message = self._ask()
        self.assertFalse(self._drain())
        self.assertEqual((message.state, message.is_sandboxed), ("sent", True))

    def test_a_neutralised_copy_plays_with_every_gateway(self):
        self.env["ir.config_parameter"].sudo().set_param("database.is_neutralized", "true")
        message = self._ask()
        self.assertFalse(self._drain(), "nothing reached a provider")
        self.assertEqual((message.state, message.is_sandboxed), ("sent", True))
        with self.assertRaises(UserError):
            self.sms.action_check()

    def test_neutralised_database_cannot_be_opened(self):
        self.env["ir.config_parameter"].sudo().set_param("database.is_neutralized", "true")
        self.assertEqual(self.switch.get_state(), "neutralized")
        with self.assertRaises(UserError):
            self.switch.action_open()

    def test_who_opens_and_who_closes(self):
        admin = new_test_user(self.env, "hadmin", groups="hcrm_base.group_hcrm_admin")
        officer = new_test_user(self.env, "olga", groups="hcrm_base.group_officer")
        with self.assertRaises(AccessError):
            self.env["hcrm.gateway"].with_user(officer).action_stop_all()
        self.env["hcrm.gateway"].with_user(admin).action_stop_all()
        self.assertEqual(self.switch.get_state(), "closed")
        with self.assertRaises(AccessError):
            self.switch.with_user(admin).action_open()

    def test_settings_tell_what_would_leave(self):
        self.switch.action_close()
        self._ask()
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.hcrm_outbox_state, "closed")
        self.assertGreaterEqual(settings.hcrm_outbox_due, 1)

    def test_new_gateway_is_a_sandbox(self):
        gateway = self.env["hcrm.gateway"].create({"name": "new", "channel": "sms"})
        self.assertTrue(gateway.sandbox)
