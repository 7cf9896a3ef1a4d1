from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .conversation_case import ConversationCase


@tagged("post_install", "-at_install")
class TestConversationBegin(ConversationCase):
    """Who writes first where somebody else is in a conversation already."""

    def setUp(self):
        super().setUp()
        self.vip = new_test_user(self.env, "lounge", "hcrm_base.group_vip_desk")
        self.li.user_id = self.vip

    def _write_first(self, user, partner=None):
        wizard = self.env["hcrm.conversation.begin"].with_user(user)
        partner = partner or self.li
        return wizard.create({"partner_id": partner.id, "body": "您的发票已开好"})

    def _refused(self, user):
        """Return what somebody is told who writes first in vain."""
        wizard = self._write_first(user)
        self.assertFalse(wizard.is_open)
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            wizard.action_send()
        self.assertNotIsInstance(caught.exception, AccessError)
        return str(caught.exception)

    def _open_care(self):
        self._sent(body="【仁爱医院】请回复您的血糖")
        self._arrive("9.1")
        return self._of(self.li)

    def test_another_desk_has_it(self):
        """Given an open conversation of care, an officer is told which desk answers, then who."""
        talk = self._open_care()
        self.assertIn("nurses and doctors", self._refused(self.officer))
        talk.with_user(self.nurse).action_take()
        self.assertIn(self.nurse.name, self._refused(self.officer))

    def test_ours_goes_on(self):
        """Given an open conversation of the own desk, the first words go on there."""
        self._arrive("请问周末门诊开吗")
        talk = self._of(self.li)
        with Form(self.env["hcrm.conversation.begin"].with_user(self.officer)) as form:
            form.partner_id = self.li
            self.assertTrue(form.is_open)
            form.body = "您的发票已开好"
        form.record.action_send()
        self.assertEqual(self._of(self.li), talk)
        self.assertEqual(talk.answers, 1)

    def test_hidden_ones_are_not_told(self):
        """Given conversations that somebody may not see, and a colleague who was faster, all are
        told the same, and nothing of what hinders."""
        self.assertTrue(self._write_first(self.vip).ways)
        talk = self._open_care()
        told = {self._refused(self.vip)}
        talk.message_class = "marketing"
        told.add(self._refused(self.nurse))
        with (
            patch.object(type(self.talks), "_find_of", lambda talks, _partner: talks.browse()),
            mute_logger("odoo.sql_db"),
            self.assertRaises(UserError) as caught,
            self.env.cr.savepoint(),
        ):
            self._write_first(self.officer).action_send()
        told.add(str(caught.exception))
        self.assertEqual(told, {"You cannot write to this customer here now: call."})

    def test_ways_of_strangers(self):
        """Given a customer of others, the VIP desk is not told by what they are reached."""
        other = self._create_person("王芳", phone="13800138002")
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self._write_first(self.vip, other)
        draft = self.env["hcrm.conversation.begin"].with_user(self.vip)
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            _told = draft.new({"partner_id": other.id}).channel

    def test_answer_to_who_withheld_the_number(self):
        """Given an SMS that tells no sender, the answer goes to the number of who it is."""
        self._arrive("请问周末门诊开吗", "", provider_key="sms/1")
        talk = self.talks.search([("address_stored", "=like", "?%")])
        talk.with_user(self.officer)._name_person(self.li)
        self._reply(self._of(self.li), channel="sms")
        self.assertEqual([one.to for one in self._drain()], [self.li.phone_stored])
