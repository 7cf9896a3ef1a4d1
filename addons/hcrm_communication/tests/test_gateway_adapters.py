import smtplib
import threading
import time
from datetime import datetime
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..tools import gateway as gateways
from ..tools.gateway import (
    ACCEPTED,
    GATEWAYS,
    LATER,
    MOST_DOUBTS,
    REFUSED,
    UNKNOWN,
    Handed,
    Outcome,
    Outgoing,
)
from ..tools.gateway import Settings as GatewaySettings
from ..tools.kannel_gateway import KannelGateway
from ..tools.smtp_gateway import SmtpGateway
from .far_ends import MailServer, WebServer

NUMBER, TEXT, SECRET = "+8613800138001", "您的预约已确认", "tiger-secret"


@tagged("post_install", "-at_install")
class TestKannelAdapter(BaseCase):
    """What is wrong before anything leaves is the gateway's; what is unclear after it rests it."""

    def setUp(self):
        super().setUp()
        self.far_end = WebServer().start()
        self.addCleanup(self.far_end.stop)

    def _make(self, url):
        adapter = KannelGateway(GatewaySettings(url=url, user="hcrm", secret=SECRET, timeout=5))
        self.addCleanup(adapter.close)
        return adapter

    def _send(self, url):
        return self._make(url).send(Outgoing(1, "r1", NUMBER, TEXT))

    def test_addresses_typed_wrong(self):
        host = f"127.0.0.1:{self.far_end.server_port}"
        for url in (
            f"http://{host.replace(':', '：')}/cgi-bin/sendsms",
            f"http://{host}/cgi-bin/send sms",
            f"http://{host}/cgi-bin/发送",
            f"{host}/cgi-bin/sendsms",
            "http://127.0.0.1:port/cgi-bin/sendsms",
            "http://a..b/cgi-bin/sendsms",
            "http://local host/cgi-bin/sendsms",
            "http://[::1/cgi-bin/sendsms",
            "",
        ):
            for ask in (self._send, lambda url: self._make(url).check()):
                with self.subTest(url=url):
                    told = ask(url)
                    self.assertEqual(
                        (told.status, told.code, told.of_gateway), (LATER, "gateway_setup", True)
                    )
                    for mark in (SECRET, NUMBER[1:], "password"):
                        self.assertNotIn(mark, told.detail)
        self.assertFalse(self.far_end.asked, "nothing left")

    def test_a_certificate_that_nobody_knows(self):
        """It is told as such, not as an address typed wrong."""
        far_end = WebServer().encrypt().start()
        self.addCleanup(far_end.stop)
        told = self._send(far_end.url)
        self.assertEqual((told.status, told.code, told.of_gateway), (LATER, "gateway_tls", True))
        self.assertIn("certificate", told.detail)

    def test_hung_up_on(self):
        """Given a proxy that hangs up, whether it left is unknown, and the gateway rests."""
        self.far_end.answers[""] = 0, ""
        told = self._send(self.far_end.url)
        self.assertEqual((told.status, told.code, told.of_gateway), (UNKNOWN, "no_answer", True))

    def test_words_of_another_service(self):
        self.far_end.answers[""] = 200, "Sent."
        told = self._send(self.far_end.url)
        self.assertEqual((told.status, told.of_gateway), (UNKNOWN, True))

    def test_errors_behind_a_proxy(self):
        """They may come after the request was handed on: no reason to send it once more."""
        for status in (500, 502, 504):
            with self.subTest(status=status):
                self.far_end.answers[""] = status, "<html>Bad Gateway"
                told = self._send(self.far_end.url)
                self.assertEqual(
                    (told.status, told.code, told.of_gateway), (UNKNOWN, "no_answer", True)
                )


