from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import new_test_user

from .common import CommunicationCase

LI = "+8613800138001"


class InboundCase(CommunicationCase):
    """Messages that arrive, and what they cause."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.env["hcrm.inbound"]
        cls.company = cls.env.company
        cls.officer = new_test_user(cls.env, "desk", "hcrm_base.group_officer")
        cls.nurse = new_test_user(cls.env, "ward", "hcrm_base.group_nurse")

    def _arrive(self, text, sender=LI, channel="sms", **values):
        """Let a message arrive and be worked on; return it."""
        gateway = self.sms if channel == "sms" else self.mail
        number = self.inbox._receive(channel, self.company, sender, text, gateway=gateway, **values)
        self._work()
        return self.inbox.browse(number)

    def _work(self):
        while self.inbox._work():
            self.env.flush_all()

    def _sent(self, recipient=None, **values):
        """Ask for a message and let it leave."""
        message = self._ask(recipient, **values)
        self._drain()
        self.assertEqual(message.state, "sent")
        return message

    @contextmanager
    def _withdrawals(self):
        """Give the list of (person, purpose, channel) withdrawn meanwhile."""
        ledger = type(self.env["hcrm.consent"])
        seen, real = [], ledger._withdraw

        def withdraw(self, partner_ids, purpose, topic, channel, method, evidence):
            seen.extend((partner, purpose, channel) for partner in partner_ids)
            return real(self, partner_ids, purpose, topic, channel, method, evidence)

        with patch.object(ledger, "_withdraw", withdraw):
            yield seen
