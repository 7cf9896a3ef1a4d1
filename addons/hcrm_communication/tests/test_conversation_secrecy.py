from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .conversation_case import ConversationCase

CLINICAL = "我的糖尿病药吃完了，血糖又高了"


@tagged("post_install", "-at_install")
class TestConversationSecrecy(ConversationCase):
    """No clinical word reaches who may not read it, by any road of the desk."""

    def setUp(self):
        super().setUp()
        self._sent(body="【仁爱医院】请回复您的血糖")
        self._arrive(CLINICAL)
        self.talk = self._of(self.li)

    def test_class(self):
        """Given an answer to a message of care, nurses answer and officers do not."""
        self.assertEqual(self.talk.message_class, "care")
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self._reply(self.talk)
        self._reply(self.talk, user=self.nurse)

    def test_officer_sees_metadata(self):
        """Given desk, list, thread, search, export and bus, no clinical word is told."""
        self.talk.with_user(self.nurse)._offer(
            new_test_user(self.env, "ward2", "hcrm_base.group_nurse"), f"注意：{CLINICAL}"
        )
        self.officer.group_ids += self.env.ref("base.group_allow_export")
        desk = self.talks.with_user(self.officer)
        talk = self.talk.with_user(self.officer)
        names = [
            name for name, field in desk._fields.items() if desk._has_field_access(field, "read")
        ]
        told = [
            desk.get_desk("all"),
            desk.get_desk("all", text="血糖"),
            talk.get_conversation(),
            talk.get_thread(),
            talk.read(names),
            talk.handover_ids.read(["note", "event"]),
            talk.export_data([*names, "last_inbound_id/body", "handover_ids/note"]),
            desk.name_search("李"),
            talk.display_name,
            self.env["bus.bus"].search([]).mapped("message"),
        ]
        for answer in told:
            self.assertNotIn("糖", str(answer))
        entries = talk.get_thread()["entries"]
        self.assertTrue(any(entry.get("is_hidden") for entry in entries))
        self.assertIn(CLINICAL, str(self.talk.with_user(self.nurse).get_thread()))
        self.assertIn(CLINICAL, str(self.talk.with_user(self.nurse).get_desk("all")))

    def test_back_to_service(self):
        """Given a question passed on to service, what was written as care stays closed to it."""
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self.talk.with_user(self.officer).action_to_service()
        self.talk.with_user(self.nurse).action_to_service("停车问题")
        self.talk.with_user(self.officer).action_take()
        self._reply(self.talk, "停车两小时内免费")
        self._drain()
        self._arrive("谢谢")
        self.assertEqual(self.talk.message_class, "service")
        self.assertNotIn("糖", str(self.talk.with_user(self.officer).get_conversation()))

    def test_another_hospital(self):
        """Given an officer of another hospital, there is no such conversation."""
        other = self.env["res.company"].create({"name": "分院"})
        stranger = new_test_user(
            self.env, "far", "hcrm_base.group_officer", company_id=other.id, company_ids=other.ids
        )
        self.assertFalse(self.talks.with_user(stranger).search([]))
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self.talk.with_user(stranger).get_thread()

    def test_verbs_only(self):
        """Given a writer, no field of a conversation is typed."""
        for values in ({"user_id": self.nurse.id}, {"message_class": "service"}, {"state": "open"}):
            with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
                self.talk.with_user(self.nurse).write(values)

    def test_answering_times_name_nobody(self):
        """Given the statistics of all desks, no customer is named; who may read goes there."""
        self._arrive("请问周末门诊开吗", "+8613900139000")
        turns = self.env["hcrm.conversation.turn"].search([("company_id", "=", self.company.id)])
        mine = turns.filtered(lambda one: one.conversation_id == self.talk)
        for user in (self.officer, self.nurse):
            self.assertNotIn(self.li.name, str(turns.with_user(user).read()))
        shown = mine.with_user(self.nurse).action_open_conversation()
        self.assertEqual(shown["params"], {"conversation_id": self.talk.id})
        self.talk.message_class = "marketing"
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            mine.with_user(self.nurse).action_open_conversation()
