import logging

from odoo.tests import tagged

from odoo.addons.hcrm_communication.tools.voice import verbs

from ..tools import numbers
from .ivr_complaint_case import IvrComplaintCase

STRANGER = "+8613999999999"


@tagged("post_install", "-at_install")
class TestIvrStatus(IvrComplaintCase):
    """How far a case is, asked by telephone."""

    def setUp(self):
        super().setUp()
        self.case = self.cases._take_in(
            [
                {
                    "kind": "complaint",
                    "channel": "web",
                    "text": "Waited for three hours.",
                    "partner_id": self.li.id,
                    "pin": "123456",
                }
            ]
        )

    def _ask_status(self, *keys, number=STRANGER):
        call, _answers = self._call(number)
        return call, self._press(call, "6", *keys)

    def test_own_number(self):
        _call, answers = self._ask_status(self.case.intake_number, number="+8613800138001")
        self.assertIn("are looking at it", self._hear(answers))

    def test_pin_from_another_number(self):
        call, answers = self._ask_status(self.case.intake_number)
        [ask] = answers
        self.assertEqual(ask.digits, numbers.PIN_DIGITS)
        self.assertIn("are looking at it", self._hear(self._press(call, "123456")))
        self.assertIsInstance(self._press(call, "#")[-1], verbs.Gather, "the menu goes on")

    def test_the_answer_is_told_to_who_has_the_pin(self):
        case = self.case.sudo()
        answer = case._begin_answer("outcome").sudo()
        answer.text = "The rota has been mended."
        answer._decide_and_send()
        call, answers = self._ask_status(case.receipt_number, number="+8613800138001")
        self.assertNotIn("rota", self._hear(answers))
        self.assertIn("The rota has been mended.", self._hear(self._press(call, "123456")))

    def test_both_numbers_and_every_state(self):
        self.case.sudo()._move("accepted")
        for number in (self.case.intake_number, self.case.receipt_number):
            _call, answers = self._ask_status(number, "123456")
            self.assertIn("was accepted", self._hear(answers))
        for state, _name in self.case._fields["state"].selection:
            self.case.sudo().state = state
            self.env.flush_all()
            _call, answers = self._ask_status(self.case.receipt_number, number="+8613800138001")
            heard = self._hear(answers).split(" For ")[0].lower()
            self.assertTrue(heard)
            self.assertNotIn("complain", heard, state)
            self.assertNotIn("not available", heard, state)

    def test_a_wrong_pin_and_a_number_that_is_not_ours_sound_alike(self):
        other = numbers.intake_number(2026, 999_999)
        heard = {
            self._hear(self._ask_status(number, "654321")[1])
            for number in (other, self.case.intake_number)
        }
        self.assertEqual(len(heard), 1)
        self.assertIn("do not fit", heard.pop())

    def test_a_mistyped_number_is_asked_again(self):
        digits = self.case.intake_number
        wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        call, answers = self._ask_status(wrong)
        self.assertIn("wrong or missing", self._hear(answers))
        self.assertIn("speak with a colleague", self._hear(self._press(call, wrong, wrong)))

    def test_guessing_a_pin_is_slowed_over_all_callers(self):
        """Given twenty wrong PINs from twenty telephones, the right one does not help any more."""
        for turn in range(20):
            self._ask_status(
                self.case.intake_number, f"0000{turn:02}", number=f"+86139000000{turn:02}"
            )
        _call, answers = self._ask_status(self.case.intake_number, "123456")
        self.assertIn("too many tries", self._hear(answers))
        _call, answers = self._ask_status(self.case.intake_number, number="+8613800138001")
        self.assertIn("are looking at it", self._hear(answers), "who complained still hears it")

    def test_tries_are_noted(self):
        self._ask_status(self.case.intake_number, "654321")
        self._ask_status(self.case.intake_number, "123456")
        tries = self.env["hcrm.complaint.status.try"].search([("way", "=", "phone")], order="id")
        self.assertEqual(tries.mapped("outcome"), ["wrong", "told"])

    def test_guessing_numbers_is_slowed(self):
        for serial in range(5):
            self._ask_status(numbers.intake_number(2026, 900_000 + serial), "123456")
        _call, answers = self._ask_status(self.case.intake_number)
        self.assertIn("too many tries", self._hear(answers))

    def test_anonymous_and_protected_need_the_pin(self):
        self.li.is_protected = True
        _call, answers = self._ask_status(self.case.intake_number, number="+8613800138001")
        self.assertIn("PIN", self._hear(answers))

    def test_another_hospital_does_not_tell(self):
        other = self.env["res.company"].create({"name": "Other"})
        case = self.cases.with_company(other)._take_in(
            [{"kind": "complaint", "channel": "web", "text": "x", "pin": "123456",
              "company_id": other.id, "is_anonymous": True}]
        )  # fmt: skip
        _call, answers = self._ask_status(case.intake_number, "123456")
        self.assertIn("do not fit", self._hear(answers))

    def test_the_pin_is_kept_nowhere(self):
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger("odoo.addons.hcrm_complaint").debug("begin")
            call, _answers = self._ask_status(self.case.intake_number, "123456")
        self.assertFalse([line for line in logs.output if "123456" in line])
        self.env.cr.execute(
            """SELECT string_agg(value_stored, ' ') FROM hcrm_call_event WHERE call_id = %(id)s
                UNION ALL
               SELECT program_state::text || pending::text FROM hcrm_call WHERE id = %(id)s""",
            {"id": call.id},
        )
        kept = " ".join(row[0] for row in self.env.cr.fetchall())
        self.assertNotIn("123456", kept)
        self.assertIn("••••••", kept)
