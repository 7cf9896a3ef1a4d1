from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .inbound_case import InboundCase

ANSWER = """\
Message-ID: <answer-{number}@example.org>
From: {sender}
To: care@example.org
Subject: Re: {subject}
References: {refs}
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset="gb18030"
Content-Transfer-Encoding: 8bit

{text}

在 2026-11-22，仁爱医院 写道：
> 您的预约已确认，如不需要请回复退订
"""

BOUNCE = """\
Message-ID: <bounce-{number}@mx.example.org>
From: MAILER-DAEMON@mx.example.org
To: bounce@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail system could not deliver your message.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{address}> no such user

--b
Content-Type: message/rfc822

Message-ID: <{ref}@example.org>
From: care@example.org
To: {address}
Subject: x

x
--b--
"""


@tagged("post_install", "-at_install")
class TestInboundMail(InboundCase):
    """E-mail through Odoo's door: answers, refusals, bounces; the rest stays Odoo's."""

    def _process(self, raw, model=None):
        number = self.env["hcrm.inbound"].search([], order="id DESC", limit=1).id or 0
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(model, raw)
        self._work()
        return self.inbox.search([("id", ">", number)])

    def _answer(self, text, message=None, sender="李明 <liming@example.org>", headers="", number=1):
        refs = f"<{message.ref}@example.org>" if message else "<other@example.com>"
        raw = ANSWER.format(
            text=text, sender=sender, subject="hello", refs=refs, headers=headers, number=number
        )
        return self._process(raw.encode("gb18030"))

    def test_answer_by_reference(self):
        message = self._sent(channels=["email"])
        self._sent(channels=["email"], body="a later one")
        arrived = self._answer("好的，我会来", message)
        self.assertEqual(arrived.answers_id, message)
        self.assertEqual((arrived.partner_id, arrived.body_stored), (self.li, "好的，我会来"))
        self.assertFalse(
            self.env["mail.message"].search([("body", "ilike", "我会来")]), "no copy in chatter"
        )

    def test_delivered_twice(self):
        message = self._sent(channels=["email"])
        self.assertEqual(len(self._answer("好", message)), 1)
        self.assertFalse(self._answer("好", message))

    def test_another_address_is_not_believed(self):
        message = self._sent(channels=["email"], res_model="hcrm.message.topic", res_id=1)
        arrived = self._answer("好", message, sender="neighbour@example.net")
        self.assertEqual((arrived.state, arrived.partner_id.id), ("inbox", False))

    def test_refusal_above_the_quotation(self):
        message = self._sent(channels=["email"], purpose="marketing")
        with self._withdrawals() as withdrawn:
            self._answer("退订", message)
        self.assertEqual(withdrawn, [(self.li.id, "marketing", "email")])

    def test_quoted_refusal_is_none(self):
        message = self._sent(channels=["email"], purpose="marketing")
        with self._withdrawals() as withdrawn:
            self._answer("谢谢，请继续", message)
        self.assertFalse(withdrawn)

    def test_out_of_office(self):
        message = self._sent(channels=["email"])
        arrived = self._answer("退订", message, headers="Auto-Submitted: auto-replied\n")
        self.assertEqual(arrived.state, "noise")

    def test_unknown_mail_to_our_address(self):
        arrived = self._answer("请问几点开门", sender="someone@example.net")
        self.assertEqual((arrived.state, arrived.gateway_id), ("inbox", self.mail))

    def test_an_address_for_answers_that_is_none(self):
        """Given garbage as the address for answers, it is refused where it is typed."""
        for typed in ("care(at)example.org", "13800138000", "a@example.org, b@example.org"):
            with self.subTest(typed=typed), self.assertRaisesRegex(ValidationError, "one e-mail"):
                self.mail.reply_to = typed
        self.mail.reply_to = "仁爱医院 <care@example.org>"

    def _bounce(self, message, number=1, **values):
        values = {"action": "failed", "status": "5.1.1", "address": "liming@example.org"} | values
        return self._process(BOUNCE.format(ref=message.ref, number=number, **values))

    def test_bounce_takes_the_next_channel(self):
        message = self._sent(channels=["email", "sms"])
        self._bounce(message)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.channel), ("waiting", "sms"))
        self._bounce(message, number=2)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.channel), ("waiting", "sms"))

    def test_bounce_of_another_address_or_soft(self):
        message = self._sent(channels=["email"])
        self._bounce(message, address="other@example.org")
        self._bounce(message, number=2, action="delayed", status="4.4.1")
        self.env.invalidate_all()
        self.assertEqual(message.state, "sent")
        self._bounce(message, number=3)
        self.env.invalidate_all()
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.failure_detail, "smtp; 550 5.1.1 <…> no such user")
        dead = self.env["hcrm.dead.address"].search([("address", "=", "liming@example.org")])
        self.assertEqual(dead.reason, message.failure_detail)
