from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models.hcrm_gateway_voice_mixin import HcrmGatewayVoiceMixin
from ..tools import gateway as gateways
from ..tools.voice import verbs
from .common import CommunicationCase, RecordingGateway

NUMBER = "+8613800138001"


@tagged("post_install", "-at_install")
class TestCallMessage(CommunicationCase):
    """A message is spoken: how it leaves, what keys do, how each end is settled."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.voice = cls._create_gateway(
            "voice", "asterisk", lines=2, call_from=0, call_to=24, sender="95000"
        )
        cls.calls = cls.env["hcrm.call"]

    @contextmanager
    def _recording(self, **answers):
        with (
            super()._recording(**answers) as sent,
            patch.dict(gateways.GATEWAYS, {"asterisk": RecordingGateway}),
        ):
            yield sent

    def _call(self, **values):
        """Send one message by voice; return (message, its call)."""
        message = self._ask(channels=["voice"], **values)
        self._drain()
        return message, self.calls.search([("communication_id", "=", message.id)], limit=1)

    def _tell(self, call, *events):
        """Tell events; return the answer to the last."""
        for event in events:
            answer = self.calls._tell(call.id, event)
        self.env.flush_all()
        self.env.invalidate_all()
        return answer

    def _persons(self, count):
        numbers = range(count)
        return [self._create_person(f"P{n}", phone=f"1390000000{n}") for n in numbers]

    # LEAVING

    def test_a_call_is_written_down_before_it_is_made(self):
        message, call = self._call()
        self.assertEqual(message.state, "sent")
        self.assertRecordValues(
            call,
            [
                {
                    "channel_ref": f"{message.ref}-{message.claim}",
                    "state": "ringing",
                    "number_stored": NUMBER,
                    "partner_id": self.li.id,
                    "message_class": "care",
                }
            ],
        )

    def test_no_more_calls_than_lines(self):
        for person in self._persons(3):
            self._ask(person, channels=["voice"])
        self.assertEqual(len(self._drain()), 2)
        self.assertEqual(len(self._drain()), 0)
        self._tell(self.calls.search([], limit=1), verbs.Ended(17))
        self.assertEqual(len(self._drain()), 1)

    def test_a_number_is_called_once_at_a_time(self):
        first, second = self._ask(channels=["voice"]), self._ask(channels=["voice"])
        self.assertEqual(len(self._drain()), 1)
        rested = (first | second).filtered(lambda one: one.state == "waiting")
        self.assertRecordValues(rested, [{"failure_code": "number_rests", "attempts": 0}])
        self.assertGreater(rested.next_at, fields.Datetime.now() + timedelta(minutes=5))

    def test_a_number_is_left_in_peace_after_so_many_calls_a_day(self):
        self.voice.calls_a_day = 1
        _message, call = self._call()
        self._tell(call, verbs.Started(), verbs.Silence(), verbs.Ended(16))
        later = self._ask(channels=["voice"])
        self.assertEqual(len(self._drain()), 0)
        self.assertEqual(later.failure_code, "number_rests")
        self.assertGreater(later.next_at, fields.Datetime.now() + timedelta(hours=23))

    def test_a_call_that_was_not_made_takes_no_line(self):
        refused = gateways.Outcome(gateways.LATER, "gateway_away", of_gateway=True)
        message = self._ask(channels=["voice"])
        with self._recording(**{NUMBER: refused}):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.attempts), ("waiting", 0))
        self.assertFalse(self.calls.search([("communication_id", "=", message.id)]))

    def test_a_sandbox_calls_nobody(self):
        self.voice.sandbox = True
        message = self._ask(channels=["voice"])
        self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertTrue(message.is_sandboxed)
        self.assertFalse(self.calls.search([("communication_id", "=", message.id)]))
        self.assertEqual(self.env["hcrm.voice.desk"]._lines(), [])

    def test_nobody_is_called_when_nobody_would_speak(self):
        message = self._ask(channels=["voice"])
        self.outbox._drain(commit=False)  # no process listens: nothing is even tried
        self.env.invalidate_all()
        self.assertEqual((message.state, message.failure_code), ("waiting", "gateway_deaf"))
        with patch.object(HcrmGatewayVoiceMixin, "_is_heard", return_value=True):
            [connection] = self.voice._open_connections(1)
        self.assertTrue(connection.settings.options["is_heard"])
        self.assertNotIn("secret", repr(self.voice._prepare_line()).replace("secret=", ""))

    # KEYS

    def _said(self, answer):
        return " ".join(
            say.text for verb in answer for say in getattr(verb, "say", (verb,)) if
            isinstance(say, verbs.Say)
        )  # fmt: skip

    def test_heard_to_the_end_is_delivered(self):
        message, call = self._call()
        [gather] = self._tell(call, verbs.Started())
        self.assertEqual(gather.say[0].text, message.body_stored)
        self.assertEqual(message.state, "sent")
        answer = self._tell(call, verbs.Silence())
        self.assertIsInstance(answer[-1], verbs.Hangup)
        self.assertEqual(message.state, "delivered")
        self._tell(call, verbs.Ended(16))
        self.assertRecordValues(call, [{"state": "ended", "outcome": "answered"}])
        self.assertEqual(message.state, "delivered")

    def test_a_key_goes_back_to_the_asker(self):
        message, call = self._call(res_model="sms.sms", res_id=1)
        self.assertIn("1", self._said(self._tell(call, verbs.Started())))
        told = []
        with patch.object(
            type(self.env["sms.sms"]), "_hcrm_on_communications",
            lambda _self, events: told.extend(events),
        ):  # fmt: skip
            self._tell(call, verbs.Digits("1"))
            self.env["hcrm.inbound"]._work()
        [event] = [one for one in told if one["event"] == "answered"]
        self.assertEqual((event["text"], event["communication_id"]), ("1", message.id))
        self.assertEqual(event["partner_id"], self.li.id)

    def test_who_shares_the_number_matters_not_to_a_key(self):
        """A key answers the message it was pressed in, whoever else was written to."""
        wife = self._create_person("王芳", phone="13800138001")
        message, call = self._call(res_model="sms.sms", res_id=1)
        self._tell(call, verbs.Started(), verbs.Digits("2"), verbs.Ended(16))
        _second, other = self._call(recipient=wife, res_model="sms.sms", res_id=2)
        self.env["hcrm.inbound"]._work()
        arrived = self.env["hcrm.inbound"].search([("channel", "=", "voice")])
        self.assertEqual(arrived.answers_id, message)
        self.assertTrue(other)

    def test_nine_says_it_again(self):
        message, call = self._call()
        first = self._tell(call, verbs.Started())
        self.assertEqual(self._tell(call, verbs.Digits("9")), first)
        self.assertEqual(message.state, "sent", "nobody heard it to the end yet")
        self._tell(call, verbs.Ended(16))
        self.assertEqual(message.failure_code, "hung_up")

    def test_wrong_keys_are_asked_again_then_it_ends(self):
        _message, call = self._call()
        self._tell(call, verbs.Started())
        for _time in range(2):
            self.assertIsInstance(self._tell(call, verbs.Digits("*"))[-1], verbs.Gather)
        self.assertIsInstance(self._tell(call, verbs.Digits("*"))[-1], verbs.Hangup)

    # ENDS

    def test_busy_is_called_again_later_then_given_up(self):
        message, call = self._call()
        self._tell(call, verbs.Ended(17))
        self.assertEqual((message.state, message.failure_code), ("waiting", "line_busy"))
        self.assertGreater(message.next_at, fields.Datetime.now() + timedelta(minutes=14))
        rules = self.env["hcrm.call.retry"].search([("outcome", "=", "busy")])
        rules.filtered(lambda rule: rule.attempt > 1).unlink()
        message.sudo().next_at = fields.Datetime.now()
        self._drain()
        again = self.calls.search([("communication_id", "=", message.id)], limit=1)
        self.assertNotEqual(again, call)
        self._tell(again, verbs.Ended(17))
        self.assertEqual((message.state, message.failure_code), ("failed", "line_busy"))

    def test_the_next_channel_takes_over(self):
        message, call = self._call()
        self.assertFalse(message.channels_left)
        message = self._ask(channels=["voice", "sms"], recipient=self._persons(1)[0])
        self._drain()
        call = self.calls.search([("communication_id", "=", message.id)])
        self._tell(call, verbs.Ended(1))  # nobody has this number
        self.assertEqual((message.state, message.channel), ("waiting", "sms"))
        self._drain()
        self.assertEqual(message.state, "sent")

    def test_hung_up_in_the_middle(self):
        message, call = self._call()
        self._tell(call, verbs.Started(), verbs.Ended(16))
        self.assertRecordValues(call, [{"outcome": "answered"}])
        self.assertEqual((message.state, message.failure_code), ("waiting", "hung_up"))

    def test_a_machine_hears_no_word_of_it(self):
        message, call = self._call()
        self.voice.leaves_message = True
        answer = self._tell(call, verbs.Started("machine"))
        self.assertNotIn(message.body_stored, self._said(answer))
        self.assertIn(self.env.company.name, self._said(answer))
        self._tell(call, verbs.Ended(16))
        self.assertEqual((message.state, message.failure_code), ("waiting", "machine"))
        self.assertEqual(call.outcome, "machine")

    def test_a_call_that_got_lost(self):
        """Care is repeated, nobody is advertised to twice by mistake."""
        message, call = self._call()
        self._tell(call, verbs.Started(), verbs.Ended(is_lost=True))
        self.assertEqual((message.state, message.failure_code), ("waiting", "call_lost"))
        advert, call = self._call(purpose="marketing", recipient=self._persons(1)[0])
        self._tell(call, verbs.Started(), verbs.Ended(is_lost=True))
        self.assertEqual((advert.state, advert.failure_code), ("failed", "not_repeated"))

    def test_the_end_of_a_first_try_ends_no_second(self):
        message, call = self._call()
        self._tell(call, verbs.Started(), verbs.Ended(is_lost=True))
        message.sudo().next_at = fields.Datetime.now()
        self._drain()
        self.assertEqual(message.state, "sent")
        self.outbox._put_off_call(call, None, "line_busy")
        self.env.invalidate_all()
        self.assertEqual(message.state, "sent")

    def test_the_worker_died_and_the_call_went_on(self):
        message, call = self._call()
        self.env.cr.execute(
            "UPDATE hcrm_communication SET state = 'waiting' WHERE id = %s", [message.id]
        )
        self.env.cr.execute(
            "UPDATE hcrm_communication SET state = 'claimed' WHERE id = %s", [message.id]
        )
        self.outbox._mark_uncertain(message.claim)
        self.env.invalidate_all()
        self._tell(call, verbs.Started())
        self.assertEqual(message.state, "sent")
        self._tell(call, verbs.Silence())
        self.assertEqual(message.state, "delivered")

    # WHAT MAY BE SPOKEN

    def test_whoever_picks_up_hears_nothing_clinical(self):
        lint = self.env["hcrm.template.renderer"]._lint
        self.assertTrue(lint("您的HIV检测结果已出", "", "care", "voice"))
        self.assertFalse(lint("您好，请回电", "", "care", "voice"))
