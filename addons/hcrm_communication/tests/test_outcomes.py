from contextlib import contextmanager, suppress
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import gateway as gateways
from .common import CommunicationCase, RecordingGateway


@tagged("post_install", "-at_install")
class TestOutcomes(CommunicationCase):
    """What became of messages is kept before anything else is done, whoever is quicker."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sms.price_per_part = 0.045

    @contextmanager
    def _receipt_first(self, kind):
        """The far end's receipt comes before our worker noted its yes."""

        def send(_gateway, message):
            self.outbox._take_receipt(self.sms, message.ref, message.attempt, kind, "")
            return gateways.Outcome(gateways.ACCEPTED)

        with patch.object(RecordingGateway, "send", send):
            yield

    def test_outcomes_are_committed_before_the_gateway_is_noted(self):
        """Given a mistake, or an end, while the gateway is noted: what left stays noted."""
        message, committed = self._ask(), []
        between = self.env.registry["hcrm.outbox"]._between

        def commit(outbox, commit):
            between(outbox, commit)
            committed.append(message.state)

        def fail(_gateway):
            committed.append("noting")
            raise ZeroDivisionError

        with (
            patch.object(self.env.registry["hcrm.outbox"], "_between", commit),
            patch.object(self.env.registry["hcrm.gateway"], "_note_health", fail),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_outbox_sending_mixin"),
        ):
            self._drain()
        self.assertEqual(message.state, "sent")
        self.assertEqual(committed[committed.index("noting") - 1], "sent")

    def test_a_far_end_that_cannot_be_left_politely(self):
        """Given a connection that fails to hang up, what it took is noted all the same."""
        message = self._ask()
        with (
            patch.object(RecordingGateway, "close", side_effect=ZeroDivisionError),
            mute_logger("odoo.addons.hcrm_communication.models.outbox_connections"),
        ):
            self._drain()
        self.assertEqual(message.state, "sent")

    def test_cost_of_what_a_receipt_settled_first(self):
        for kind, state in ((1, "delivered"), (2, "failed"), (8, "sent")):
            with self.subTest(kind=kind):
                message = self._ask(body="好" * 71)
                with self._receipt_first(kind):
                    self._drain()
                self.assertEqual(message.state, state)
                self.assertEqual((message.parts, message.cost), (2, 0.09))

    def test_cost_of_both_ways(self):
        """Given a receipt that sends it on by e-mail before our note, both tries are booked."""
        self.mail.price_per_part = 0.3
        message = self._ask(channels=["sms", "email"])
        with self._receipt_first(2):
            self._drain()
        self.assertEqual((message.state, message.channel), ("sent", "email"))
        self.assertEqual((message.parts, message.cost), (2, 0.345))

    def test_it_left_before_its_worker_died(self):
        """Given the centre's word that it has a message, nobody sends it again."""
        message, taken = self._ask(), []

        def die(outbox, gateway, claim, rows, *_args):
            taken.extend(rows)
            outbox._take_receipt(gateway, message.ref, claim, 8, "")
            raise ZeroDivisionError

        with (
            suppress(ZeroDivisionError),
            patch.object(self.env.registry["hcrm.outbox"], "_hand_over", die),
        ):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((len(taken), message.state), (1, "sent"))
        self.assertTrue(message.sent_at)
        self.assertEqual(message.shown_at, message.sent_at)
        self.assertFalse(self._drain())
