import uuid

from odoo.tests import new_test_user

from .inbound_case import InboundCase


class ConversationCase(InboundCase):
    """Conversations that begin by what arrives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.talks = cls.env["hcrm.conversation"]
        cls.second = new_test_user(cls.env, "desk2", "hcrm_base.group_officer")

    def _of(self, partner):
        return self.talks.search([("partner_id", "=", partner.id), ("closed_at", "=", False)])

    def _reply(self, talk, body="请周一上午来院办理", user=None, **values):
        user = user or self.officer
        return talk.with_user(user).reply(body, str(uuid.uuid4()), **values)

    def _texts(self, talk, user=None):
        thread = talk.with_user(user or self.officer).get_thread()
        return [entry["text"] for entry in thread["entries"] if entry["kind"] != "log"]
