import itertools
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import TransactionCase

from ..tools import gateway as gateways

_number = itertools.count(1)


class RecordingGateway(gateways.Gateway):
    """Answers what a test tells it, and keeps what it was given."""

    code = "recording"
    sent = []
    answers = {}

    def send(self, message):
        """Give the answer for the address, else accept."""
        self.sent.append(message)
        answer = self.answers.get(message.to, gateways.Outcome(gateways.ACCEPTED))
        return answer.pop(0) if isinstance(answer, list) else answer


class CommunicationCase(TransactionCase):
    """A hospital with a number for SMS and an e-mail server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outbox = cls.env["hcrm.outbox"]
        cls.messages = cls.env["hcrm.communication"]
        cls.kind = cls.env.ref("hcrm_base.kind_patient")
        cls.sms = cls._create_gateway("sms", "kannel")
        cls.mail = cls._create_gateway("email", "smtp")
        cls.li = cls._create_person("李明", phone="13800138001", email="liming@example.org")
        cls.env["hcrm.safety.switch"].action_open()
        cls._stay_awake()

    @classmethod
    def _stay_awake(cls):
        """No quiet hours, and nobody need agree: these tests run at night, too."""
        rules = cls.env["hcrm.contact.rule"]
        rules.search([("code", "in", ("quiet_hours", "consent_unknown"))]).sudo().effect = "allow"

    @classmethod
    def _create_gateway(cls, channel, kind, **values):
        return cls.env["hcrm.gateway"].create(
            {
                "name": f"{kind} {channel}",
                "channel": channel,
                "kind": kind,
                "carries_marketing": True,
                "sandbox": False,
                "rate": 1000,
                "burst": 1000,
                "sender": "仁爱医院 <care@example.org>",
                **values,
            }
        )

    @classmethod
    def _create_person(cls, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "kind_ids": [(4, cls.kind.id)], **values}
        )

    def _ask(self, recipient=None, **values):
        """Ask for one message."""
        request = {
            "recipient_id": (recipient or self.li).id,
            "purpose": "care",
            "channels": ["sms"],
            "key": f"test/{next(_number)}",
            "body": "您的预约已确认",
            **values,
        }
        return self.messages._ask([request])

    def _drain(self):
        with self._recording() as sent:
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        return sent

    @contextmanager
    def _recording(self, **answers):
        """Put a far end in place of the real ones; gives the list of what it got."""
        with (
            patch.dict(gateways.GATEWAYS, {"kannel": RecordingGateway, "smtp": RecordingGateway}),
            patch.object(RecordingGateway, "sent", []) as sent,
            patch.object(RecordingGateway, "answers", answers),
        ):
            yield sent
