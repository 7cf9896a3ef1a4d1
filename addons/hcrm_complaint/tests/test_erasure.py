from odoo.tests import tagged

from odoo.addons.hcrm_base.tools.erasure import ERASED

from ..tools import signature as pictures
from .common import ComplaintCase
from .test_confirmation import signature


@tagged("post_install", "-at_install")
class TestErasure(ComplaintCase):
    """Who is erased leaves the matter of their cases, and neither name nor words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wang.name = "欧阳若兰"  # a name that nobody else bears
        cls.case = cls._complain("我是欧阳若兰，13800138001，等了三个小时。", matter="候诊时间过长")
        asked = cls.env["hcrm.complaint.confirmation"]._ask(cls.case)
        asked._end_wrong("我叫欧阳若兰，是四个小时。")
        cls.wrong = asked
        cls.case._add_statement("我是欧阳若兰，等了四个小时。")
        asked = cls.env["hcrm.complaint.confirmation"]._ask(cls.case)
        asked._sign_off(pictures.read(signature()))
        cls.signed = cls.case.file_ids
        cls.other = cls._complain("欧阳若兰家属插队。", partner_id=cls._person("李强").id)

    def _erase(self):
        self.env.flush_all()
        self.wang._hcrm_known_as()._hcrm_erase_rows()
        self.env.invalidate_all()

    def test_words_and_signature_go_and_the_matter_stays(self):
        digests = self.case.statement_ids.mapped("digest")
        self.assertTrue(self.signed.exists())
        self._erase()
        self.assertEqual(set(self.case.statement_ids.mapped("text")), {ERASED})
        self.assertEqual(self.case.statement_ids.mapped("digest"), digests)
        self.assertFalse(self.signed.exists())
        self.assertNotIn("欧阳若兰", self.wrong.wrong_words or "")
        self.assertFalse(self.wrong.wrong_words or self.wrong.sent_to)
        self.assertEqual(self.case.matter, "候诊时间过长")
        self.assertFalse(self.case.complainant_ids.complainant_name)

    def test_what_we_wrote(self):
        officer = self.case.with_user(self.users["officer"])
        officer.action_accept()
        officer.action_take()
        officer.name = "欧阳若兰：候诊"
        answer = self.env["hcrm.complaint.answer"].browse(officer.action_answer()["res_id"])
        answer.with_user(officer.env.user).write(
            {"conclusion": "upheld", "findings": "欧阳若兰所述属实", "text": "欧阳若兰女士：您好。"}
        )
        officer._offer(self.cardiology_desk, "欧阳若兰等了三小时，请查")
        self._erase()
        self.assertFalse(self.case.handover_ids.filtered(lambda one: "欧阳" in (one.reason or "")))
        self.assertEqual(answer.text, f"{ERASED}女士：您好。")
        self.assertEqual(answer.findings, f"{ERASED}所述属实")
        self.assertEqual(self.case.name, f"{ERASED}：候诊")
        self.assertTrue(self.case.intake_number and self.case.is_open)

    def test_words_of_others_stay_theirs(self):
        self._erase()
        self.assertEqual(self.other.statement_ids.text, "欧阳若兰家属插队。")
        self.assertTrue(self.other.statement_ids.is_sealed)
