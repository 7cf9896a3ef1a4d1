from odoo.tests import HttpCase, tagged

from ..tools.gateway import UNKNOWN, Outcome
from .common import CommunicationCase

LI = "+8613800138001"


class ReceiptCase(CommunicationCase):
    """A message and the receipts of its tries."""

    def _receive(self, message, kind, attempt=None):
        """Take a receipt of the last try, or of another."""
        self.outbox._take_receipt(self.sms, message.ref, attempt or message.claim, kind, "")
        self.env.invalidate_all()

    def _leave_in_doubt(self, **values):
        """Ask for a message whose first try ends without an answer."""
        self.sms.settle_minutes = 0
        message = self._ask(**values)
        with self._recording(**{LI: [Outcome(UNKNOWN, "no_answer")]}):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual(message.state, "uncertain")
        return message

    def _leave_to_be_repeated(self, **values):
        message = self._leave_in_doubt(**values)
        self.outbox._settle_uncertain()
        self.env.invalidate_all()
        self.assertEqual(message.state, "waiting")
        return message


@tagged("post_install", "-at_install")
class TestReceipts(ReceiptCase):
    """What the far end reports settles a message, once."""

    def test_delivered(self):
        message = self._ask()
        self._drain()
        self._receive(message, 8)
        self.assertEqual(message.state, "sent")
        self._receive(message, 1)
        self.assertEqual(message.state, "delivered")
        self._receive(message, 2)
        self.assertEqual(message.state, "delivered", "a late bad one changes nothing")

    def test_a_receipt_for_what_never_left(self):
        message = self._ask()
        self._receive(message, 1, attempt=1)
        self.assertEqual(message.state, "waiting")

    def test_undelivered_takes_the_next_channel(self):
        message = self._ask(channels=["sms", "email"])
        self._drain()
        self._receive(message, 2)
        self.assertEqual((message.state, message.channel), ("waiting", "email"))
        self.assertEqual([one.to for one in self._drain()], ["liming@example.org"])

    def test_undelivered_without_another_channel(self):
        for kind in (2, 16, 34):
            with self.subTest(kind=kind):
                self._fail_by(kind)

    def test_words_of_the_far_end(self):
        """Given a receipt that repeats number and text, neither is kept for its readers."""
        message = self._ask()
        self._drain()
        words = "id:7\0 to 8613800138001 13800138001 stat:UNDELIV err:1 text:您的预约"
        self.outbox._take_receipt(self.sms, message.ref, message.claim, 2, words)
        self.env.invalidate_all()
        self.assertEqual(message.failure_detail, "id:7 to … … stat:UNDELIV err:1")
        self.assertEqual(message.attempt_ids.detail, message.failure_detail)

    def _fail_by(self, kind):
        message = self._ask()
        self._drain()
        self._receive(message, kind)
        self.assertEqual((message.state, message.failure_code), ("failed", "undelivered"))
        self.assertEqual(message.attempt_ids.mapped("status"), ["undelivered"])


@tagged("post_install", "-at_install")
class TestReceiptsOfTries(ReceiptCase):
    """A receipt is about one try: what it tells of the message depends on which."""

    def test_each_try_has_its_own_signature(self):
        """Given a repeated message, the receipts of its tries cannot be taken for each other."""
        message = self._leave_to_be_repeated()
        [again] = self._drain()
        first = self.sms._sign_try(message.ref, again.attempt - 1)
        self.assertEqual(again.attempt, message.claim)
        self.assertEqual(again.signature, self.sms._sign_try(message.ref, message.claim))
        self.assertNotEqual(again.signature, first)

    def test_delivered_while_it_waits_to_be_repeated(self):
        message = self._leave_to_be_repeated()
        self._receive(message, 1)
        self.assertEqual(message.state, "delivered")
        self.assertFalse(self._drain())

    def test_taken_by_the_centre_while_it_waits_to_be_repeated(self):
        message = self._leave_to_be_repeated()
        self._receive(message, 8)
        self.assertEqual(message.state, "sent")
        self.assertFalse(self._drain(), "not a second time")

    def test_undelivered_while_it_waits_to_be_repeated(self):
        message = self._leave_to_be_repeated(channels=["sms", "email"])
        self._receive(message, 2)
        self.assertEqual((message.state, message.channel), ("waiting", "email"))

    def test_the_end_of_a_first_try_does_not_end_a_second(self):
        message = self._leave_to_be_repeated()
        first = message.claim
        self._drain()
        self.assertEqual(message.state, "sent")
        self._receive(message, 2, attempt=first)
        self.assertEqual(message.state, "sent")
        self._receive(message, 2)
        self.assertEqual(message.state, "failed")

    def test_a_first_try_that_arrived_after_all(self):
        message = self._leave_to_be_repeated()
        first = message.claim
        self._drain()
        self._receive(message, 1, attempt=first)
        self.assertEqual(message.state, "delivered")

    def test_delivered_although_it_went_another_way(self):
        """Given a message that goes on by e-mail, a late receipt of its SMS makes that needless."""
        message = self._leave_to_be_repeated(channels=["sms", "email"])
        first = message.claim
        self._receive(message, 2)
        self._receive(message, 1, attempt=first)
        self.assertEqual(message.state, "delivered")
        self.assertFalse(self._drain())

    def test_a_late_word_of_the_centre_does_not_undo_a_failure(self):
        """Given receipts that overtake each other, 8 after 2 takes no channel away."""
        message = self._ask(channels=["sms", "email"])
        self._drain()
        self._receive(message, 2)
        self._receive(message, 8)
        self.assertEqual((message.state, message.channel), ("waiting", "email"))

    def test_uncertain_advertising_that_left_after_all(self):
        message = self._leave_in_doubt(purpose="marketing")
        self._drain()
        self.assertEqual((message.state, message.failure_code), ("failed", "not_repeated"))
        self._receive(message, 8)
        self.assertEqual((message.state, message.failure_code), ("sent", False))

    def test_cancelled_and_yet_delivered(self):
        message = self._leave_to_be_repeated()
        message.action_cancel()
        self._receive(message, 1)
        self.assertEqual(message.state, "delivered", "whoever cancelled should know")


@tagged("post_install", "-at_install")
class TestReceiptHttp(HttpCase):
    """What comes in under the address that a gateway was given."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.env["hcrm.gateway"].create(
            {"name": "Kannel", "channel": "sms", "kind": "kannel"}
        )

    def _call(self, ref, attempt, sig, kind="1"):
        token = self.gateway.sudo().token
        query = f"ref={ref}&try={attempt}&sig={sig}&type={kind}"
        return self.url_open(f"/hcrm/gateway/{token}/dlr?{query}").status_code

    def test_signatures(self):
        sig = self.gateway._sign_try("abc", 7)
        self.assertEqual(self._call("abc", 7, sig), 200)
        for forged in (("abc", 8, sig), ("abd", 7, sig), ("abc", "", sig), ("abc", 7, "")):
            self.assertEqual(self._call(*forged), 404, forged)
        self.assertEqual(self._call("abc", "x", self.gateway._sign("abc/x")), 404)
        for kind in ("", "x", "٣", "9" * 30):
            self.assertEqual(self._call("abc", 7, sig, kind), 200, kind)
