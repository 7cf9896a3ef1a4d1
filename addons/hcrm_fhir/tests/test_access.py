from odoo.tests import tagged

from odoo.addons.hcrm_base.tests.common import HcrmCommon

#: What a role reads of a system's answers to a questionnaire is what it reads of results.
READERS = {"nurse", "doctor", "community_worker", "integration"}


@tagged("post_install", "-at_install")
class TestAccess(HcrmCommon):
    def test_documents_are_clinical(self):
        partner = self._person(user_id=self.users["community_worker"].id)
        document = self.env["hcrm.fhir.document"].create(
            {
                "partner_id": partner.id,
                "resource_type": "QuestionnaireResponse",
                "content": {"item": [{"linkId": "1", "answer": [{"valueString": "oops"}]}]},
            }
        )
        self.assertEqual(document.answers, "1: oops")
        for role, user in self.users.items():
            if user._is_public():
                continue
            is_readable = document.with_user(user).has_access("read")
            self.assertEqual(is_readable, role in READERS, role)

    def test_protected_file(self):
        partner = self._person(is_protected=True)
        document = self.env["hcrm.fhir.document"].create(
            {"partner_id": partner.id, "resource_type": "QuestionnaireResponse", "content": {}}
        )
        self.assertFalse(document.with_user(self.users["nurse"]).has_access("read"))
        self.assertTrue(document.with_user(self.users["integration"]).has_access("read"))

    def test_keys_are_settings(self):
        for role in ("integration", "officer", "nurse", "doctor"):
            keys = self.env["hcrm.fhir.key"].with_user(self.users[role])
            self.assertFalse(keys.has_access("read"), role)
