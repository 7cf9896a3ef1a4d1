import logging
from datetime import datetime

from odoo.tests import freeze_time, new_test_user, tagged

from ..tools.voice import verbs
from .ivr_case import LI, IvrCase

NOW = "2026-11-23 02:00:00"


@tagged("post_install", "-at_install")
class TestIvrServices(IvrCase):
    """What the keys of a menu do to the hospital's records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.li.birth_date = "1980-05-01"
        cls.clinic = cls.env["hr.department"].create({"name": "Cardiology"})

    def _book(self, day, state="booked", partner=None, **values):
        return self.env["hcrm.appointment"].create(
            {
                "partner_id": (partner or self.li).id,
                "company_id": self.company.id,
                "department_id": self.clinic.id,
                "service": "Gastroscopy",
                "starts_at": datetime(2026, 11, day, 1, 30),
                "state": state,
                **values,
            }
        )

    def _status(self, channel, purpose="marketing", person=None):
        rows = self.env["hcrm.consent"].search(
            [
                ("partner_id", "=", (person or self.li).id),
                ("purpose", "=", purpose),
                ("channel", "=", channel),
            ]
        )
        return rows[:1].status

    # NO MORE ADVERTISING

    def test_refusal_lands_in_the_ledger(self):
        call, _answers = self._call()
        self.assertIn("8 0 0 1", self._hear(self._press(call, "3")))
        self.assertFalse(self._arrived(call), "nothing is done before the second key")
        heard = self._hear(self._press(call, "1"))
        self.assertIn("no more advertising. For your appointments", heard)
        for channel in ("voice", "sms"):
            self.assertEqual(self._status(channel), "withdrawn")
        row = self.env["hcrm.consent"].search([("partner_id", "=", self.li.id)])[0]
        arrived = self._arrived(call)
        self.assertEqual(row.method, "phone")
        self.assertIn(f"Message {arrived.id}", row.evidence)
        self.assertIn("pressed 1", row.evidence)
        self.assertRecordValues(arrived, [{"state": "opt_out", "partner_id": self.li.id}])
        self.assertFalse(self.messages.search([("recipient_id", "=", self.li.id)]), "no call back")

    def test_another_key_changes_nothing(self):
        call, _answers = self._call()
        for key in ("2", ""):
            self.assertIn("Nothing was changed", self._hear(self._press(call, "3", key)))
        self.assertFalse(self._arrived(call))
        self.assertFalse(self._status("voice"))

    def test_pressed_twice_is_one_refusal(self):
        call, _answers = self._call()
        self._press(call, "3", "1", "3", "1")
        self.assertEqual(len(self._arrived(call)), 1)

    def test_shared_phone_rests_for_all(self):
        wife = self._create_person("王芳", phone="13800138001")
        call, _answers = self._call()
        self.assertIn("Several persons", self._hear(self._press(call, "3", "1")))
        arrived = self._arrived(call)
        self.assertRecordValues(arrived, [{"state": "inbox", "trouble": "several"}])
        holds = self.env["hcrm.contact.hold"].search([("res_id", "=", arrived.id)])
        self.assertEqual(
            (holds.partner_id, holds.mapped("code")), (self.li | wife, ["shared_phone"] * 2)
        )
        arrived._settle("done")
        self.assertEqual(
            [self._status("sms", person=one) for one in self.li | wife], ["withdrawn"] * 2
        )

    def test_unknown_number_is_remembered_by_itself(self):
        call, _answers = self._call("+8613999999999")
        self._press(call, "3", "1")
        listed = self.env["phone.blacklist"].search([("number", "=", "+8613999999999")])
        self.assertTrue(listed)

    def test_hidden_number(self):
        call, _answers = self._call(False)
        self.assertIn("cannot see the number", self._hear(self._press(call, "3")))

    def test_care_stops_after_a_second_yes_only(self):
        """Given that we called about care last, another key is asked for before care stops."""
        self._create_gateway("voice", "null")
        message = self._ask(channels=["voice"])
        message.sudo().write({"state": "claimed", "claimed_at": NOW})
        message.sudo().write({"state": "sent", "sent_at": NOW, "address_stored": LI})
        for key, status in (("", False), ("9", "withdrawn")):
            call, _answers = self._call()
            self.assertIn("press 9", self._hear(self._press(call, "3", "1")))
            self._press(call, key)
            self.assertEqual(self._status("voice", "care"), status)
            self.assertEqual(self._arrived(call).state, "opt_out")

    # A MESSAGE, A PERSON

    def test_message_lands_in_the_inbox(self):
        call, _answers = self._call()
        self.assertIsInstance(self._press(call, "2")[-1], verbs.Record)
        answers = self._tell(call, verbs.Recorded("call-1-message", 7))
        self.assertEqual(answers[-1], verbs.Hangup())
        self.assertRecordValues(
            self._arrived(call),
            [
                {
                    "state": "inbox",
                    "partner_id": self.li.id,
                    "body_stored": "Spoken message, 7 seconds",
                    "message_class": "service",
                }
            ],
        )

    def test_who_hangs_up_while_speaking_has_left_a_message(self):
        """Given a recording that is fetched before or after the end, it is in the inbox, once."""
        for first in ("recording", "end"):
            with self.subTest(first=first):
                call, _answers = self._call()
                self._press(call, "2")
                if first == "end":
                    self._tell(call, verbs.Ended(16))
                    self.assertFalse(self._arrived(call))
                call._keep_recording(f"hcrm-{call.id}-a", bytes(48_044))
                if first == "recording":
                    self._tell(call, verbs.Ended(16))
                call._keep_recording(f"hcrm-{call.id}-a", bytes(48_044))
                arrived = self._arrived(call)
                self.assertEqual(arrived.body_stored, "Spoken message, 3 seconds")
                self.assertEqual(arrived.state, "inbox")

    def test_who_spoke_with_a_person_left_no_message(self):
        call, _answers = self._call()
        self._press(call, "0")
        self._tell(call, verbs.Connected(self.env.uid))
        call._keep_recording(f"hcrm-{call.id}-b", bytes(48_044))
        self._tell(call, verbs.Ended(16))
        self.assertFalse(self._arrived(call))

    def test_silence_is_no_message(self):
        call, _answers = self._call()
        self._press(call, "2")
        self.assertIsInstance(self._tell(call, verbs.Recorded("a", 0))[-1], verbs.Record)
        self.assertIsInstance(self._tell(call, verbs.Recorded("b", 0))[-1], verbs.Gather)
        self.assertFalse(self._arrived(call))

    def test_messages_for_nurses_are_care(self):
        self.menu.option_ids[1].message_class = "care"
        self.menu.action_publish()
        call, _answers = self._call()
        self._press(call, "2")
        self.assertEqual(call.message_class, "care", "before the first word is spoken")
        self._tell(call, verbs.Recorded("a", 9))
        officer = new_test_user(self.env, "ivr-desk", "hcrm_base.group_officer")
        self.assertFalse(self._arrived(call).with_user(officer).body)

    def test_waiting_line(self):
        """Given one caller in the line, the next hears so; whose matter is urgent goes first."""
        desk = self.env["hcrm.call.queue"].create({"name": "Desk", "code": "desk"})
        self.menu.option_ids[3].write({"asks_urgency": True, "queue_id": desk.id})
        self.menu.action_publish()
        first, _answers = self._call()
        self.assertIn("cannot wait", self._hear(self._press(first, "0")))
        self.assertEqual(self._press(first, "2")[-1].queue, "desk")
        self.assertEqual(first.queue_id, desk)
        call, _answers = self._call("+8613999999999")
        self.assertIn("before you: 1", self._hear(self._press(call, "0", "2")))
        call, _answers = self._call("+8613999999998")
        self.assertNotIn("before you", self._hear(self._press(call, "0", "1")))
        self.assertEqual(call.urgency, "1")
        officer = new_test_user(self.env, "ivr-line", "hcrm_base.group_officer")
        self.assertEqual(call.with_user(officer)._get_choices(), ["a person"])
        call.purpose = "care"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(call.with_user(officer)._get_choices(), [])

    def test_nobody_free_takes_a_message(self):
        call, _answers = self._call()
        self._press(call, "0")
        self.assertIsInstance(self._tell(call, verbs.NotConnected("timeout"))[-1], verbs.Record)
        self._tell(call, verbs.Recorded("a", 5))
        self.assertEqual(self._arrived(call).state, "inbox")

    def test_calls_for_nurses_are_care(self):
        """Before anybody comes to the line: the service desk neither reads nor takes the call."""
        self.menu.option_ids[3].message_class = "care"
        self.menu.action_publish()
        call, _answers = self._call()
        self.assertIsInstance(self._press(call, "0")[-1], verbs.Connect)
        self.assertEqual((call.state, call.message_class), ("queued", "care"))
        self.assertTrue(call._as_waiting(call.queued_at).is_care)

    def test_what_nurses_were_told_stays_theirs(self):
        """Who spoke for nurses, then asks for the service desk, is not heard there."""
        self.menu.option_ids[1].message_class = "care"
        self.menu.action_publish()
        call, _answers = self._call()
        self._press(call, "2")
        self._tell(call, verbs.Recorded("a", 0.4))
        call._keep_recording("a", b"x" * 16_000 * 9)
        self._tell(call, verbs.Silence())
        self._tell(call, verbs.Recorded("b", 0.2))
        self._press(call, "0")
        self.assertEqual((call.state, call.message_class), ("queued", "care"))

    def test_waiting_is_no_keying(self):
        """Who waited longer than one may key about leaves a message all the same."""
        with freeze_time("2026-11-23 02:00:00"):
            call, _answers = self._call()
            self._press(call, "0")
        with freeze_time("2026-11-23 02:20:00"):
            self.assertNotIn(verbs.Hangup(), self._press(call, "5"), "a key while waiting")
            self.assertEqual(call.state, "queued")
            answers = self._tell(call, verbs.NotConnected("timeout"))
            self.assertIsInstance(answers[-1], verbs.Record)
            self._tell(call, verbs.Recorded("a", 5))
            self.assertEqual(self._arrived(call).state, "inbox")

    def test_keying_for_ever_ends(self):
        with freeze_time("2026-11-23 02:00:00"):
            call, _answers = self._call()
        with freeze_time("2026-11-23 02:20:00"):
            self.assertEqual(self._press(call, "9")[-1], verbs.Hangup())

    # APPOINTMENTS

    def _identify(self, call, keys="19800501"):
        return self._press(call, "1", keys)

    @freeze_time(NOW)
    def test_appointments_after_the_birth_date(self):
        self._book(25)
        self._book(24)
        self._book(26, state="cancelled")
        call, _answers = self._call()
        [ask] = self._press(call, "1")
        self.assertEqual((ask.digits, ask.finish), (8, "#"))
        heard = self._hear(self._press(call, "19800501"))
        self.assertIn("Tuesday, November 24 at 9:30", heard)
        self.assertIn("Cardiology", heard)
        self.assertNotIn("Gastroscopy", heard)
        self.assertIn("November 25", self._hear(self._press(call, "4")))
        self.assertIn("That was all. For your appointments", self._hear(self._press(call, "4")))

    @freeze_time(NOW)
    def test_confirm_and_cancel_land_with_staff(self):
        first, second = self._book(24), self._book(25)
        call, _answers = self._call()
        self._identify(call)
        self.assertIn("noted", self._hear(self._press(call, "1")))
        self.assertIn("passed your wish", self._hear(self._press(call, "2")))
        cancelled, confirmed = self._arrived(call)
        self.assertRecordValues(confirmed, [{"state": "done", "partner_id": self.li.id}])
        self.assertRecordValues(cancelled, [{"state": "inbox", "partner_id": self.li.id}])
        self.assertIn("cancel the appointment of Wednesday", cancelled.body_stored)
        self.assertEqual((first | second).mapped("state"), ["booked", "booked"])

    @freeze_time(NOW)
    def test_a_wrong_date_and_an_unknown_number_sound_alike(self):
        self._book(24)
        heard = {
            self._hear(self._identify(self._call(number)[0], keys))
            for number, keys in ((LI, "19800502"), ("+8613999999999", "19800501"), (LI, "1"))
        }
        self.assertEqual(len(heard), 1)

    @freeze_time(NOW)
    def test_protected_and_twins_are_for_a_person(self):
        self._book(24)
        self._create_person("李亮", phone="13800138001", birth_date="1980-05-01")
        self.assertIn("found nobody", self._hear(self._identify(self._call()[0])))
        alone = self._create_person(
            "张明", phone="13900000000", birth_date="1980-05-01", is_protected=True
        )
        self._book(24, partner=alone)
        call, _answers = self._call("+8613900000000")
        self.assertIn("found nobody", self._hear(self._identify(call)))

    @freeze_time(NOW)
    def test_guessing_is_slowed_over_all_calls(self):
        """Given five wrong dates of a number in an hour, the right one does not help any more."""
        self._book(24)
        call, _answers = self._call()
        self._press(call, "1", "19800101", "19800102")
        self.assertIn("speak with a colleague", self._hear(self._press(call, "19800103")))
        call, _answers = self._call()
        self._press(call, "1", "19800104", "19800105")
        self.assertIn("too many tries", self._hear(self._press(call, "19800501")))

    @freeze_time(NOW)
    def test_the_birth_date_is_kept_nowhere(self):
        self._book(24)
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger("odoo.addons.hcrm_communication").debug("begin")
            call, _answers = self._call()
            self._identify(call)
            self._press(call, "4")
        self.assertFalse([line for line in logs.output if "19800501" in line])
        self.env.cr.execute(
            """SELECT string_agg(value_stored, ' ') FROM hcrm_call_event WHERE call_id = %(id)s
                UNION ALL
               SELECT program_state::text || pending::text FROM hcrm_call WHERE id = %(id)s""",
            {"id": call.id},
        )
        kept = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertNotIn("19800501", kept)
        self.assertIn("••••••••", kept)
        self.assertIn('"4"', kept, "other keys are kept: they say what the caller wanted")

    @freeze_time(NOW)
    def test_what_is_told_is_in_the_access_log(self):
        appointment = self._book(24)
        call, _answers = self._call()
        self._identify(call)
        self.env["hcrm.access.log"]._flush_notes()
        found = self.env["hcrm.access.log"].search([("res_model", "=", "hcrm.appointment")])
        self.assertTrue([row for row in found if appointment.id in (row.res_ids or ())])
