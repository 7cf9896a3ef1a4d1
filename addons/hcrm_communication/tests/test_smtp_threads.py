import threading
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools import gateway as gateways
from ..tools.smtp_gateway import SmtpGateway
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestSmtpThreads(CommunicationCase):
    """Several connections are opened at once, but the ORM is asked by one thread at a time."""

    def _messages(self, count):
        return [
            gateways.Outgoing(n, f"r{n}", f"p{n}@x.test", "x", sender="a@h.test")
            for n in range(count)
        ]

    def test_the_orm_is_asked_one_at_a_time(self):
        inside, most = [], []
        pause = threading.Event()

        def connect(*_how):
            inside.append(1)
            most.append(len(inside))
            pause.wait(0.02)
            inside.pop()
            raise OSError("nobody there")

        with patch.object(self.env.registry["ir.mail_server"], "_hcrm_connect", connect):
            connections = self.mail._open_connections(4)
            list(gateways.send_all(connections, self._messages(8)))
        self.assertEqual(max(most), 1)

    def test_a_wrong_setting_leaves_the_message_where_it_is(self):
        """Given no server to connect to, the message has certainly not left."""

        def connect():
            raise UserError("Missing SMTP server")  # pylint: disable=translation-required

        settings = gateways.Settings(connect=connect, options={"domain": "x", "bounce": "b@x"})
        outcome = SmtpGateway(settings).send(self._messages(1)[0])
        self.assertEqual((outcome.status, outcome.of_gateway), (gateways.LATER, True))
