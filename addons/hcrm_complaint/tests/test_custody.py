from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestCustody(ComplaintCase):
    """No case without a custodian, at any time."""

    def test_begins_at_the_office(self):
        case = self._complain()
        self.assertEqual(case.desk_id, self.office)
        self.assertRecordValues(
            case.handover_ids, [{"event": "received", "desk_id": self.office.id}]
        )

    def test_an_offer_moves_nothing_until_it_is_accepted(self):
        case = self._complain().with_user(self.users["officer"])
        case.action_accept()
        case._offer(self.oncology_desk, "化疗排期")
        self.assertEqual(case.desk_id, self.office)
        head = case.with_user(self.oncology_head)
        head.action_accept_offer()
        self.assertRecordValues(
            case, [{"desk_id": self.oncology_desk.id, "user_id": self.oncology_head.id}]
        )
        self.assertEqual(case.handover_ids.mapped("event"), ["received", "offered", "accepted"])

    def test_declining_needs_a_reason_and_is_flagged_the_second_time(self):
        case = self._complain().with_user(self.users["officer"])
        case.action_accept()
        head = case.with_user(self.oncology_head)
        for turn in range(2):
            case._offer(self.oncology_desk)
            with self.assertRaises(UserError):
                head._decline_offer(" ")
            head._decline_offer("不是我科的病人")
            self.assertEqual(case.is_ping_pong, bool(turn))
        self.assertEqual(case.desk_id, self.office)

    def test_another_desk_does_not_accept(self):
        case = self._complain().with_user(self.users["officer"])
        case.action_accept()
        case._offer(self.oncology_desk)
        with self.assertRaises(AccessError):
            case.with_user(self.users["department_head"]).action_accept_offer()

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_what_the_ledger_does_not_say(self):
        case = self._complain()
        self.env.flush_all()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE hcrm_complaint SET desk_id = %s WHERE id = %s",
                [self.oncology_desk.id, case.id],
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_who_leaves_has_nothing_in_hand(self):
        case = self._complain()
        case.with_user(self.users["officer"]).action_take()
        self.users["officer"].active = False
        self.assertFalse(case.user_id)
        self.assertEqual(case.handover_ids[-1].event, "released")

    def test_who_takes_a_case_that_is_offered_away_ends_the_offer(self):
        """An officer moves it with their own rights: the offer's fields follow by themselves."""
        for verb in ("action_take", "action_return_to_office"):
            with self.subTest(verb):
                case = self._complain()
                case._offer(self.cardiology_desk, "yours")
                getattr(case.with_user(self.users["officer"]), verb)()
                self.assertFalse(case.offer_id)
                self.assertIn("withdrawn", case.handover_ids.mapped("event"))

    def test_a_desk_where_nobody_works_is_not_proposed(self):
        """Given an empty desk for the topic, the department is proposed; to offer it works."""
        topic = self.env["hcrm.complaint.topic"].create({"name": "停车", "code": "t-parking"})
        empty = self.desks.create({"name": "车队", "level": "2", "topic_ids": topic.ids})
        case = self._complain(topic_id=topic.id).with_user(self.users["officer"])
        self.assertEqual(case._find_desks_by_duty(), empty)
        opened = case.action_offer()
        passing = Form(case.env[opened["res_model"]].with_context(**opened["context"]))
        self.assertEqual(passing.desk_id, self.cardiology_desk)
        passing.save().action_confirm()
        self.assertEqual(case.offered_desk_id, self.cardiology_desk)
