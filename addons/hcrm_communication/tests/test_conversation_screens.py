from odoo.tests import HttpCase, tagged

from .conversation_case import ConversationCase


@tagged("post_install", "-at_install")
class TestConversationScreens(HttpCase, ConversationCase):
    """The desk in a browser."""

    def setUp(self):
        super().setUp()
        self._arrive("请问周末门诊开吗")

    def test_answers_follow_each_other(self):
        """Given an answer, the next one can be sent; somebody else is written to from the desk."""
        wang = self._create_person("王芳", phone="13800138002")
        self.env.flush_all()
        login = self.officer.login
        self.start_tour("/odoo/hcrm-conversations", "hcrm_conversation_answers", login=login)
        self.env.invalidate_all()
        for person, count in ((self.li, 2), (wang, 1)):
            sent = [("conversation_id", "=", self._of(person).id)]
            self.assertEqual(self.messages.search_count(sent), count, person.name)

    def test_who_goes_on_writes_to_the_next(self):
        """Given an answer that takes its time, who opens the next conversation meanwhile sees
        that one, and what they write goes to its customer."""
        wang = self._create_person("王芳", phone="13800138002")
        self._arrive("停车收费吗", "+8613800138002")
        self.env.flush_all()
        login = self.officer.login
        self.start_tour("/odoo/hcrm-conversations", "hcrm_conversation_goes_on", login=login)
        self.env.invalidate_all()
        for person, words in ((self.li, "周六上午开诊"), (wang, "停车两小时内免费")):
            [message] = self.messages.search([("conversation_id", "=", self._of(person).id)])
            self.assertEqual(message.recipient_id, person)
            self.assertIn(words, message.body_stored)

    def test_what_a_colleague_has(self):
        """Given a conversation that a colleague has, nothing to answer or close it is shown."""
        self._of(self.li).with_user(self.second).action_take()
        self.env.flush_all()
        login = self.officer.login
        self.start_tour("/odoo/hcrm-conversations", "hcrm_conversation_of_a_colleague", login=login)
