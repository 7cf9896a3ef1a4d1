from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestDryRun(CommunicationCase):
    """A rehearsal is made by the outbox itself, and leaves nothing behind."""

    def _request(self, **values):
        return {
            "recipient_id": self.li.id,
            "purpose": "care",
            "channels": ["sms"],
            "key": "rehearsal/1",
            "body": "您的预约已确认",
            **values,
        }

    def test_tells_what_would_go_and_leaves_nothing(self):
        before = self.messages.search_count([])
        with self._recording() as sent:
            [told] = self.env["hcrm.dry.run"]._run([self._request()])
        self.assertEqual((told["state"], told["channel"]), ("sent", "sms"))
        self.assertFalse(sent, "nothing was handed over")
        self.assertEqual(self.messages.search_count([]), before)
        self.assertTrue(self._ask(key="rehearsal/1"), "the key is free")

    def test_moves_the_clock(self):
        due = fields.Datetime.now() + timedelta(days=2)
        [told] = self.env["hcrm.dry.run"]._run([self._request(due_at=due)], days=3)
        self.assertEqual(told["state"], "sent")
        self.assertGreaterEqual(told["at"], due)
        [told] = self.env["hcrm.dry.run"]._run([self._request(due_at=due)], days=1)
        self.assertEqual(told["state"], "waiting", "beyond the days that were asked for")

    def test_other_messages_stay_where_they_are(self):
        waiting = self._ask()
        self.env["hcrm.dry.run"]._run([self._request()], days=30)
        self.assertEqual((waiting.state, waiting.attempts), ("waiting", 0))

    def test_next_channel_is_played(self):
        quiet = self._create_person("无号", email="wu@example.org")
        [told] = self.env["hcrm.dry.run"]._run(
            [self._request(recipient_id=quiet.id, channels=["sms", "email"])]
        )
        self.assertEqual((told["state"], told["channel"]), ("sent", "email"))

    def test_no_locks(self):
        """Given a rehearsal of many days, it takes no lock for each of its claims."""
        requests = [
            self._request(key=f"r/{day}", due_at=fields.Datetime.now() + timedelta(days=day))
            for day in range(5)
        ]
        held, find_next = [], self.env.registry["hcrm.dry.run"]._find_next

        def count(dry_run, play):
            held.append(self._count_locks())
            return find_next(dry_run, play)

        before = self._count_locks()
        with patch.object(self.env.registry["hcrm.dry.run"], "_find_next", count):
            told = self.env["hcrm.dry.run"]._run(requests)
        self.assertEqual({one["state"] for one in told}, {"sent"})
        self.assertGreaterEqual(len(held), 5)
        self.assertEqual(max(held), before)

    def _count_locks(self):
        self.env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database"
            " = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return self.env.cr.fetchone()[0]

    def test_plays_while_the_outbox_is_closed(self):
        self.env["hcrm.safety.switch"].action_close()
        [told] = self.env["hcrm.dry.run"]._run([self._request()])
        self.assertEqual(told["state"], "sent")

    def test_errors_come_through(self):
        with self.assertRaises(ValidationError):
            self.env["hcrm.dry.run"]._run([self._request(purpose="gossip")])
