from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..tools import seat
from ..tools.voice import verbs
from .seat_case import SeatCase


@tagged("post_install", "-at_install")
class TestSeat(SeatCase):
    """The line, who takes a call, who gives it back, how it is wrapped up."""

    def _queue_ids(self, agent):
        return [line["id"] for line in self._show(agent)["queue"]]

    # ORDER

    def test_order_urgency_then_priority_then_waiting(self):
        first = self._create_call()
        second = self._create_call()
        first.queued_at -= timedelta(seconds=60)
        urgent = self._create_call(urgency="1")
        persons = type(self.env["res.partner"])
        with patch.object(persons, "_service_priority", lambda found: 3 * (self.wang in found)):
            ahead = self._create_call()
        known = self._create_call(partner_id=self.child.id)
        self.assertEqual(ahead.service_priority, 3)
        self.assertEqual(known.service_priority, 0)
        found = self._queue_ids(self.officer)
        self.assertEqual(found, (urgent | ahead | first | second | known).ids)

    def test_a_desk_sees_its_queues_and_no_care(self):
        service, care = self._create_call(), self._create_call(self.care, purpose="care")
        hidden = self._create_call(purpose="care")
        self.assertEqual(self._queue_ids(self.officer), service.ids)
        self.assertEqual(self._queue_ids(self.nurse), (service | care | hidden).ids)
        with self.assertRaises(AccessError):
            self._seat(self.officer).accept(hidden.id)
        with self.assertRaises(AccessError):
            self._seat(self.officer).get_card(hidden.id)
        with self.assertRaises(AccessError):
            self._seat(self.officer).find_words(hidden.id)

    def test_offered_to_one_after_the_other(self):
        self.second.idle_since -= timedelta(minutes=5)
        self.nurse.state = "away"
        call = self._create_call()
        self.assertFalse(self._show(self.officer)["offer"])
        self.assertEqual(self._show(self.second)["offer"]["id"], call.id)
        call.queued_at -= timedelta(seconds=seat.OFFER + 1)
        self.assertEqual(self._show(self.officer)["offer"]["id"], call.id)
        self.assertFalse(self._show(self.second)["offer"])

    def test_only_who_has_a_desk(self):
        user = new_test_user(self.env, "no_desk", groups="hcrm_base.group_officer")
        with self.assertRaises(AccessError):
            self.env["hcrm.seat"].with_user(user).get_seat()

    # A CALL FROM MENU TO NOTE

    def test_from_the_menu_to_the_note(self):
        call = self._create_call()
        self.assertEqual(call.state, "queued")
        seat_ = self._seat(self.officer)
        seat_.accept(call.id)
        self.assertRecordValues(call, [{"state": "talking", "user_id": self.officer.user_id.id}])
        self.assertEqual(self.officer.state, "talking")
        seat_.pick(call.id, self.wang.id)
        with self.assertRaises(UserError):
            seat_.wrap_up(call.id, {"reason": self.reason.id})
        self._end(call)
        self.assertEqual(self.officer.state, "wrapup")
        shown = seat_.wrap_up(
            call.id,
            {
                "reason": self.reason.id,
                "result": "call_back",
                "note": "改到下周",
                "next": "回电",
                "on": "2030-01-02",
            },
        )
        self.assertEqual(shown["agent"]["state"], "available")
        self.assertFalse(shown["call"])
        note = call.note_id
        self.assertRecordValues(
            note,
            [
                {
                    "partner_id": self.wang.id,
                    "user_id": self.officer.user_id.id,
                    "way": "phone",
                    "body": "改到下周",
                    "next_step": "回电",
                }
            ],
        )
        self.assertEqual(str(note.activity_ids.date_deadline), "2030-01-02")
        self.assertEqual(note.activity_ids.user_id, self.officer.user_id)
        self.assertEqual(call.result, "call_back")
        self.assertTrue(call.wrapped_at)
        with self.assertRaises(UserError):
            seat_.wrap_up(call.id, {"reason": self.reason.id})

    def test_the_engine_puts_in_line_and_brings_back(self):
        """A program that connects with a queue; a phone that nobody picks up."""
        call = self._create_call(state="ringing")
        call.write({"state": "menu", "queued_at": False})
        verb = verbs.Connect(queue="care")
        with patch.object(type(self.calls), "_next_menu", lambda one, event: [verb]):
            self.assertEqual(self._tell(call, verbs.Digits("0")), [verb])
        self.assertRecordValues(call, [{"state": "queued", "queue_id": self.care.id}])
        since = call.queued_at
        call._claim(self.nurse.user_id)
        self.nurse.state = "talking"
        answers = self._tell(call, verbs.NotConnected("no_answer"))
        self.assertEqual(answers, [verb])
        self.assertRecordValues(
            call, [{"state": "queued", "user_id": False, "queued_at": since, "taken_at": False}]
        )
        self.assertRecordValues(self.nurse, [{"state": "away", "away_reason": "unattended"}])

    def test_caller_hangs_up_while_waiting(self):
        call = self._create_call()
        self._end(call)
        self.assertEqual(call.outcome, "abandoned")
        with self.assertRaises(UserError):
            self._seat(self.officer).accept(call.id)
        self.assertEqual(self.officer.state, "available")

    def test_taken_while_greeted(self):
        """What a desk accepted before the engine came to the line is not forgotten there."""
        call = self._create_call()
        call.write({"taken_at": fields.Datetime.now(), "wanted_id": self.officer.user_id.id})
        desk = self.env["hcrm.voice.desk"]
        desk._queue(call.id)
        self.assertEqual(desk._wanted(call.id), self.officer.user_id.id)
        self.calls._give_back([("id", "=", call.id)])
        call.user_id = self.officer.user_id
        self.calls._give_back([("id", "=", call.id)])
        self.assertFalse(desk._wanted(call.id))

    def test_a_phone_picked_up_too_late(self):
        """The first desk's phone is answered after the call went to a second: one is free again."""
        call = self._create_call()
        self.assertTrue(call._claim(self.second.user_id))
        self.second.state = "talking"
        self._tell(call, verbs.Connected(self.officer.user_id.id))
        self.assertEqual(call.user_id, self.officer.user_id)
        self.assertEqual((self.officer.state, self.second.state), ("talking", "available"))

    def test_the_screen_learns_that_they_speak(self):
        """Without waiting for its next look."""
        call = self._create_call()
        self._seat(self.officer).accept(call.id)
        with patch.object(type(self.officer), "_tell_desks", autospec=True) as told:
            self._tell(call, verbs.Connected(self.officer.user_id.id))
        self.assertTrue(told.called)

    # ONE CALL, ONE DESK

    def test_a_taken_call_is_taken(self):
        call = self._talk(self.officer)
        with self.assertRaises(UserError):
            self._seat(self.second).accept(call.id)
        self.assertEqual(call.user_id, self.officer.user_id)
        self.assertEqual(self._queue_ids(self.second), [])

    def test_one_call_at_a_desk(self):
        self._talk(self.officer)
        with self.assertRaises(UserError):
            self._seat(self.officer).accept(self._create_call().id)

    def test_another_s_call_is_not_touched(self):
        call = self._talk(self.officer)
        for method, args in (
            ("pick", [self.wang.id]),
            ("wrap_up", [{"reason": self.reason.id}]),
            ("hang_up", []),
            ("give_back", []),
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(self._seat(self.second), method)(call.id, *args)

    # WHO WENT

    def _claim(self, agent):
        call = self._create_call()
        self.assertTrue(call._claim(agent.user_id))
        agent.write({"state": "talking"})
        return call

    def test_a_silent_desk_gives_back(self):
        call = self._claim(self.officer)
        since = call.queued_at
        self.officer.seen_at -= timedelta(seconds=seat.LOST + 5)
        self._show(self.second)
        self.assertRecordValues(
            call, [{"state": "queued", "user_id": False, "queued_at": since, "taken_at": False}]
        )
        self.assertRecordValues(self.officer, [{"state": "away", "away_reason": "lost"}])
        self.assertEqual(self._queue_ids(self.second), call.ids)

    def test_a_desk_that_talks_stays(self):
        call = self._talk(self.officer)
        self.officer.seen_at -= timedelta(seconds=seat.LOST + 5)
        self.env["hcrm.agent"]._cron_release()
        self.assertEqual(call.state, "talking")
        self.assertEqual(self.officer.state, "talking")

    def test_a_phone_that_does_not_answer_gives_back(self):
        call = self._claim(self.officer)
        call.taken_at -= timedelta(seconds=seat.CONNECT + 5)
        self.env["hcrm.agent"]._cron_release()
        self.assertFalse(call.user_id)
        self.assertEqual(self.officer.state, "available")

    def test_a_desk_that_was_never_there(self):
        """A phone without a screen: it talked, nobody ever signed in."""
        self._end(self._talk(self.officer))
        self.officer.seen_at = False
        self.env["hcrm.agent"]._cron_release()
        self.assertRecordValues(self.officer, [{"state": "away", "away_reason": "lost"}])

    def test_a_talk_that_nobody_ends(self):
        """On a phone we do not steer only the desk says that it is over; one that went does not."""
        kept, forgotten = self._talk(self.officer), self._talk(self.second)
        gateway = self.env["hcrm.gateway"].create({"name": "Line", "channel": "voice"})
        kept.gateway_id = gateway
        for agent, call in ((self.officer, kept), (self.second, forgotten)):
            agent.seen_at -= timedelta(seconds=seat.FORGOTTEN + 5)
            call.talk_at -= timedelta(seconds=seat.FORGOTTEN + 5)
        self.env["hcrm.agent"]._cron_release()
        self.assertEqual((kept.state, self.officer.state), ("talking", "talking"))
        self.assertRecordValues(forgotten, [{"state": "ended", "outcome": "lost"}])
        self.assertEqual(self.second.state, "away")

    def test_nobody_wraps_up(self):
        self._end(self._talk(self.officer))
        self.officer.state_since -= timedelta(seconds=seat.UNATTENDED + 5)
        self.env["hcrm.agent"]._cron_release()
        self.assertRecordValues(self.officer, [{"state": "away", "away_reason": "unattended"}])
        self.assertTrue(self._show(self.officer)["call"], "it is still to be wrapped up")

    def test_away_and_back(self):
        desk = self._seat(self.officer)
        self.assertEqual(desk.set_state("away", "meal")["agent"]["label"], "Meal")
        self.assertFalse(desk.get_seat()["offer"])
        desk.set_state("available")
        self._talk(self.officer)
        with self.assertRaises(UserError):
            desk.set_state("away", "meal")
        with self.assertRaises(UserError):
            desk.set_state("talking")

    def test_what_is_open_comes_before_the_next_call(self):
        """A desk that comes back from a break with a call to wrap up is offered no other."""
        desk = self._seat(self.officer)
        call = self._talk(self.officer)
        self._end(call)
        desk.set_state("away", "meal")
        self._create_call()
        shown = desk.set_state("available")
        self.assertEqual((shown["agent"]["state"], shown["offer"]), ("wrapup", False))
        self.assertEqual(shown["call"]["id"], call.id)
        shown = desk.wrap_up(call.id, {"reason": self.reason.id})
        self.assertEqual(shown["agent"]["state"], "available")

    def test_dialling_waits_for_the_wrap_up(self):
        self._end(self._talk(self.officer))
        desk = self._seat(self.officer)
        desk.set_state("away", "meal")
        with self.assertRaisesRegex(UserError, "Wrap up"):
            desk.dial(self.wang.id)

    def test_an_old_wrap_up_frees_no_desk_that_talks(self):
        old = self._talk(self.officer)
        self._end(old)
        new = self._create_call(number_stored="+8613900000009")
        self._tell(new, verbs.Connected(self.officer.user_id.id))
        self.assertEqual(self.officer.state, "talking")
        desk = self._seat(self.officer)
        desk.wrap_up(old.id, {"reason": self.reason.id})
        self.assertEqual(self.officer.state, "talking")
        self._end(new)
        desk.wrap_up(new.id, {"reason": self.reason.id})
        self.assertEqual(self.officer.state, "available")

    def test_of_two_calls_the_spoken_one_is_shown(self):
        spoken, over = self._create_call(), self._create_call()
        self._tell(over, verbs.Connected(self.officer.user_id.id))
        self._end(over)
        self._tell(spoken, verbs.Connected(self.officer.user_id.id))
        self.assertEqual(self._show(self.officer)["call"]["id"], spoken.id)

    # DIALLING

    def test_dial(self):
        desk = self._seat(self.officer)
        self.assertEqual(desk.check_dial(self.wang.id)["reasons"], [])
        shown = desk.dial(self.wang.id)
        call = self.calls.browse(shown["call"]["id"])
        self.assertRecordValues(
            call,
            [
                {
                    "direction": "out",
                    "program": "click",
                    "partner_id": self.wang.id,
                    "number_stored": "+8613800138001",
                    "state": "talking",
                }
            ],
        )
        self.assertNotIn("13800138001", str(shown))
        lines = self.wang.with_user(self.officer.user_id).get_timeline()["lines"]
        self.assertIn(("hcrm.call", call.id), [(line["kind"], line["id"]) for line in lines])

    def test_dialled_and_not_reached(self):
        """Nobody picks up: no line, but a wrap-up."""
        shown = self._seat(self.officer).dial(self.wang.id)
        call = self.calls.browse(shown["call"]["id"])
        call.state = "ringing"
        self.assertEqual(self._tell(call, verbs.NotConnected("no_answer")), [])
        self._tell(call, verbs.Ended(19))
        self.assertEqual(call.user_id, self.officer.user_id)
        self.assertEqual(self.officer.state, "wrapup")

    def test_hard_rules_warn_before_dialling(self):
        self.env["hcrm.consent"]._record(self.wang, [("service", False, "voice", "withdrawn")])
        self.child.death_date = fields.Date.today()
        for person in (self.wang, self.child):
            found = self._seat(self.officer).check_dial(person.id)
            self.assertTrue(found["is_hard"], person.name)
            self.assertTrue(found["reasons"])

    def test_refused_care_warns_clinical_staff(self):
        self.env["hcrm.consent"]._record(self.wang, [("care", False, "voice", "withdrawn")])
        self.assertTrue(self._seat(self.nurse).check_dial(self.wang.id)["is_hard"])
        self.assertFalse(self._seat(self.officer).check_dial(self.wang.id)["reasons"])

    def test_budget_of_a_poll(self):
        """Ten calls more at the same price."""
        for _number in range(2):
            self._create_call()
        self._show(self.officer)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._show(self.officer)
        few = self.env.cr.sql_log_count - before
        for _number in range(10):
            self._create_call()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._show(self.officer)
        self.assertLessEqual(self.env.cr.sql_log_count - before, few)
        self.assertLessEqual(few, 16)
