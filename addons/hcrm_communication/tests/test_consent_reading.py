import random
from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..tools import consent
from .consent_case import NOW, ConsentCase

CHANNELS = (None, "sms", "email")
PERSONS = 60
ROUNDS = 400


@tagged("post_install", "-at_install")
class TestConsentReading(ConsentCase):
    """The pure rule and its SQL give the same answer, whatever was recorded."""

    def test_same_answers_over_random_histories(self):
        """Given random ledgers, random merges, any person, cell and day: one answer."""
        dice = random.Random(20260302)
        topics = self.env["hcrm.message.topic"].search([("purpose", "=", "marketing")]).ids[:2]
        persons = self.env["res.partner"].create(
            [{"name": f"P{n}", "kind_ids": [self.patient_kind.id]} for n in range(PERSONS)]
        )
        rows = {person.id: [] for person in persons}
        for person in persons:
            for _number in range(dice.randrange(9)):
                is_grant = dice.random() < 0.55
                decided_at = NOW - timedelta(days=dice.randrange(40))
                expires = (
                    is_grant
                    and dice.random() < 0.3
                    and decided_at.date() + timedelta(days=dice.randrange(30))
                )
                topic, channel = dice.choice((None, *topics)), dice.choice(CHANNELS)
                made = self.consents.create(
                    {
                        "partner_id": person.id,
                        "purpose": "marketing",
                        "topic_id": topic or False,
                        "channel": channel or False,
                        "status": "granted" if is_grant else "withdrawn",
                        "decided_at": decided_at,
                        "expires_on": expires,
                    }
                )
                rows[person.id].append(
                    consent.Row(made.id, topic, channel, is_grant, decided_at, expires or None)
                )
        questions, wanted = [], []
        for _number in range(ROUNDS):
            person, at = dice.choice(persons), NOW - timedelta(days=dice.randrange(45))
            topic, channel = dice.choice((None, *topics)), dice.choice(CHANNELS)
            questions.append((person.id, self.company.id, "marketing", topic, channel, at))
            day = (at + timedelta(hours=8)).date()
            wanted.append(consent.read(rows[person.id], topic, channel, at, day))
        self.assertEqual(self.consents._ask(questions), wanted)
        self.assertEqual({one.status for one in wanted}, set(consent.STRICTEST))

    def test_reading_never_sees_the_future(self):
        """Given an answer of today, yesterday knew nothing of it."""
        self._say()
        self.assertEqual(self._status(), "granted")
        self.assertEqual(self._status(at=NOW - timedelta(days=1)), "unknown")

    def test_as_known_then(self):
        """Given a paper of last week typed in today, the answer of then is told apart."""
        self._say(status="withdrawn", days=7)
        at = NOW - timedelta(days=3)
        self.assertEqual(self._status(at=at), "withdrawn")
        self.assertEqual(self._status(at=at, known_at=at), "unknown")

    def test_last_day_is_that_of_the_hospital(self):
        """Given a consent until 1 March, it ends at midnight in Shanghai."""
        self._say(days=3, expires_on=date(2026, 3, 1))
        self.assertEqual(self._status(at=NOW.replace(day=1, hour=15)), "granted")
        self.assertEqual(self._status(at=NOW.replace(day=1, hour=16)), "unknown")

    def test_hospitals_ask_for_themselves(self):
        other = self.env["res.company"].create({"name": "Second hospital"})
        self._say()
        [answer] = self.consents._ask([(self.person.id, other.id, "marketing", None, None, NOW)])
        self.assertEqual(answer.status, "unknown")

    def test_one_query_for_many_questions(self):
        persons = [self._person(f"P{number}") for number in range(50)]
        for partner in persons:
            self._say(partner)
        self.env.flush_all()
        for size in (1, 50):
            asked = [
                (one.id, self.company.id, "marketing", None, "sms", NOW) for one in persons[:size]
            ]
            self.consents._zones([self.company.id])
            with self.assertQueryCount(2):
                self.consents._ask(asked)

    def test_triggers_refuse_changes(self):
        """Given a row, SQL itself refuses to change, delete or truncate."""
        row = self._say()
        self.env.flush_all()
        for statement in (
            SQL("UPDATE hcrm_consent SET status = 'withdrawn' WHERE id = %s", row.id),
            SQL("DELETE FROM hcrm_consent WHERE id = %s", row.id),
            SQL("TRUNCATE hcrm_consent CASCADE"),
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(IntegrityError, "append-only"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
