from psycopg2 import IntegrityError

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.voice import verbs
from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestCall(CommunicationCase):
    """A call is driven by events and verbs, which any process can go on with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calls = cls.env["hcrm.call"]
        cls.call = cls._create_call()

    @classmethod
    def _create_call(cls, **values):
        values = {
            "channel_ref": f"test-{cls.calls.search_count([])}",
            "direction": "in",
            "company_id": cls.env.company.id,
            "number_stored": "+8613800138001",
            "program": "menu",
            **values,
        }
        return cls.calls.create(values)

    def _tell(self, event, call=None):
        answers = self.calls._tell((call or self.call).id, event)
        self.env.invalidate_all()
        return answers

    def test_a_caller_is_greeted(self):
        self.assertIsInstance(self._tell(verbs.Started())[0], verbs.Say)
        self.assertEqual(self.call.state, "queued", "without a menu for a person")
        self.assertTrue(self.call.answered_at)
        self._tell(verbs.Finished())
        self.assertEqual(self._tell(verbs.Ended(16)), [])
        self.assertRecordValues(
            self.call, [{"state": "ended", "outcome": "abandoned", "cause": 16}]
        )
        self.assertEqual(self.call.event_ids.mapped("kind"), ["started", "finished", "ended"])
        self.assertEqual(self.call.event_ids.mapped("sequence"), [1, 2, 3])

    def test_what_was_decided_is_kept_for_who_takes_over(self):
        answers = self._tell(verbs.Started())
        self.assertEqual(self.call._get_pending(), answers)
        self.assertEqual(self.calls._next(self.call.id, verbs.Started(), 1), answers)
        self.assertEqual(len(self.call.event_ids), 1)

    def test_ends_that_nobody_picked_up(self):
        for cause, outcome in ((17, "busy"), (19, "no_answer"), (21, "rejected"), (1, "failed")):
            call = self._create_call(direction="out")
            self._tell(verbs.Ended(cause), call)
            self.assertEqual(call.outcome, outcome)
        call = self._create_call()
        self._tell(verbs.Ended(is_lost=True), call)
        self.assertEqual(call.outcome, "lost")

    def test_over_is_over(self):
        self._tell(verbs.Ended(17))
        self._tell(verbs.Started())
        self.assertRecordValues(self.call, [{"state": "ended", "outcome": "busy"}])

    @mute_logger("odoo.sql_db")
    def test_one_call_for_one_channel(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._create_call(channel_ref=self.call.channel_ref)

    @mute_logger("odoo.sql_db")
    def test_events_stay(self):
        self._tell(verbs.Started())
        self.env.flush_all()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute("DELETE FROM hcrm_call_event WHERE call_id = %s", [self.call.id])

    def test_persons_who_share_the_number(self):
        wife = self._create_person("王芳", phone="13800138001")
        self.assertEqual(self.call._find_persons(), self.li | wife)

    def test_what_was_keyed_is_read_by_who_reads_the_words(self):
        care = self._create_call(purpose="care", partner_id=self.li.id)
        self._tell(verbs.Digits("7"), care)
        for role, value in (("nurse", "7"), ("officer", False)):
            user = new_test_user(self.env, f"call-{role}", f"hcrm_base.group_{role}")
            read = care.with_user(user)
            self.assertEqual(read.event_ids.value, value, role)
            self.assertEqual(read.number[-4:], "8001")

    def test_a_message_s_own_call_is_one_line(self):
        message = self._ask()
        own = self._create_call(partner_id=self.li.id, communication_id=message.id)
        other = self._create_call(partner_id=self.li.id)
        lines = self.li.get_timeline()["lines"]
        found = [line["id"] for line in lines if line["kind"] == "hcrm.call"]
        self.assertEqual(found, other.ids)
        self.assertNotIn(own.id, found)
