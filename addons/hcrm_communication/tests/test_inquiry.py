from contextlib import suppress
from unittest.mock import patch

from odoo.tests import tagged

from ..tools import gateway as gateways
from .common import CommunicationCase, RecordingGateway


class KnowingGateway(RecordingGateway):
    """A provider that can be asked what became of a message."""

    code = "knowing"
    known = {}

    def ask(self, refs):
        """Return what it knows."""
        return {ref: self.known[ref] for ref in refs if ref in self.known}


@tagged("post_install", "-at_install")
class TestInquiry(CommunicationCase):
    """A gateway that knows what became of a message is asked before the rule is applied."""

    def _break_off(self, message):
        """A worker fails between claim and result."""
        broken = patch.object(
            self.env.registry["hcrm.outbox"], "_hand_over", side_effect=ZeroDivisionError
        )
        with suppress(ZeroDivisionError), broken:
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual(message.state, "claimed")

    def _drain_knowing(self, known):
        with (
            patch.dict(gateways.GATEWAYS, {"kannel": KnowingGateway}),
            patch.object(KnowingGateway, "known", known),
            patch.object(RecordingGateway, "sent", []) as sent,
        ):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        return sent

    def test_it_was_taken(self):
        message = self._ask(purpose="marketing")
        self._break_off(message)
        sent = self._drain_knowing({message.ref: gateways.Outcome(gateways.ACCEPTED)})
        self.assertEqual((message.state, len(sent)), ("sent", 0))
        self.assertTrue(message.sent_at)

    def test_it_never_came(self):
        """Even advertising goes again: it is certain that nobody got it."""
        message = self._ask(purpose="marketing")
        self._break_off(message)
        sent = self._drain_knowing({message.ref: gateways.Outcome(gateways.LATER)})
        self.assertEqual((message.state, len(sent)), ("sent", 1))

    def test_nobody_knows(self):
        message = self._ask(purpose="marketing")
        self._break_off(message)
        self.assertFalse(self._drain_knowing({}))
        self.assertEqual(message.state, "uncertain")

    def test_the_sandbox_knows_that_nothing_left(self):
        self.sms.sandbox = True
        message = self._ask(purpose="marketing")
        self._break_off(message)
        self._drain()
        self.assertEqual((message.state, message.is_sandboxed), ("sent", True))

    def test_adapters_that_cannot_be_asked(self):
        for code in ("smtp", "kannel"):
            self.assertIs(gateways.GATEWAYS[code].ask, gateways.Gateway.ask)
