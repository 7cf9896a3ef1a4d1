from odoo.tests import tagged

from odoo.addons.hcrm_communication.tests.inbound_case import LI, InboundCase


@tagged("post_install", "-at_install")
class TestSms(InboundCase):
    """A short message that says what it is."""

    def _cases(self):
        return self.env["hcrm.complaint"].search([("channel", "=", "sms")], order="id")

    def _told(self, case):
        return self.messages.search([("res_id", "=", case.id), ("res_model", "=", case._name)])

    def test_a_word_and_the_matter_is_a_case(self):
        arrived = self._arrive("投诉：昨天在急诊等了三个小时")
        case = self._cases()
        self.assertRecordValues(case, [{"kind": "complaint", "partner_id": self.li.id}])
        self.assertEqual(case.statement_text, "昨天在急诊等了三个小时")
        self.assertEqual((arrived.state, arrived.partner_id), ("answered", self.li))
        self.assertFalse(arrived.conversation_id, "nobody need answer it")
        self.assertEqual(len(self._told(case)), 1, "the receipt")

    def test_a_sentence_is_for_a_person(self):
        arrived = self._arrive("投诉电话是多少？")
        self.assertEqual(arrived.state, "inbox")
        self.assertFalse(self._cases())

    def test_who_shares_a_phone_and_who_is_unknown(self):
        self._create_person("王芳", phone="13800138001")
        self._arrive("建议 增加几把椅子给老人坐")
        self._arrive("建议 增加几把椅子给老人坐", sender="+8613911112222")
        shared, unknown = self._cases()
        self.assertNotEqual(shared.partner_id, self.li)
        self.assertEqual(unknown.partner_id.sudo().phone_stored, "+8613911112222")

    def test_how_far_it_is(self):
        """Given the number from the telephone of who complained, the state goes out."""
        self._arrive("投诉：昨天在急诊等了三个小时")
        case = self._cases()
        arrived = self._arrive(f"查询 {case.number}", provider_key="q")
        self.assertEqual(arrived.state, "answered")
        message = self._told(case).sorted("id")[1:]
        self.assertEqual(len(message), 1)
        self.assertNotIn("投诉", message.sudo().body_stored)
        self.assertEqual(len(case.statement_ids), 1, "a question is no statement")

    def test_another_telephone_hears_nothing(self):
        self._arrive("投诉：昨天在急诊等了三个小时")
        case = self._cases()
        count = len(self._told(case))
        arrived = self._arrive(f"查询 {case.number}", sender="+8613911112222")
        self.assertEqual(arrived.state, "inbox")
        self.assertEqual(len(self._told(case)), count)

    def test_an_answer_to_the_receipt_is_added(self):
        self._arrive("投诉：昨天在急诊等了三个小时")
        case = self._cases()
        message = self._told(case).sudo()
        message.write({"state": "claimed", "claimed_at": "2026-11-23 01:00:00"})
        message.write({"state": "sent", "channel": "sms", "address_stored": LI,
                       "sent_at": self.env.cr.now()})  # fmt: skip
        self._arrive("是3号诊室的护士", provider_key="more")
        self.assertIn("是3号诊室的护士", case.statement_text)
        self.assertIn("三个小时", case.statement_text)
