from contextlib import suppress
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import hcrm_outbox_inquiry_mixin
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

    def _break_off_all(self):
        """A worker of each gateway dies between claim and result."""
        with patch.object(self.env.registry["hcrm.outbox"], "_hand_over"):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()

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

    def test_one_that_cannot_be_asked_now(self):
        """Given an adapter with a mistake, the others are asked and everything else goes on."""
        broken = self._ask(purpose="marketing", channels=["email"], subject_line="x")
        known = self._ask(purpose="marketing")
        self._break_off_all()

        def ask(gateway, refs):
            if broken.ref in refs:
                raise ZeroDivisionError
            return dict.fromkeys(refs, gateways.Outcome(gateways.ACCEPTED))

        other = self._ask()
        with (
            patch.object(KnowingGateway, "ask", ask),
            patch.dict(gateways.GATEWAYS, {"smtp": KnowingGateway}),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_outbox_inquiry_mixin"),
        ):
            self._drain_knowing({})
        self.assertEqual(
            [one.state for one in (broken, known, other)], ["uncertain", "sent", "sent"]
        )

    def test_an_answer_that_is_none(self):
        """Given nonsense from an adapter, messages go on."""
        message = self._ask(purpose="marketing")
        self._break_off(message)
        with (
            patch.object(KnowingGateway, "ask", lambda _gateway, _refs: None),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_outbox_inquiry_mixin"),
        ):
            self._drain_knowing({})
        self.assertEqual(message.state, "uncertain")

    def test_a_closed_outbox_asks_nobody(self):
        message = self._ask(purpose="marketing")
        self._break_off(message)
        self.env["hcrm.safety.switch"].action_close()
        with patch.object(KnowingGateway, "ask", side_effect=AssertionError) as asked:
            self._drain_knowing({})
            self.assertFalse(asked.called)
        self.assertEqual(message.state, "uncertain")

    def test_those_that_cannot_be_asked_hide_nobody(self):
        """Given many older uncertain ones of a gateway without an answer, the other is asked."""
        waiting = [
            self._ask(purpose="marketing", channels=["email"], subject_line="x")
            for _number in range(3)
        ]
        message = self._ask(purpose="marketing")
        self._break_off_all()
        self.env.cr.execute(
            "UPDATE hcrm_communication SET state = 'uncertain' WHERE state = 'claimed'"
        )
        self.env.cr.execute(
            "UPDATE hcrm_communication SET next_at = next_at - interval '1 day' WHERE id = ANY(%s)",
            ([one.id for one in waiting],),
        )
        with patch.object(hcrm_outbox_inquiry_mixin, "INQUIRY_BATCH", 2):
            self._drain_knowing({message.ref: gateways.Outcome(gateways.ACCEPTED)})
        self.assertEqual(message.state, "sent")

    def test_adapters_that_cannot_be_asked(self):
        for code in ("smtp", "kannel"):
            self.assertIs(gateways.GATEWAYS[code].ask, gateways.Gateway.ask)
