import email
import email.policy
import socket
from contextlib import contextmanager
from unittest.mock import patch

from aiosmtpd.controller import Controller

from odoo.tools import SQL

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.iap.tools import iap_tools

from .common import CommunicationCase

LI, WANG = "liming@example.org", "wang.fang@example.org"
NUMBER = "+8613800138001"
STAFF, OUTSIDE = "zhao@hospital.example", "office@acme.example"


class Sink:
    """A real SMTP server in a thread; keeps who was named to it and what it was given."""

    def __init__(self):
        self.mails = []
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 aiosmtpd's word
        """Take everything."""
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((list(envelope.rcpt_tos), parsed))
        return "250 OK"

    def start(self):
        """Listen."""
        self.controller.start()
        return self

    def take(self):
        """Return what came since the last time."""
        mails, self.mails[:] = list(self.mails), []
        return mails


class RoadCase(CommunicationCase):
    """Odoo sends for real, to a mail server of ours; nothing is switched off by testing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sink = Sink().start()
        cls.addClassCleanup(cls.sink.controller.stop)
        cls.env["ir.mail_server"].search([]).active = False
        cls.server = cls.env["ir.mail_server"].create(
            {"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": cls.sink.port}
        )
        cls.mail.write({"mail_server_id": cls.server.id, "parallel": 1})
        cls.sms.parallel = 1
        cls.wang = cls._create_person("王芳", phone="13900139002", email="Wang.Fang@Example.org")
        cls.nurse = cls.env["res.users"].create(
            {
                "name": "Nurse Zhao",
                "login": "zhao",
                "email": "zhao@hospital.example",
                "group_ids": [(4, cls.env.ref("hcrm_base.group_nurse").id)],
            }
        )
        cls.officer = cls.nurse.copy({"login": "officer", "email": "officer@hospital.example"})
        cls.officer.group_ids = cls.env.ref("hcrm_base.group_service_manager")
        cls.outsider = cls.env["res.partner"].create(
            {"name": "Acme", "email": "office@acme.example"}
        )

    def setUp(self):
        super().setUp()
        for patcher in (
            patch.object(IrMail_Server, "_disable_send", lambda *_args: False),
            patch.object(iap_tools, "iap_jsonrpc", self._never),
        ):
            patcher.start()
            self.addCleanup(patcher.stop)
        self.sink.take()

    @staticmethod
    def _never(*_args, **_kwargs):
        raise AssertionError("Odoo's own service was contacted")

    @contextmanager
    def _refusing(self, *partners):
        """These persons said no to everything, whatever else the policy says."""
        policy = type(self.env["hcrm.contact.policy"])
        decide = policy._decision_sql

        def refuse(policy, candidates, *args, **kwargs):
            return SQL(
                """
                SELECT ref, CASE WHEN said_no THEN 'refuse' ELSE verdict END AS verdict, until,
                       recipient_id, address, reasons
                  FROM (SELECT decided.*, asked.recipient_id = ANY(%s) AS said_no
                          FROM (%s) AS decided
                          JOIN (%s) AS asked USING (ref)) AS told
                """.replace("asked.recipient_id", "asked.person_id"),
                [partner.id for partner in partners],
                decide(policy, candidates, *args, **kwargs),
                SQL("SELECT ref, recipient_id AS person_id FROM (%s) AS c", candidates),
            )

        with patch.object(policy, "_decision_sql", refuse):
            yield

    def _leave(self):
        """Let the outbox work, then return what arrived: [(recipient, message)]."""
        self.env.flush_all()
        self.outbox._drain(commit=False)
        self.env.invalidate_all()
        return [(to, mail) for recipients, mail in self.sink.take() for to in recipients]

    def _leave_sms(self):
        """As ``_leave``, at the far end of the SMS gateway: [(number, text)]."""
        self.env.flush_all()
        return [(message.to, message.text) for message in self._drain()]

    def _assert_passes(self, travel, *addresses, purpose="service", model="mail.mail"):
        """``travel`` sends by some road: the outbox alone carries it, once, and only if it may.

        :param travel: called twice, each time as if for the first time
        :param addresses: customers it must reach
        :return: what arrived when nobody objected
        """
        people = self.env["res.partner"].search([("is_customer_person", "=", True)])
        with self._refusing(*people):
            with self.env.cr.savepoint() as savepoint:
                travel()
                self.assertFalse(self._of_customers(self.sink.take()), "left without being asked")
                self.assertFalse(self._of_customers_flat(self._leave()), "left against their will")
                savepoint.rollback()
            self.env.invalidate_all()
        before = self.messages.search([], order="id DESC", limit=1).id or 0
        travel()
        self.assertFalse(self._of_customers(self.sink.take()), "left beside the outbox")
        asked = self.messages.search([("id", ">", before)])
        arrived = self._leave()
        self.assertEqual(
            sorted(to for to, _mail in self._of_customers_flat(arrived)), sorted(addresses)
        )
        self.assertEqual(set(asked.mapped("purpose")), {purpose})
        self.assertEqual(set(asked.mapped("res_model")), {model})
        self.assertEqual(set(asked.mapped("state")), {"sent"})
        self.assertFalse(self._leave(), "once is enough")
        return arrived

    def _of_customers(self, mails):
        return self._of_customers_flat([(to, mail) for tos, mail in mails for to in tos])

    def _of_customers_flat(self, arrived):
        book = self.env["hcrm.address.book"]
        return [(to, mail) for to, mail in arrived if book._is_customer_email(to)]


class MailRoadCase(RoadCase):
    """Roads that end in an e-mail."""

    def _create_mail(self, **values):
        return (
            self.env["mail.mail"]
            .sudo()
            .create({"subject": "复诊", "body_html": "<p>请来院</p>", **values})
        )


class SmsRoadCase(RoadCase):
    """Roads that end in an SMS."""

    def _leave(self):
        return self._leave_sms()

    def _of_customers_flat(self, arrived):
        book = self.env["hcrm.address.book"]
        return [(to, text) for to, text in arrived if book._find_by_number([to])]

    def _assert_sms(self, travel, *numbers, **kwargs):
        return self._assert_passes(travel, *numbers, model="sms.sms", **kwargs)

    def _create_sms(self, **values):
        return self.env["sms.sms"].sudo().create({"number": NUMBER, "body": "您好", **values})

    def _queue(self):
        sms = self.env["sms.sms"].search([("state", "=", "outgoing")])
        if sms:
            sms._send(unlink_failed=False, unlink_sent=True, raise_exception=False)
