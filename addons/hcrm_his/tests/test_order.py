import itertools
from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged

from .common import HisCommon, adt, patient, segment, visit

READ = ("state", "started_at", "ended_at", "location", "disposition", "reason", "encounter_class")
PERSON = ("name", "phone_stored", "street", "birth_date", "email")


@tagged("post_install", "-at_install")
class TestOrder(HisCommon):
    """The same messages give the same customer and visit in whatever order they arrive."""

    def history(self, number):
        """Admission at 8, update at 9, transfer at 10, discharge at 11."""
        name, stay = f"P{number}", f"V{number}"

        def told(event, hour, control, pid, pv1, *more):
            return adt(event, f"{control}-{number}", pid, pv1, *more, time=f"202603010{hour}0000")

        return (
            told("A01", 1, "a", patient(name, f13="13800138000"), visit(stay, f44="202603010050")),
            told(
                "A08",
                2,
                "b",
                patient(name, f11="Street 2", f13="13900139000"),
                visit(stay, place="CARD^2^2"),
                segment("PV2", f3="^胸痛"),
            ),
            told("A02", 3, "c", patient(name, "张^薇", f11='""'), visit(stay, place="ICU^1^1")),
            told("A03", 4, "d", patient(name), visit(stay, place="", f36="01^Home")),
        )

    def outcome(self, number):
        [encounter] = self.encounter(f"V{number}").read(READ)
        [person] = self.person(f"P{number}").read(PERSON)
        return {name: (encounter | person)[name] for name in READ + PERSON}

    def test_every_order(self):
        expected = None
        for number, order in enumerate(itertools.permutations(range(4))):
            texts = self.history(number)
            for position in order:
                self.tell(texts[position])
            outcome = self.outcome(number)
            expected = expected or outcome
            self.assertEqual(outcome, expected, f"order {order}")
        self.assertEqual(expected["state"], "finished")
        self.assertEqual(expected["location"], "ICU 1 1")
        self.assertEqual(expected["name"], "张伟")
        self.assertEqual(expected["started_at"], datetime(2026, 2, 28, 16, 50))
        self.assertEqual(expected["ended_at"], datetime(2026, 2, 28, 20, 0))

    def test_every_order_in_one_batch(self):
        """A batch changes in memory what single messages change in the database."""
        orders = list(itertools.permutations(range(4)))
        texts = []
        for number, order in enumerate(orders):
            history = self.history(number)
            texts += [history[position] for position in order]
        self.tell(*texts)
        outcomes = [self.outcome(number) for number in range(len(orders))]
        self.assertEqual(outcomes, outcomes[:1] * len(orders))

    def test_discharged_exactly_once(self):
        """The hook that starts follow-up is called once per discharge, whatever comes twice."""
        with patch.object(
            type(self.env["hcrm.encounter"]), "_on_discharged", autospec=True
        ) as hook:
            self.tell(self.history(1)[3])
            self.tell(*self.history(1)[:3])
            self.tell(adt("A03", "again", patient("P1"), visit("V1"), time="20260301050000"))
        self.assertEqual(hook.call_count, 1)
        self.assertEqual(self.encounter().state, "finished")

    def test_cancelled_discharge_and_admission(self):
        self.tell(*self.history(1))
        self.tell(adt("A13", "x", patient("P1"), visit("V1"), time="20260301050000"))
        self.assertEqual(self.encounter().state, "in_progress")
        self.assertFalse(self.encounter().ended_at)
        self.tell(adt("A03", "old", patient("P1"), visit("V1"), time="20260301043000"))
        self.assertEqual(self.encounter().state, "in_progress", "older than the cancellation")
        self.tell(adt("A11", "y", patient("P1"), visit("V1"), time="20260301060000"))
        self.assertEqual(self.encounter().state, "cancelled")

    def test_cancellation_before_admission(self):
        self.tell(adt("A11", "1", time="20260301090000"), adt("A01", "2", time="20260301080000"))
        self.assertEqual(self.encounter().state, "cancelled")

    def test_late_admission_never_reopens(self):
        self.tell(adt("A03", "1", time="20260301090000"), adt("A01", "2", time="20260301100000"))
        self.assertEqual(self.encounter().state, "finished")

    def test_update_creates(self):
        self.tell(adt("A08", "1"))
        self.assertEqual(self.encounter().state, "in_progress")
        self.assertEqual(self.encounter().department_id, self.department)

    def test_one_patient_across_batches_stays_in_order(self):
        texts = [
            adt(
                "A08",
                str(hour),
                patient(f13=f"1380013800{hour}"),
                visit(),
                time=f"202603010{hour}00",
            )
            for hour in range(1, 9)
        ]
        self.receive(*texts)
        while self.intake._process_batch(limit=3):
            self.env.flush_all()
        self.assertEqual(self.person().phone_stored, "+8613800138008")

    def test_visit_of_another_patient(self):
        self.tell(adt("A01", "1"))
        told = self.tell(adt("A01", "2", patient("P2"), visit()))
        self.assertDead(told, "PV1-19")

    def test_message_from_the_future(self):
        """One wrong clock does not shut out the true news of the years to come."""
        told = self.tell(adt("A28", "1", patient(f11="Street 1"), time="20990101000000"))
        self.assertIn("future", told.warnings)
        person = self.person()
        self.assertLessEqual(person.source_time, told.received_at)
        now = told.received_at.strftime("%Y%m%d%H%M%S+0000")
        self.tell(adt("A31", "2", patient(f11="Street 2"), time=now))
        self.assertEqual(person.street, "Street 2")

    def test_end_before_a_guessed_start(self):
        """An unknown visit that ended before the message was made keeps its end."""
        pv1 = visit(f45="20260301080000")
        self.tell(adt("A03", "2", patient(), pv1, time="20260301100000"))
        self.tell(adt("A01", "1", patient(), visit(f44="20260301060000"), time="20260301060000"))
        stay = self.encounter()
        self.assertEqual(stay.started_at, datetime(2026, 2, 28, 22))
        self.assertEqual(stay.ended_at, datetime(2026, 3, 1))
