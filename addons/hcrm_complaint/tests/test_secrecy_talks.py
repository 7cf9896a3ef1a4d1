from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.hcrm_base.tests.common import HcrmCommon
from odoo.addons.hcrm_communication.tests.conversation_case import ConversationCase

OTHERS = ("nurse", "doctor", "department_head", "community_worker", "vip_desk", "marketing")


@tagged("post_install", "-at_install")
class TestSecrecyTalks(ConversationCase, HcrmCommon):
    """A conversation or a call in which somebody complained is the complaint office's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._encounter(cls.li, cls.cardiology)
        cls.li.user_id = cls.users["vip_desk"]
        cls.second = cls._user("second_officer", "hcrm_base.group_officer")
        cls.officer = cls.users["officer"]

    def _complain(self, **values):
        request = {
            "kind": "complaint",
            "channel": "sms",
            "text": "护士骂人",
            "partner_id": self.li.id,
            "staff": ["T-nurse", "T-second_officer"],
            **values,
        }
        return self.env["hcrm.complaint"]._take_in([request])

    def _read_by(self, user, rows):
        """True if all of them are read, False if none is found, opened or counted."""
        self.env.flush_all()
        table = rows.browse().with_user(user)
        if not table.has_access("read"):
            return False
        found = table.search([("id", "in", rows.ids)])
        self.assertIn(len(found), (0, len(rows)))
        self.assertEqual(found, rows._filtered_access("read") & found)
        if not found:
            with self.assertRaises(AccessError):
                rows.with_user(user).check_access("read")
        return bool(found)

    def _assert_office_only(self, rows):
        self.assertTrue(rows, "no row: nothing was tested")
        self.assertTrue(self._read_by(self.officer, rows))
        for user in [self.users[name] for name in OTHERS] + [self.second]:
            with self.subTest(user=user.login, model=rows._name):
                self.assertFalse(self._read_by(user, rows))

    def test_a_conversation_that_became_a_case(self):
        """Given a conversation nurses read, from the case on the office alone reads it."""
        self._arrive("护士骂人", provider_key="a")
        talk = self._of(self.li)
        nurse = self.users["nurse"]
        self.assertTrue(self._read_by(nurse, talk))
        self.assertTrue(self._read_by(self.second, talk))
        inbound = self.inbox.search([("conversation_id", "=", talk.id)])
        self.assertTrue(self._read_by(nurse, inbound))
        talk._log_handover("reopened")
        self._complain(conversation_id=talk.id)
        self._assert_office_only(talk)
        self._assert_office_only(inbound)
        log = self.env["hcrm.conversation.handover"].search([("conversation_id", "=", talk.id)])
        self._assert_office_only(log)

    def test_linked_later(self):
        self._arrive("护士骂人", provider_key="a")
        talk = self._of(self.li)
        case = self._complain()
        case.complainant_ids.conversation_id = talk
        self._assert_office_only(talk)

    def test_an_answer_to_our_message(self):
        """Given an answer to the receipt, neither the message nor its conversation is told."""
        case = self._complain()
        sent = self.env["hcrm.communication"].search(
            [("res_model", "=", "hcrm.complaint"), ("res_id", "=", case.id)], limit=1
        )
        self._arrive("谢谢，我还想说王护士", provider_key="b")
        arrived = self.inbox.search([("partner_id", "=", self.li.id)], limit=1)
        arrived.sudo().write({"answers_id": sent.id, "conversation_id": False, "state": "inbox"})
        self.talks._gather(arrived.ids)
        talk = arrived.conversation_id
        self.assertTrue(talk.is_about_case)
        for user in (self.users["nurse"], self.users["doctor"]):
            self.assertFalse(self._read_by(user, talk))
            self.assertFalse(self._read_by(user, arrived))
        self.assertTrue(self._read_by(self.officer, arrived))
        self.assertFalse(self._read_by(self.second, arrived))

    def test_other_conversations_stay_open(self):
        self._complain()
        self._arrive("问一下几点开门", provider_key="c", sender="+8613911112222")
        other = self.talks.search([("address_stored", "=", "+8613911112222")])
        for user in (self.users["nurse"], self.second, self.officer):
            self.assertTrue(self._read_by(user, other), user.login)

    def test_calls(self):
        """Given a call in which somebody complained, its number and keys are not told."""
        call = self.env["hcrm.call"].create(
            {
                "channel_ref": "t-1",
                "direction": "in",
                "program": "message",
                "company_id": self.company.id,
                "partner_id": self.li.id,
                "purpose": "service",
                "number_stored": "+8613800138000",
            }
        )
        event = self.env["hcrm.call.event"].sudo().search([("call_id", "=", call.id)])
        nurse = self.users["nurse"]
        self.assertTrue(self._read_by(nurse, call))
        call.sudo().is_about_case = True
        for name in OTHERS:
            self.assertFalse(self._read_by(self.users[name], call), name)
            if event:
                self.assertFalse(self._read_by(self.users[name], event), name)
        self.assertTrue(self._read_by(self.officer, call))

    def test_nobody_takes_the_mark_off(self):
        self._arrive("护士骂人", provider_key="a")
        talk = self._of(self.li)
        self._complain(conversation_id=talk.id)
        with self.assertRaises(AccessError):
            talk.with_user(self.officer).write({"is_about_case": False})
            self.env.flush_all()
