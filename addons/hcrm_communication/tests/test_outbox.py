import json
from contextlib import suppress
from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.outbox_locks import CLAIM_LOCK
from ..tools.gateway import LATER, REFUSED, UNKNOWN, Outcome
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestOutbox(CommunicationCase):
    """A message asked for goes once, in its turn, and its end is written down."""

    def test_it_leaves(self):
        message = self._ask()
        [sent] = self._drain()
        self.assertEqual((sent.to, sent.text), ("+8613800138001", "您的预约已确认"))
        self.assertEqual((message.state, message.attempts), ("sent", 1))
        self.assertTrue(message.sent_at)
        self.assertFalse(self._drain())

    def test_same_key_is_one_message(self):
        first = self._ask(key="reminder/1")
        self.assertEqual(self._ask(key="reminder/1", body="something else"), first)
        self.assertEqual(len(self._drain()), 1)
        self.assertEqual(self._ask(key="reminder/1"), first)
        self.assertFalse(self._drain())

    def test_many_are_one_statement(self):
        person = self.li.id

        def ask(count):
            return self.messages._ask(
                [
                    {
                        "recipient_id": person,
                        "purpose": "care",
                        "channels": ["sms"],
                        "key": f"many/{count}/{number}",
                        "body": "x",
                    }
                    for number in range(count)
                ]
            )

        ask(1)
        self.assertEqual(len(ask(10_000)), 10_000)  # a list of pairs is too deep for PostgreSQL
        with self.assertQueryCount(6):  # one more for what was asked for before
            ask(1)
        with self.assertQueryCount(5):
            ask(50)

    def test_what_is_shared_and_what_differs(self):
        """Each of many requests of one call has its own values, and a repeated key one message."""
        same = {"recipient_id": self.li.id, "purpose": "care", "channels": ["sms"], "body": "x"}
        due = datetime(2026, 3, 1, 8, 30)
        known = self._ask(key="differ/0")
        asked = self.messages._ask(
            [
                {**same, "key": "differ/1", "due_at": due, "sharers": [self.li.id]},
                {**same, "key": "differ/2", "is_urgent": True, "headers": {"To": "“x”\n"}},
                {**same, "key": "differ/0", "body": "another"},
                {**same, "key": "differ/1", "body": "another"},
            ]
        )
        first, second, third, fourth = asked
        self.assertEqual((third, fourth), (known, first))
        self.assertEqual((first.due_at, first.next_at), (due, due))
        self.assertEqual((first.sharers, second.sharers), ([self.li.id], False))
        self.assertEqual((first.is_urgent, second.is_urgent), (False, True))
        self.assertEqual(json.loads(second.sudo().headers_stored), {"To": "“x”\n"})
        self.assertEqual(set(asked.sudo().mapped("body_stored")), {"x", known.sudo().body_stored})
        self.assertEqual(len(set(asked.mapped("ref"))), 3)

    def test_not_before_its_time(self):
        message = self._ask(due_at=fields.Datetime.now() + timedelta(hours=2))
        self.assertFalse(self._drain())
        self.assertEqual(message.state, "waiting")

    def test_too_late_is_not_sent(self):
        message = self._ask(expires_at=fields.Datetime.now() - timedelta(minutes=1))
        self.assertFalse(self._drain())
        self.assertEqual(message.state, "expired")

    def test_care_before_marketing(self):
        self._ask(purpose="marketing", body="offer")
        self._ask(purpose="service", body="answer")
        self._ask(purpose="care", body="reminder")
        self._ask(purpose="care", is_urgent=True, body="alert")
        self.sms.parallel = 1
        self.sms.batch = 1
        self.assertEqual(
            [message.text for message in self._drain()], ["alert", "reminder", "answer", "offer"]
        )

    def test_gateways_do_not_mix_purposes(self):
        self.sms.carries_marketing = False
        message = self._ask(purpose="marketing")
        self.assertFalse(self._drain())
        self.assertEqual(message.state, "waiting")

    def test_what_cannot_be_asked(self):
        for values in (
            {"purpose": "gossip"},
            {"channels": []},
            {"channels": ["pigeon"]},
            {"body": "  "},
            {"key": ""},
        ):
            with self.assertRaises(ValidationError):
                self._ask(**values)

    def test_put_off_and_tried_again(self):
        message = self._ask()
        with self._recording(**{"+8613800138001": Outcome(LATER, "gateway_busy")}) as sent:
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.attempts, len(sent)), ("waiting", 1, 1))
        self.assertGreater(message.next_at, fields.Datetime.now())
        self.assertEqual(message.attempt_ids.mapped("status"), ["later"])

    def test_given_up_after_all_tries(self):
        self.sms.max_attempts = 1
        message = self._ask()
        with self._recording(**{"+8613800138001": Outcome(LATER, "gateway_busy")}):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.failure_code), ("failed", "too_many_attempts"))

    def test_trouble_of_the_gateway_costs_no_try(self):
        first, second = self._ask(), self._ask()
        self.sms.parallel = 1
        away = Outcome(LATER, "gateway_away", of_gateway=True)
        with self._recording(**{"+8613800138001": away}) as sent:
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual(len(sent), 1, "the second was not even tried")
        meter = self.sms.meter_id
        self.assertEqual(meter.failures, 1, "troubles are counted from the first on")
        self.assertLess(meter.paused_until, fields.Datetime.now() + timedelta(seconds=30))
        self.assertEqual((first | second).mapped("attempts"), [0, 0])
        self.assertTrue(self.sms.is_paused)
        self.assertFalse(self._drain())

    def test_next_channel_when_refused(self):
        message = self._ask(channels=["sms", "email"])
        with self._recording(**{"+8613800138001": Outcome(REFUSED, "bad_address")}) as sent:
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual([one.to for one in sent], ["+8613800138001", "liming@example.org"])
        self.assertEqual((message.state, message.channel), ("sent", "email"))

    def test_refused_everywhere_is_a_dead_letter(self):
        message = self._ask()
        with self._recording(**{"+8613800138001": Outcome(REFUSED, "bad_address", "550 no")}):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.failure_code), ("failed", "bad_address"))
        message.action_replay()
        self.assertEqual(len(self._drain()), 1)
        self.assertEqual(message.state, "sent")

    def test_uncertain_care_is_repeated_with_its_reference(self):
        self.sms.settle_minutes = 0
        message = self._ask()
        with self._recording(**{"+8613800138001": [Outcome(UNKNOWN, "no_answer")]}) as first:
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual(message.state, "uncertain")
        [again] = self._drain()
        self.assertEqual(again.ref, first[0].ref)
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.attempt_ids.mapped("status"), ["repeated", "unknown"])

    def test_garbage_in_an_answer_loses_nothing(self):
        message = self._ask()
        answer = Outcome(REFUSED, "rejected", "550 <+8613800138001>\0 un\0known")
        with self._recording(**{"+8613800138001": answer}):
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((message.state, message.failure_detail), ("failed", "550 <…> unknown"))

    def test_a_far_end_that_never_answers_gets_few_copies(self):
        self.sms.write({"settle_minutes": 0, "max_attempts": 8})
        message = self._ask()
        with self._recording(**{"+8613800138001": Outcome(UNKNOWN, "no_answer")}) as sent:
            for _round in range(8):
                self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual((len(sent), message.state), (4, "failed"))

    def test_a_hanging_gateway_is_left_alone(self):
        """The first message is uncertain, the others have certainly not left."""
        first, second = self._ask(), self._ask()
        self.sms.parallel = 1
        hangs = Outcome(UNKNOWN, "no_answer", of_gateway=True)
        with self._recording(**{"+8613800138001": hangs}) as sent:
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual(len(sent), 1)
        self.assertEqual((first.state, second.state, second.attempts), ("uncertain", "waiting", 0))
        self.assertTrue(self.sms.is_paused)

    def test_a_worker_that_fails_without_dying(self):
        """Given a mistake in the middle of a batch, its messages are uncertain at once."""
        message = self._ask()
        broken = patch.object(
            self.env.registry["hcrm.outbox"], "_hand_over", side_effect=ZeroDivisionError
        )
        with suppress(ZeroDivisionError), broken:  # assertRaises would take everything back
            self.outbox._drain(commit=False)
        self.env.invalidate_all()
        self.assertEqual(message.state, "claimed")
        self._drain()
        self.assertEqual((message.state, message.failure_code), ("uncertain", "worker_died"))

    def test_uncertain_marketing_is_not_repeated(self):
        self.sms.settle_minutes = 0
        message = self._ask(purpose="marketing")
        with self._recording(**{"+8613800138001": [Outcome(UNKNOWN, "no_answer")]}):
            self.outbox._drain(commit=False)
        self.assertFalse(self._drain())
        self.assertEqual((message.state, message.failure_code), ("failed", "not_repeated"))

    def test_what_left_never_waits_again(self):
        message = self._ask()
        self._drain()
        with self.assertRaises(UserError):
            message.action_replay()
        with (
            self.assertRaises(psycopg2.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE hcrm_communication SET state = 'claimed' WHERE id = %s", (message.id,)
            )

    def test_cancelled_does_not_leave(self):
        message = self._ask()
        message.action_cancel()
        self.assertFalse(self._drain())
        self.assertEqual(message.state, "cancelled")

    def test_rate_limit(self):
        self.sms.write({"rate": 0.001, "burst": 3})
        for _number in range(5):
            self._ask()
        self.env.cr.execute("UPDATE hcrm_gateway_meter SET tokens = 3, refilled_at = now()")
        self.assertEqual(len(self._drain()), 3)

    def test_an_asker_that_failed_is_told_again(self):
        told = []
        asker = self.env.registry["hcrm.sending"]
        message = self._ask(res_model="hcrm.sending", res_id=1)
        with (
            patch.object(asker, "_hcrm_on_communications", _fail, create=True),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_outbox_settling_mixin"),
        ):
            self._drain()
        self.assertEqual(message.state, "sent")
        listen = lambda _model, events: told.extend(events)
        with patch.object(asker, "_hcrm_on_communications", listen, create=True):
            self._drain()
            self.assertFalse(told, "not every second")
            self.env.cr.execute("UPDATE hcrm_communication SET tell_after = now() - interval '1s'")
            self._drain()
            self._drain()
        self.assertEqual([event["communication_id"] for event in told], message.ids)

    def test_an_asker_that_fails_is_still_untold_at_each_commit(self):
        """Given a worker that is killed after any commit, the asker is told by the next one."""
        message, kept = self._ask(res_model="hcrm.sending", res_id=1), []
        between = self.env.registry["hcrm.outbox"]._between

        def commit(outbox, commit):
            between(outbox, commit)
            kept.append(message.state != "sent" or message.is_untold)

        with (
            patch.object(
                self.env.registry["hcrm.sending"], "_hcrm_on_communications", _fail, create=True
            ),
            patch.object(self.env.registry["hcrm.outbox"], "_between", commit),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_outbox_settling_mixin"),
        ):
            self._drain()
        self.assertEqual(message.state, "sent")
        self.assertNotIn(False, kept)

    def test_one_bad_message_does_not_keep_the_others_untold(self):
        messages = [self._ask(res_model="hcrm.sending", res_id=number) for number in range(1, 6)]
        told = []

        def listen(_model, events):
            if any(event["res_id"] == 3 for event in events):
                raise ZeroDivisionError
            told.extend(event["communication_id"] for event in events)

        with (
            patch.object(
                self.env.registry["hcrm.sending"], "_hcrm_on_communications", listen, create=True
            ),
            mute_logger("odoo.addons.hcrm_communication.models.hcrm_outbox_settling_mixin"),
        ):
            self._drain()
        others = [message.id for message in messages if message.res_id != 3]
        self.assertEqual(sorted(told), others)
        self.assertEqual([message.is_untold for message in messages].count(True), 1)

    def test_a_lock_lives_as_long_as_its_claim(self):
        """Given a long drain of small batches, one lock is held at a time, and none at its end."""
        self.sms.batch = 1
        for _number in range(5):
            self._ask()
        held = []
        hand_over = self.env.registry["hcrm.outbox"]._hand_over

        def watch(outbox, *args):
            held.append(self._count_locks())
            return hand_over(outbox, *args)

        with patch.object(self.env.registry["hcrm.outbox"], "_hand_over", watch):
            self.assertEqual(len(self._drain()), 5)
        self.assertEqual(held, [1] * 5)
        self.assertEqual(self._count_locks(), 0)

    def _count_locks(self):
        self.env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            (CLAIM_LOCK,),
        )
        return self.env.cr.fetchone()[0]


def _fail(_model, _events):
    raise ZeroDivisionError
