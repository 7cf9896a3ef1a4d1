from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..tools.voice import verbs
from .seat_case import SeatCase


@tagged("post_install", "-at_install")
class TestSeatRoles(SeatCase):
    """Desks of roles that serve own customers only, of nurses, and of several hospitals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vip = cls._create_desk("vip_desk", cls.queue)
        cls.community = cls._create_desk("community_worker", cls.queue)
        cls.zhao = cls._create_person("赵敏", phone="13700137000")

    def _serve(self, agent, **values):
        """Take a call, look at all there is, wrap it up; return the card and the note."""
        call = self._talk(agent, self._create_call(**values))
        desk = self._seat(agent)
        card = desk.get_card(call.id)
        desk.find_words(call.id, "预约")
        self._end(call)
        desk.wrap_up(call.id, {"reason": self.reason.id, "note": "转客服台"})
        self.assertEqual(agent.state, "available")
        return card, call.note_id

    def test_callers_whom_nobody_knows(self):
        for agent in (self.vip, self.community):
            with self.subTest(agent.user_id.login):
                card, note = self._serve(agent, number_stored="+8613666666666")
                self.assertEqual((card["persons"], card["partner"]), ([], False))
                self.assertRecordValues(
                    note, [{"partner_id": False, "body": "转客服台", "user_id": agent.user_id.id}]
                )
                self.assertTrue(note.who.endswith("6666"))

    def test_callers_who_are_not_their_own(self):
        """Taken and wrapped up; neither name nor id nor key is told, and no note under the name."""
        for agent in (self.vip, self.community):
            with self.subTest(agent.user_id.login):
                call = self._create_call(number_stored="+8613700137000", partner_id=self.zhao.id)
                self._tell(call, verbs.Digits("73"))
                self._talk(agent, call)
                desk = self._seat(agent)
                shown = desk.get_seat()
                told = str([shown, desk.get_card(call.id), desk.find_words(call.id)])
                for secret in ("赵敏", "'73'", "Keyed", f"'partner_id': {self.zhao.id}"):
                    self.assertNotIn(secret, told)
                with self.assertRaises(AccessError):
                    desk.pick(call.id, self.zhao.id)
                self._end(call)
                desk.wrap_up(call.id, {"reason": self.reason.id})
                self.assertFalse(call.note_id.partner_id)
                self.assertEqual(call.partner_id, self.zhao)

    def test_own_customers_are_told(self):
        """The test before can fail: of an own customer all of this is shown."""
        for agent in (self.vip, self.community):
            with self.subTest(agent.user_id.login):
                self.zhao.user_id = agent.user_id
                call = self._create_call(number_stored="+8613700137000", partner_id=self.zhao.id)
                self._tell(call, verbs.Digits("73"))
                card = self._seat(agent).get_card(call.id)
                self.assertEqual(card["partner"]["name"], "赵敏")
                self.assertIn("73", str(card["keyed"]))
                self._talk(agent, call)
                self._end(call)
                self._seat(agent).wrap_up(call.id, {"reason": self.reason.id})
                self.assertEqual(call.note_id.partner_id, self.zhao)

    def test_a_shared_number_names_own_customers_only(self):
        self.child.user_id = self.vip.user_id
        call = self._talk(self.vip)
        desk = self._seat(self.vip)
        self.assertEqual([one["id"] for one in desk.get_card(call.id)["persons"]], self.child.ids)
        desk.pick(call.id, self.child.id)
        self.assertEqual(desk.get_card(call.id)["partner"]["name"], "李小明")

    # CARE

    def test_what_nurses_dial_is_care(self):
        for agent, purpose in ((self.nurse, "care"), (self.officer, "service")):
            shown = self._seat(agent).dial(self.wang.id)
            self.assertEqual(self.calls.browse(shown["call"]["id"]).purpose, purpose)

    def test_events_of_protected_files_are_closed(self):
        """With the calls and messages of care their events and tries are closed, too."""
        call = self._create_call(self.care, purpose="care", partner_id=self.wang.id)
        self._tell(call, verbs.Digits("7"))
        self.assertEqual(call.message_class, "care", "no choice makes it less")
        message = self._ask(self.wang)
        self.env["hcrm.communication.attempt"].sudo().create(
            {
                "communication_id": message.id,
                "at": fields.Datetime.now(),
                "channel": "sms",
                "status": "later",
            }
        )
        events = self.env["hcrm.call.event"].with_user(self.nurse.user_id)
        tries = self.env["hcrm.communication.attempt"].with_user(self.nurse.user_id)
        for is_protected in (False, True):
            self.wang.sudo().is_protected = is_protected
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(bool(events.search([("call_id", "=", call.id)])), not is_protected)
            found = tries.search([("communication_id", "=", message.id)])
            self.assertEqual(bool(found), not is_protected)

    # HOSPITALS

    def test_dialled_for_the_hospital_of_the_desk(self):
        """Whichever hospital is ticked first: the desk's is called for, asked by its policy."""
        other = self.env["res.company"].create({"name": "Second campus"})
        user = self.officer.user_id
        user.sudo().company_ids = [Command.link(other.id)]
        desk = self._seat(self.officer).with_context(
            allowed_company_ids=[other.id, self.env.company.id]
        )
        self.assertEqual(desk.env.company, other)
        asked = []
        policy = self.env.registry["hcrm.contact.policy"]
        decide = policy._candidates

        def note(model, candidates):
            asked.extend(one["company_id"] for one in candidates)
            return decide(model, candidates)

        self.patch(policy, "_candidates", note)
        desk.check_dial(self.wang.id)
        self.assertEqual(set(asked), set(self.env.company.ids))
        call = self.calls.browse(desk.dial(self.wang.id)["call"]["id"])
        self.assertEqual(call.company_id, self.env.company)

    # SPEED

    def _count(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        desk = self._seat(self.officer)
        before = self.env.cr.sql_log_count
        card = desk.get_card(call.id)
        return len(card["persons"]), self.env.cr.sql_log_count - before

    def test_budget_of_a_card(self):
        """Fifty who share a number cost no more than one."""
        self._create_person("孙一", phone="13600000001")
        one = self._create_call(number_stored="+8613600000001")
        for number in range(50):
            self._create_person(f"员工{number}", phone="13600000050")
        many = self._create_call(number_stored="+8613600000050")
        self._count(one)  # what is read once
        found, few = self._count(one)
        self.assertEqual(found, 1)
        found, spent = self._count(many)
        self.assertEqual(found, 50)
        self.assertLessEqual(spent, few)
        self.assertLessEqual(few, 15)