@tagged("post_install", "-at_install")
class TestSmtpAdapter(BaseCase):
    """The sender is the gateway's, the recipient the message's."""

    def setUp(self):
        super().setUp()
        self.far_end = MailServer().start()
        self.addCleanup(self.far_end.stop)

    def _make(self, bounce, domain="h.test"):
        def connect():
            session = smtplib.SMTP("127.0.0.1", self.far_end.port, timeout=5)
            session.ehlo()
            return session

        options = {"domain": domain, "bounce": bounce}
        adapter = SmtpGateway(GatewaySettings(connect=connect, options=options))
        self.addCleanup(adapter.close)
        return adapter

    def test_a_sender_that_is_no_address(self):
        for sender, bounce in (
            ("仁爱医院", "仁爱医院"),
            ("care@h.test", "仁爱@h.test"),
            ("", "care@h.test"),
        ):
            with self.subTest(sender=sender, bounce=bounce):
                told = self._make(bounce).send(Outgoing(1, "r1", "li@x.test", TEXT, sender=sender))
                self.assertEqual(
                    (told.status, told.code, told.of_gateway), (LATER, "gateway_sender", True)
                )
        self.assertFalse(self.far_end.taken)

    def test_a_sender_that_is_no_address_is_told_by_the_button(self):
        for bounce in ("仁爱医院", "仁爱@h.test"):
            told = self._make(bounce).check()
            self.assertEqual((told.status, told.code), (LATER, "gateway_sender"))

    def test_a_domain_in_its_own_script(self):
        adapter = self._make("care@医院.cn", "医院.cn")
        message = Outgoing(1, "r1", "li@x.test", TEXT, sender="仁爱医院 <care@医院.cn>")
        self.assertEqual(adapter.check().status, ACCEPTED)
        self.assertEqual(adapter.send(message).status, ACCEPTED)
        self.assertEqual(set(self.far_end.asked), {"care@xn--ekrs67m.cn"})

    def test_a_recipient_that_is_no_address(self):
        told = self._make("c@h.test").send(Outgoing(1, "r1", "李", TEXT, sender="c@h.test"))
        self.assertEqual((told.status, told.of_gateway), (REFUSED, False))

    def test_hung_up_on_after_the_text(self):
        adapter = self._make("c@h.test")
        self.far_end.answers["data"] = ""
        told = adapter.send(Outgoing(1, "r1", "li@x.test", TEXT, sender="c@h.test"))
        self.assertEqual((told.status, told.code, told.of_gateway), (UNKNOWN, "no_answer", True))


class _Scripted(gateways.Gateway):
    """Answers by the number of the message."""

    def __init__(self, script):
        super().__init__(GatewaySettings())
        self.script = script

    def send(self, message):
        return self.script(message.number)


@tagged("post_install", "-at_install")
class TestWeighing(BaseCase):
    """Whose trouble it is."""

    def _weigh(self, script, count, threads=1):
        messages = [Outgoing(number, f"r{number}", NUMBER, TEXT) for number in range(count)]
        connections = [_Scripted(script) for _thread in range(threads)]
        pairs = gateways.weigh(gateways.send_all(connections, messages))
        return {message.number: outcome for message, outcome in pairs}

    def test_a_mistake_of_ours_rests_the_gateway_and_tells_no_secret(self):
        def fail(_number):
            raise UnicodeError(f"{SECRET} {NUMBER} {TEXT}")

        with self.assertLogs("odoo.addons.hcrm_communication.tools.gateway") as logs:
            told = self._weigh(fail, 3)
        self.assertEqual(
            [(one.status, one.of_gateway) for one in told.values()],
            [(UNKNOWN, True), (LATER, True), (LATER, True)],
        )
        self.assertEqual(told[0].detail, "UnicodeError")
        self.assertNotIn(SECRET, "".join(logs.output))

    def test_one_bad_recipient(self):
        """Given one no that may be either's, the message has used up its try."""
        told = self._weigh(lambda _n: Outcome(REFUSED, "rejected", "no", unclear=True), 1)
        self.assertEqual((told[0].status, told[0].of_gateway), (LATER, False))
        self.assertTrue(told[0].unclear, "so the gateway rests a little")

    def test_many_who_are_refused(self):
        told = self._weigh(lambda _n: Outcome(REFUSED, "rejected", unclear=True), MOST_DOUBTS + 5)
        self.assertEqual({one.status for one in told.values()}, {LATER})
        self.assertTrue(all(one.of_gateway for one in told.values()))
        self.assertEqual([n for n, one in told.items() if not one.tried], [10, 11, 12, 13, 14])

    def test_a_late_yes(self):
        """Given doubts about all until a yes comes late, batch and gateway are judged alike."""
        doubted = threading.Event()

        def script(number):
            if number == 0:
                doubted.wait(5)
                time.sleep(0.2)  # the other thread has thought about it
                return Outcome(ACCEPTED)
            if number == MOST_DOUBTS:
                doubted.set()
            return Outcome(REFUSED if number <= MOST_DOUBTS else ACCEPTED, unclear=number <= 10)

        told = self._weigh(script, MOST_DOUBTS + 5, threads=2)
        self.assertFalse([n for n, one in told.items() if one.of_gateway], "no rest")
        self.assertTrue(all(one.tried for one in told.values()))
        self.assertEqual(sum(one.status == ACCEPTED for one in told.values()), 5)


@tagged("post_install", "-at_install")
class TestAsteriskAdapter(BaseCase):
    """Asked about one try, it does not answer for another."""

    def test_an_earlier_try_still_rings(self):
        adapter = GATEWAYS["asterisk"](GatewaySettings(url="http://127.0.0.1:1/ari"))
        channels = Outcome(ACCEPTED), [{"id": "ref-16"}, {"id": "1763847000.12"}]
        day = datetime(2026, 11, 22)  # noqa: DTZ001 naive UTC
        with patch.object(adapter, "_ask", return_value=channels):
            self.assertEqual(adapter.ask_about([Handed("ref", NUMBER, day, 17)]), {})
            told = adapter.ask_about([Handed("ref", NUMBER, day, 16)])
        self.assertEqual(told["ref"].status, ACCEPTED)
