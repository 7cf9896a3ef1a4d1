from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.hcrm_communication.tools.voice import verbs

from ..models.hcrm_call import HOURS_TO_FETCH, KEYED
from ..tools import numbers, spoken
from .ivr_complaint_case import IvrComplaintCase


@tagged("post_install", "-at_install")
class TestIvrComplaint(IvrComplaintCase):
    """Somebody complains by telephone, and nobody of the staff is there."""

    def test_from_the_key_to_number_and_pin(self):
        clinic = self.env["hr.department"].create({"name": "Cardiology", "code": "CARD"})
        nurse = self.env["hr.employee"].create({"name": "Nurse", "staff_code": "N1024"})
        call, _answers = self._call()
        self.assertIn("For a complaint, press 1", self._hear(self._press(call, "5")))
        self.assertIn("code of the department", self._hear(self._press(call, "1")))
        self.assertIn("Department: Cardiology", self._hear(self._press(call, "2273#")))
        self.assertIn("ends with 8 0 0 1", self._hear(self._press(call, "61024")))
        answers = self._press(call, "1")
        self.assertIsInstance(answers[-1], verbs.Record)
        answers = self._speak(call, seconds=61)
        case = self._case(call)
        self.assertRecordValues(
            case,
            [
                {
                    "kind": "complaint",
                    "channel": "phone",
                    "department_id": clinic.id,
                    "partner_id": self.li.id,
                    "state": "new",
                }
            ],
        )
        self.assertEqual(case.staff_ids.employee_id.id, nurse.id)
        self.assertIn("61 seconds", case.statement_text)
        self.assertEqual(case.statement_ids.confirmed_by, "recorded")
        self.assertIn(spoken.spaced(numbers.spell(case.intake_number)), self._hear(answers))
        self.assertTrue(case.sudo()._is_pin(self._read_pin(answers)))

    def test_who_presses_nothing_is_heard(self):
        """Given a line that carries no keys, the caller comes to the tone and the case is made."""
        call, answers = self._call()
        self._press(call, "5")
        for _key in range(8):
            answers = self._press(call, "")
            if isinstance(answers[-1], verbs.Record):
                break
        self.assertIsInstance(answers[-1], verbs.Record)
        self._speak(call)
        self.assertRecordValues(self._case(call), [{"kind": "complaint", "partner_id": self.li.id}])

    def test_a_process_that_dies_makes_one_case(self):
        """Given the same event told twice, there is one case, and the same PIN is said."""
        call, case, first = self._complain()
        [row] = call.event_ids.filtered(lambda one: one.kind == "recorded")
        again = self.calls._next(call.id, verbs.Recorded("r", 9), row.sequence)
        self.assertEqual(self._read_pin(again), self._read_pin(first))
        again = self._tell(call, verbs.Recorded("r", 9))
        self.assertEqual(self._read_pin(again), self._read_pin(first))
        self.assertEqual(self._case(call), case)
        self.assertEqual(self.cases.search_count([("channel", "=", "phone")]), 1)
        self.assertEqual(len(self._files(case)), 1)

    def test_two_complaints_of_one_call_are_two_cases(self):
        call, first, _answers = self._complain()
        self._press(call, "1")
        call, second, _answers = self._complain(name="r2")
        self.assertNotEqual(first, second)

    def test_heard_again_by_a_key_and_once_after_silence(self):
        call, case, answers = self._complain()
        pin = self._read_pin(answers)
        for key in ("1", "1"):
            self.assertEqual(self._read_pin(self._press(call, key)), pin)
        self.assertEqual(self._press(call, "2")[-1], verbs.Hangup())
        call, case, _answers = self._complain(name="x")
        self.assertTrue(case)
        self._read_pin(self._press(call, ""))
        self.assertEqual(self._press(call, "")[-1], verbs.Hangup())

    def test_who_hangs_up_while_speaking_has_complained(self):
        """Given a recording that is fetched before or after the end, there is one case with it."""
        for first in ("recording", "end"):
            with self.subTest(first=first):
                call, _answers = self._call()
                self._press(call, "5", "2", "", "", "1")
                sound = bytes(16_000 * 3 + 44)
                if first == "end":
                    self._tell(call, verbs.Ended(16))
                    self.assertFalse(self._case(call))
                call._keep_recording("r", sound)
                if first == "recording":
                    self._tell(call, verbs.Ended(16))
                call._keep_recording("r", sound)
                case = self._case(call)
                self.assertEqual(case.kind, "suggestion")
                self.assertEqual(len(self._files(case)), 1)
                self.assertFalse(call._find_recordings() | call._find_statements())

    def _memo(self, call):
        return call.sudo().program_state["memo"].keys() & set(KEYED)

    def test_nothing_is_kept_of_who_hangs_up_before_the_tone(self):
        call, _answers = self._call()
        self._press(call, "5", "2", "227301", "61024")
        self.assertTrue(self._memo(call))
        self._tell(call, verbs.Ended(16))
        self.assertFalse(self._memo(call))
        self.assertFalse(self.cases.search([("channel", "=", "phone")]))

    def test_nothing_keyed_is_kept_once_the_case_is_made(self):
        call, _answers = self._call()
        self._press(call, "5", "2", "", "", "1")
        call._keep_recording("r", bytes(16_000 * 3 + 44))
        self._tell(call, verbs.Ended(16))
        self.assertTrue(self._case(call))
        self.assertFalse(self._memo(call))

    def test_keys_wait_a_day_for_a_recording(self):
        call, _answers = self._call()
        self._press(call, "5", "2", "", "", "1")
        self._tell(call, verbs.Ended(16))
        self.calls._gc_complaint_keys()
        self.assertTrue(self._memo(call), "the recording may still come")
        call.sudo().ended_at -= timedelta(hours=HOURS_TO_FETCH + 1)
        self.calls._gc_complaint_keys()
        self.env.invalidate_all()
        self.assertFalse(self._memo(call))

    def test_who_hangs_up_while_asking_is_kept_nowhere(self):
        _call, case, _answers = self._complain()
        call, _answers = self._call("+8613800138077")
        self._press(call, "6", case.intake_number)
        self.assertTrue(self._memo(call))
        self._tell(call, verbs.Ended(16))
        self.assertFalse(self._memo(call))

    def test_a_recording_that_comes_late_hangs_on_the_case(self):
        call, _answers = self._call()
        self._press(call, "5", "1", "", "", "1")
        self._tell(call, verbs.Recorded("late", 9))
        case = self._case(call, "late")
        self.assertFalse(self._files(case))
        self._press(call, "2")
        call._keep_recording("late", bytes(16_044))
        self.assertEqual(self._files(case).name, "late.wav")
        self.assertFalse(call._find_recordings())

    def test_the_recording_is_heard_by_the_office_only(self):
        call, case, _answers = self._complain()
        officer = new_test_user(self.env, "ivr-officer", "hcrm_base.group_officer")
        nurse = new_test_user(self.env, "ivr-nurse", "hcrm_base.group_nurse")
        handler = new_test_user(self.env, "ivr-handler", "hcrm_base.group_handler")
        file = self._files(case)
        self.assertTrue(file.with_user(officer).raw)
        for user in (nurse, handler):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                file.with_user(user).read(["raw"])
        self.assertFalse(call.with_user(officer).recordings)

    def test_the_accused_officer_does_not_hear_it(self):
        officer = new_test_user(self.env, "ivr-accused", "hcrm_base.group_officer")
        employee = self.env["hr.employee"].create(
            {"name": "Officer", "staff_code": "77", "user_id": officer.id}
        )
        _call, case, _answers = self._complain("1", "", "77", "1")
        self.assertEqual(case.staff_ids.employee_id.id, employee.id)
        with self.assertRaises(AccessError):
            self._files(case).with_user(officer).read(["raw"])

    def test_anonymous(self):
        _call, case, answers = self._complain("5", "", "", "3")
        self.assertRecordValues(
            case, [{"kind": "misconduct", "is_anonymous": True, "partner_id": False}]
        )
        self.assertTrue(case.sudo()._is_pin(self._read_pin(answers)))

    def test_hidden_number(self):
        """Given a withheld number, the caller stays anonymous unless a number is keyed."""
        _call, case, _answers = self._complain("1", "", "", "", "", number=False)
        self.assertTrue(case.is_anonymous)
        _call, case, _answers = self._complain(
            "1", "", "", "2", "13911112222#", "1", number=False, name="b"
        )
        self.assertEqual(case.partner_id.sudo().phone_stored, "+8613911112222")

    def test_another_number_is_read_back(self):
        call, _answers = self._call()
        self._press(call, "5", "1", "", "", "2")
        self.assertIn("no telephone number", self._hear(self._press(call, "123")))
        heard = self._hear(self._press(call, "13911112222"))
        self.assertIn("1 3 9 1 1 1 1 2 2 2 2", heard)
        self.assertIn("key the number", self._hear(self._press(call, "2")))
        answers = self._press(call, "13911113333", "1")
        self.assertIsInstance(answers[-1], verbs.Record)
        self._speak(call)
        self.assertEqual(self._case(call).partner_id.sudo().phone_stored, "+8613911113333")

    def test_who_calls_twice_is_one_customer(self):
        _call, first, _answers = self._complain(number="+8613911112222")
        _call, second, _answers = self._complain(number="+8613911112222", name="b")
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertNotEqual(first, second)

    def test_unknown_codes_are_kept_as_told(self):
        call, _answers = self._call()
        self._press(call, "5", "1")
        self.assertIn("do not know this code", self._hear(self._press(call, "999")))
        self._press(call, "4711", "1")
        self._speak(call)
        case = self._case(call)
        self.assertFalse(case.department_id)
        self.assertEqual(case.staff_ids.told_name, "4711")

    def test_silence_is_no_complaint(self):
        call, _answers = self._call()
        self._press(call, "5", "1", "", "", "1")
        self.assertIsInstance(self._tell(call, verbs.Recorded("a", 0))[-1], verbs.Record)
        self.assertIsInstance(self._tell(call, verbs.Recorded("b", 0))[-1], verbs.Gather)
        self.assertFalse(self.cases.search([("channel", "=", "phone")]))

    def test_nothing_is_lost_if_no_case_can_be_made(self):
        """Given a mistake in the intake, the message is in the inbox and can be heard."""
        call, _answers = self._call()
        self._press(call, "5", "1", "", "", "1")
        broken = patch.object(type(self.cases), "_take_in", side_effect=ValueError("broken"))
        with broken, mute_logger("odoo.addons.hcrm_complaint.models.hcrm_ivr_complaint_mixin"):
            answers = self._speak(call)
        self.assertEqual(answers[-1], verbs.Hangup())
        self.assertEqual(self._arrived(call).state, "inbox")
        self.assertEqual(len(call._find_recordings()), 1)

    def test_keys_and_pin_are_kept_nowhere(self):
        call, _case, answers = self._complain("1", "2273", "61024", "1")
        pin = self._read_pin(answers)
        self._tell(call, verbs.Ended(16))
        self.env.cr.execute(
            """SELECT string_agg(value_stored, ' ') FROM hcrm_call_event WHERE call_id = %(id)s
                UNION ALL
               SELECT concat(program_state, pending) FROM hcrm_call WHERE id = %(id)s""",
            {"id": call.id},
        )
        events, state = (row[0] for row in self.env.cr.fetchall())
        self.assertNotIn("2273", events)
        self.assertNotIn("61024", events + state)
        self.assertNotIn(pin, events + state)
        self.assertFalse(call.sudo().pending, "what was said last is not kept after the end")

    def test_rehearsal_names_the_services(self):
        lines = self.menu.rehearse(["5"])["lines"]
        self.assertIn("Leave a complaint or suggestion", [one["text"] for one in lines])
        lines = self.menu.rehearse(["6"])["lines"]
        self.assertIn("How far a complaint is", [one["text"] for one in lines])
