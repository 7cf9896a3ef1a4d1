from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.hcrm_duplicate_finder_mixin import MAX_BLOCK, WATERMARK
from .common import HcrmCommon

WANG = {"birth_date": "1980-01-02", "sex": "male", "phone": "13800138000"}


@tagged("post_install", "-at_install")
class TestDuplicates(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.duplicates = cls.env["hcrm.duplicate"]

    def _pair(self, first, second, number=None):
        """Return what the finder says about two new persons."""
        partners = self._person(**first) | self._person(**second)
        for partner, values in zip(partners, number or (), strict=False):
            self.env["hcrm.identifier"].create({"partner_id": partner.id, **values})
        self.duplicates._find()
        return self._found(partners)

    def _found(self, partners):
        return self.duplicates.search([("partner_a_id", "in", partners.ids)])

    def test_name_birth_sex_and_phone(self):
        pair = self._pair({"name": "王伟", **WANG}, {"name": "王 伟", **WANG})
        self.assertRecordValues(pair, [{"score": 90, "state": "open", "proposed_by_id": False}])
        self.assertEqual(pair.reasons, "same_name,same_birth_date,same_sex,shared_phone")
        self.assertIn("same birth date", pair.reasons_text)

    def test_one_phone_in_the_second_place(self):
        other = {"birth_date": "1980-01-02", "sex": "male", "phone_other": "13800138000"}
        self.assertTrue(self._pair({"name": "王伟", **WANG}, {"name": "王伟", **other}))

    def test_a_person_of_another_hospital_does_not_close_the_list(self):
        other = self.env["res.company"].create({"name": "Another hospital"})
        theirs = {"name": "王伟", "company_id": other.id, **WANG}
        pair = self._pair({"name": "王伟", **WANG}, theirs)
        self.assertEqual(len(pair), 1)
        manager = self.users["service_manager"]
        listed = self.duplicates.with_user(manager).search([])
        self.assertNotIn(pair.id, listed.ids)
        self.assertTrue(all(listed.mapped("display_name")))

    def test_relatives_share_a_phone(self):
        relative = {**WANG, "sex": "female", "birth_date": "1982-01-01"}
        self.assertFalse(self._pair({"name": "王伟", **WANG}, {"name": "李丽", **relative}))
        self.assertFalse(self._pair({"name": "王伟", **WANG}, {"name": "王伟", **relative}))

    def test_namesakes_of_one_day(self):
        other = {**WANG, "phone": "13900139000"}
        self.assertFalse(self._pair({"name": "王伟", **WANG}, {"name": "王伟", **other}))

    def test_one_resident_id_in_two_forms_and_systems(self):
        self.env["hcrm.identifier.system"].create(
            {"name": "Campus 2", "code": "ID-2", "type_code": "NNCHN"}
        )
        pair = self._pair(
            {"name": "Wang Wei"},
            {"name": "王伟"},
            [
                {"system": "NNCHN", "value": "510108871125243"},
                {"system": "ID-2", "value": "510108198711252435"},
            ],
        )
        self.assertEqual(pair.score, 100)
        self.assertTrue(pair.reasons.startswith("same_national_id"))

    def test_one_record_number_in_two_systems(self):
        person = {"name": "王伟", "birth_date": "1980-01-02", "sex": "male"}
        pair = self._pair(
            person, person, [{"system": "A", "value": "4711"}, {"system": "B", "value": "4711"}]
        )
        self.assertEqual(pair.score, 90)
        self.assertIn("shared_number", pair.reasons)

    def test_archived_merged_and_organisations_are_left_alone(self):
        partners = self._person("王伟", **WANG) | self._person("王伟", **WANG)
        partners[0].active = False
        firm = self.env.ref("hcrm_base.kind_corporate").ids
        firms = self._person("Firm", kind_ids=firm, phone="13800138000") | self._person(
            "Firm", kind_ids=firm, phone="13800138000"
        )
        self.duplicates._find()
        self.assertFalse(self._found(partners | firms))

    def test_a_phone_of_hundreds_makes_no_pairs(self):
        """Given the hospital's own number on hundreds of unnamed persons, it is logged only."""
        size = MAX_BLOCK + 5
        persons = self.env["res.partner"].create(
            [{"name": "无名氏", "kind_ids": self.patient_kind.ids, **WANG} for _n in range(size)]
        )
        many = self.env["res.partner"].create(
            [
                {"name": f"王{number}", "kind_ids": self.patient_kind.ids, **WANG}
                for number in range(50)
            ]
        )
        with self.assertLogs("odoo.addons.hcrm_base.models.hcrm_duplicate_finder_mixin") as logs:
            self.duplicates._find()
        self.assertFalse(self._found(persons | many))
        self.assertIn(f"1 groups of more than {MAX_BLOCK}", logs.output[0])
        self.assertNotIn("13800138000", logs.output[0])

    def test_only_what_changed_is_compared(self):
        """The watermark looks back, as a transaction may commit late."""
        old = self._person("王伟", **WANG) | self._person("王伟", **WANG)
        parameters = self.env["ir.config_parameter"]
        now = self.env.cr.now()
        self._age(old, days=3)
        parameters.set_param(WATERMARK, fields.Datetime.to_string(now - timedelta(days=1)))
        self.duplicates._cron_find()
        self.assertFalse(self._found(old))
        third = self._person("王伟", **WANG)
        self._age(third, hours=20)
        self.duplicates._cron_find()
        found = self.duplicates.search([("partner_b_id", "=", third.id)])
        self.assertEqual(found.partner_a_id, old, "compared with everybody")
        self.assertFalse(self.duplicates.search([("partner_b_id", "=", old[1].id)]))

    def _age(self, partners, **ago):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET write_date = %s WHERE id = ANY(%s)",
                self.env.cr.now() - timedelta(**ago),
                partners.ids,
            )
        )
        partners.invalidate_recordset()

    def test_two_persons_are_remembered(self):
        pair = self._pair({"name": "王伟", **WANG}, {"name": "王伟", **WANG})
        pair.with_user(self.users["service_manager"]).action_mark_different()
        self.assertEqual(pair.decided_by_id, self.users["service_manager"])
        self.assertEqual(self.duplicates._find(), 0)
        self.assertEqual(pair.state, "different")

    def test_an_employee_may_ask_again(self):
        pair = self._pair({"name": "王伟", **WANG}, {"name": "王伟", **WANG})
        pair.action_mark_different()
        partners = pair.partner_a_id | pair.partner_b_id
        self.assertEqual(self.duplicates._propose(partners), pair)
        self.assertEqual(pair.state, "open")
        with self.assertRaises(UserError):
            self.duplicates._propose(pair.partner_a_id)

    def test_a_merge_closes_the_pair_and_its_undo_opens_it(self):
        pair = self._pair({"name": "王伟", **WANG}, {"name": "王伟", **WANG})
        log = pair.partner_a_id._hcrm_merge(pair.partner_b_id, "test")
        self.assertRecordValues(pair, [{"state": "merged", "closed_by_log_id": log.id}])
        self.assertEqual(self.duplicates._find(), 0)
        with self.assertRaises(UserError):
            pair.action_mark_different()
        log.action_undo()
        self.assertEqual(pair.state, "open")

    def test_decisions_move_on_with_a_merge(self):
        """Given B and C are two persons, B merged into A: A and C are two persons too."""
        a, b, c, d = (self._person("王伟") for _n in range(4))
        different = self.duplicates._propose(b | c)
        different.action_mark_different()
        self.duplicates._propose(b | d)
        log = a._hcrm_merge(b, "test")
        carried = self.duplicates.search([("partner_a_id", "=", a.id)])
        carried = carried.sorted(lambda pair: pair.partner_b_id.id)
        self.assertRecordValues(
            carried,
            [
                {"partner_b_id": c.id, "state": "different"},
                {"partner_b_id": d.id, "state": "open"},
            ],
        )
        log.action_undo()
        self.assertFalse(carried.exists())
        known = self.duplicates.search([("partner_a_id", "=", b.id)], order="id")
        self.assertEqual(known.mapped("state"), ["different", "open"])

    def test_the_button(self):
        self._person("王伟", **WANG)
        self._person("王伟", **WANG)
        self.env["ir.config_parameter"].set_param(WATERMARK, False)
        action = self.duplicates.with_user(self.users["service_manager"]).action_find()
        self.assertIn("1 possible", action["params"]["message"])
