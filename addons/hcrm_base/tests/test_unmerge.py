from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestUnmerge(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survivor = cls._person("张伟", phone="13800138000")
        cls.absorbed = cls._person("张伟丽", phone="13900139000", email="zwl@example.com")

    def test_exactly_what_moved_returns(self):
        mine = self._encounter(self.survivor, self.cardiology)
        theirs = self._encounter(self.absorbed, self.oncology)
        log = self.survivor._hcrm_merge(self.absorbed, "test")
        later = self._encounter(self.absorbed)
        log.action_undo()
        self.assertEqual(mine.partner_id, self.survivor)
        self.assertEqual(theirs.partner_id, self.absorbed)
        self.assertEqual(later.partner_id, self.survivor, "written after the merge")
        self.assertEqual(self.survivor.served_department_ids, self.cardiology)
        self.assertEqual(self.absorbed.served_department_ids, self.oncology)
        self.assertRecordValues(self.absorbed, [{"active": True, "canonical_id": False}])
        self.assertRecordValues(log, [{"state": "undone", "undone_by_id": self.env.uid}])

    def test_values_return_unless_changed_since(self):
        self.absorbed.birth_date = "1980-01-02"
        log = self.survivor._hcrm_merge(self.absorbed, "test")
        self.survivor.email = "new@example.com"
        log.action_undo()
        self.assertEqual(self.survivor.email, "new@example.com")
        self.assertFalse(self.survivor.birth_date)
        self.assertFalse(self.survivor.sudo().phone_other_stored)

    def test_aliases_and_relations_return(self):
        child = self._person("张小")
        number, relation = self.env["hcrm.identifier"], self.env["hcrm.relationship"]
        for partner, value in ((self.survivor, "1"), (self.absorbed, "2")):
            number |= number.create(
                {"partner_id": partner.id, "system": "MRN-A", "value": value, "use": "official"}
            )
            relation |= relation.create(
                {
                    "partner_id": partner.id,
                    "related_partner_id": child.id,
                    "relation": "child",
                }
            )
        self.survivor._hcrm_merge(self.absorbed, "test").action_undo()
        self.assertRecordValues(
            number,
            [
                {"partner_id": self.survivor.id, "use": "official"},
                {"partner_id": self.absorbed.id, "use": "official"},
            ],
        )
        self.assertEqual(relation.mapped("active"), [True, True])
        self.assertEqual(relation.partner_id, self.survivor | self.absorbed)

    def test_later_merges_are_undone_first(self):
        third, fourth = self._person("张三"), self._person("张四")
        first = self.survivor._hcrm_merge(self.absorbed, "1")
        second = self.survivor._hcrm_merge(third, "2")
        chain = fourth._hcrm_merge(self.survivor, "3")
        with self.assertRaisesRegex(UserError, "First undo the later merge of 张"):
            first.action_undo()
        with self.assertRaisesRegex(UserError, "张伟 into 张四"):
            second.action_undo()
        (first | second | chain).action_undo()
        for partner in (self.survivor, self.absorbed, third):
            self.assertTrue(partner.active)

    def test_once_only(self):
        log = self.survivor._hcrm_merge(self.absorbed, "test")
        log.action_undo()
        with self.assertRaisesRegex(UserError, "already undone"):
            log.action_undo()

    def test_again_after_an_undo(self):
        self.survivor._hcrm_merge(self.absorbed, "test").action_undo()
        self.assertTrue(self.survivor._hcrm_merge(self.absorbed, "one person after all"))

    def test_without_values_after_an_erasure(self):
        log = self.survivor._hcrm_merge(self.absorbed, "test")
        log.sudo().changes = False
        log.action_undo()
        self.assertRecordValues(self.absorbed, [{"active": True, "canonical_id": False}])
