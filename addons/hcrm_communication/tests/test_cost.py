from odoo.tests import new_test_user, tagged

from ..tools.gateway import LATER, UNKNOWN, Outcome
from .common import CommunicationCase

NUMBER = "+8613800138001"


@tagged("post_install", "-at_install")
class TestCost(CommunicationCase):
    """Parts by the price of the moment, on each message that left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sms.price_per_part = 0.045

    def _send(self, answer=None, **values):
        message = self._ask(**values)
        with self._recording(**({NUMBER: answer} if answer else {})):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        return message

    def test_parts_by_price(self):
        message = self._send(body="好" * 71)
        self.assertEqual((message.parts, message.cost), (2, 0.09))
        self.sms.price_per_part = 1
        self.env.invalidate_all()
        self.assertEqual(message.cost, 0.09, "the price of that moment")
        self.assertEqual(self._send().cost, 1)

    def test_other_channels_are_one_part(self):
        self.mail.price_per_part = 0.3
        message = self._send(channels=["email"], subject_line="x", body="好" * 500)
        self.assertEqual((message.parts, message.cost), (1, 0.3))

    def test_what_did_not_leave_costs_nothing(self):
        message = self._send(Outcome(LATER, "gateway_busy"))
        self.assertEqual((message.parts, message.cost), (0, 0))

    def test_every_try_that_may_have_left(self):
        self.sms.settle_minutes = 0
        message = self._send(Outcome(UNKNOWN, "no_answer"))
        self.assertEqual(message.cost, 0.045)
        self._drain()
        self.assertEqual((message.state, message.parts, message.cost), ("sent", 2, 0.09))

    def test_sandbox_is_free_and_its_rehearsal_tells_the_price(self):
        self.sms.sandbox = True
        self.assertEqual(self._send().cost, 0)
        request = {
            "recipient_id": self.li.id,
            "purpose": "care",
            "channels": ["sms"],
            "key": "how much",
            "body": "好",
        }
        [told] = self.env["hcrm.dry.run"]._run([request])
        self.assertEqual((told["parts"], told["cost"]), (1, 0.045))

    def test_no_customer_reads_it(self):
        message = self._send()
        portal = new_test_user(self.env, "costs", groups="base.group_portal")
        self.assertNotIn("cost", message.with_user(portal).fields_get())
