from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestPrivacyNews(CommunicationCase):
    """Who asked for a right of theirs is told that there is an answer, in neutral words, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        group = "hcrm_base.group_service_manager"
        cls.manager = new_test_user(cls.env, login="news_manager", groups=group)
        cls.other = new_test_user(cls.env, login="news_other", groups=group)
        cls.li.lang = "zh_CN"

    def _started(self, kind="explain", **values):
        request = (
            self.env["hcrm.privacy.request"]
            .with_user(self.manager)
            .create(
                {
                    "partner_id": self.li.id,
                    "kind_id": self.env.ref(f"hcrm_base.privacy_kind_{kind}").id,
                    "identity_method": "card",
                    "description": "高血压",
                    **values,
                }
            )
        )
        request.action_check_identity()
        request.action_start()
        return request

    def _told(self, request):
        """Return the messages that the outbox was asked for."""
        self.env.flush_all()
        return self.messages.search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )

    def test_answered(self):
        """In the person's language, with a link and without a word of the matter."""
        request = self._started()
        self.assertFalse(self._told(request))
        request.answer = "高血压"
        request.action_done()
        message = self._told(request).sudo()
        self.assertRecordValues(
            message,
            [
                {
                    "recipient_id": self.li.id,
                    "subject_id": self.li.id,
                    "purpose": "service",
                    "channel": "sms",
                    "state": "waiting",
                    "idempotency_key": f"privacy/{request.id}/answered",
                    "lang": "zh_CN",
                }
            ],
        )
        body = message.body_stored
        self.assertTrue(body.startswith("【"))
        self.assertIn("已有答复", body)
        self.assertIn(request.name, body)
        self.assertIn("/my/privacy", body)
        for word in ("高血压", "李明", request.kind_id.name):
            self.assertNotIn(word, body)
        self.assertEqual(message.subject_line_stored, "您向我院提出的申请")
        request.sudo()._hcrm_tell_person("answered")
        self.assertEqual(len(self._told(request)), 1, "asked twice is told once")

    def test_package_ready(self):
        """Not when it is built, not when it is released: when it can be fetched."""
        self.li.lang = "en_US"
        request = self._started("copy")
        request.sudo()._build_package()
        request.with_user(self.other).action_release_package()
        self.assertFalse(self._told(request))
        request.action_done()
        message = self._told(request).sudo()
        self.assertEqual(message.idempotency_key, f"privacy/{request.id}/ready")
        self.assertIn("There is an answer", message.body_stored)

    def test_refused_and_withdrawn(self):
        request = self._started()
        request.refusal_ground_id = self.env.ref("hcrm_base.privacy_ground_answered")
        request.refusal_text = "Answered last week."
        request.action_refuse()
        self.assertEqual(len(self._told(request)), 1)
        request = self._started("object")
        request.action_withdraw()
        self.assertFalse(self._told(request), "who took it back knows")

    def test_guardian_on_the_portal(self):
        """The parent who asked is told about the child's request, nobody else."""
        portal = new_test_user(self.env, login="news_parent", groups="base.group_portal")
        child = self._create_person("小明", birth_date="2020-01-02")
        request = self._started(
            "object",
            partner_id=child.id,
            requester="guardian",
            requester_name="x",
            authority_evidence="x",
            channel="portal",
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hcrm_privacy_request SET create_uid = %s WHERE id = %s",
            [portal.id, request.id],
        )
        self.env.invalidate_all()
        request.action_done()
        message = self._told(request)
        self.assertEqual((message.recipient_id, message.subject_id), (portal.partner_id, child))

    def test_for_somebody_else_at_the_desk(self):
        """Who is known by words only is told by staff; the person does not learn of it so."""
        request = self._started(
            "object",
            requester="agent",
            requester_name="x",
            authority_evidence="x",
        )
        request.action_done()
        self.assertFalse(self._told(request))

    def test_erased(self):
        """Nobody writes to a pseudonym."""
        person = self._create_person("王芳", phone="13800138002")
        request = self._started("erase", partner_id=person.id)
        request.action_propose_erasure()
        request.with_user(self.other).action_approve_erasure()
        self.assertEqual(request.state, "done")
        self.assertFalse(self._told(request))

    def test_of_its_hospital(self):
        """The message is that of the hospital that was asked."""
        there = self.env["res.company"].create({"name": "第二医院"})
        self.manager.company_ids = [Command.link(there.id)]
        request = self._started("object", company_id=there.id)
        request.action_done()
        message = self._told(request).sudo()
        self.assertEqual(message.company_id, there)
        self.assertIn("第二医院", message.body_stored)
