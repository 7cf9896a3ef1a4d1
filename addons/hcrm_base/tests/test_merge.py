import time

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import HcrmCommon

ID_1980, ID_1949 = "110105198001020118", "11010519491231002X"


@tagged("post_install", "-at_install")
class TestMerge(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survivor = cls._person("张伟", phone="13800138000")
        cls.absorbed = cls._person("张伟丽", phone="13900139000", email="zwl@example.com")

    def _number(self, partner, value, system="MRN-A", **vals):
        return self.env["hcrm.identifier"].create(
            {"partner_id": partner.id, "system": system, "value": value, **vals}
        )

    def _relation(self, person, relative, relation="child"):
        return self.env["hcrm.relationship"].create(
            {"partner_id": person.id, "related_partner_id": relative.id, "relation": relation}
        )

    def test_facts_follow(self):
        encounter = self._encounter(self.absorbed, self.cardiology)
        charge = self.env["hcrm.charge"].create(
            {"partner_id": self.absorbed.id, "item_code": "1", "item_name": "Bed"}
        )
        self.survivor._hcrm_merge(self.absorbed, "same card")
        self.assertEqual(encounter.partner_id, self.survivor)
        self.assertEqual(charge.partner_id, self.survivor)
        self.assertEqual(self.survivor.served_department_ids, self.cardiology)
        self.assertEqual(self.absorbed.canonical_id, self.survivor)
        self.assertFalse(self.absorbed.active)
        self.assertTrue(self.absorbed.is_customer, "it stays behind the rules for customers")

    def test_the_survivor_wins_and_gaps_are_filled(self):
        self.survivor.write({"sex": "unknown", "street": "人民路 1", "marketing_allowed": True})
        self.absorbed.write(
            {
                "sex": "female",
                "birth_date": "1980-01-02",
                "city": "成都",
                "is_deceased": True,
                "marketing_allowed": False,
            }
        )
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertRecordValues(
            self.survivor.sudo(),
            [
                {
                    "name": "张伟",
                    "sex": "female",
                    "email": "zwl@example.com",
                    "city": False,
                    "is_deceased": True,
                    "phone_stored": "+8613800138000",
                    "phone_other_stored": "+8613900139000",
                    "marketing_allowed": False,
                }
            ],
        )
        self.assertEqual(str(self.survivor.birth_date), "1980-01-02")

    def test_kinds_are_united(self):
        resident = self.env.ref("hcrm_base.kind_resident")
        self.absorbed.kind_ids |= resident
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertEqual(self.survivor.kind_ids, self.patient_kind | resident)

    def test_the_old_number_finds_the_survivor(self):
        self._number(self.survivor, "1001")
        old = self._number(self.absorbed, "2002")
        other = self._number(self.absorbed, "77", system="MRN-B")
        self.survivor._hcrm_merge(self.absorbed, "A40")
        self.assertEqual(old.partner_id, self.survivor)
        self.assertEqual(old.use, "old")
        self.assertEqual(other.use, "usual", "still the only number of the other hospital")
        self.assertEqual(self.env["res.partner"].name_search("2002")[0][0], self.survivor.id)

    def test_equal_relations_stay_archived(self):
        child = self._person("张小")
        kept = self._relation(self.survivor, child)
        twin = self._relation(self.absorbed, child)
        moved = self._relation(child, self.absorbed, "parent")
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertTrue(kept.active)
        self.assertRecordValues(twin, [{"partner_id": self.absorbed.id, "active": False}])
        self.assertEqual(moved.related_partner_id, self.survivor)

    def test_nobody_becomes_the_own_relative(self):
        relation = self._relation(self.survivor, self.absorbed, "sibling")
        back = self._relation(self.absorbed, self.survivor, "sibling")
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertEqual((relation | back).mapped("active"), [False, False])
        self.assertEqual(relation.related_partner_id, self.absorbed)

    def test_core_rows_follow(self):
        follower = self.env.ref("base.partner_admin")
        self.absorbed.message_post(body="a note")
        message = self.absorbed.message_ids[0]
        for partner in (self.survivor, self.absorbed):
            partner.message_subscribe(follower.ids)
        activity = self.absorbed.activity_schedule(summary="call", user_id=self.env.uid)
        attachment = self.env["ir.attachment"].create(
            {"name": "card.txt", "res_model": "res.partner", "res_id": self.absorbed.id}
        )
        child = self.env["res.partner"].create({"name": "PO box", "parent_id": self.absorbed.id})
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertEqual(message.res_id, self.survivor.id)
        self.assertEqual(activity.res_id, self.survivor.id)
        self.assertEqual(attachment.res_id, self.survivor.id)
        self.assertEqual(child.commercial_partner_id, self.survivor.commercial_partner_id)
        self.assertIn(follower, self.survivor.message_partner_ids)
        self.assertIn(follower, self.absorbed.message_partner_ids, "an equal row stays")

    def test_later_rows_are_redirected(self):
        third = self._person("张三")
        self.survivor._hcrm_merge(self.absorbed, "test")
        third._hcrm_merge(self.survivor, "test")
        encounter = self._encounter(self.absorbed)
        self.assertEqual(encounter.partner_id, third, "along the chain of merges")
        encounter.partner_id = self.survivor
        self.assertEqual(encounter.partner_id, third)
        self.assertEqual(self._number(self.absorbed, "3").partner_id, third)
        self.assertEqual(self.absorbed._hcrm_canonical(), third)

    def test_repetitions_do_nothing(self):
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertFalse(self.survivor._hcrm_merge(self.absorbed, "again"))
        self.assertFalse(self.absorbed._hcrm_merge(self.survivor, "the other way round"))
        self.assertFalse(self.survivor._hcrm_merge(self.survivor, "into oneself"))

    def test_an_absorbed_person_stands_for_the_survivor(self):
        third = self._person("张三")
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.absorbed._hcrm_merge(third, "old number as the survivor")
        self.assertEqual(third.canonical_id, self.survivor)

    def test_several_at_once(self):
        third = self._person("张三")
        logs = self.survivor._hcrm_merge(self.absorbed | third, "test")
        self.assertEqual(logs.absorbed_id, self.absorbed | third)

    def test_persons_and_organisations_do_not_mix(self):
        firm = self._person("Firm", kind_ids=[self.env.ref("hcrm_base.kind_corporate").id])
        with self.assertRaisesRegex(UserError, "organisation"):
            self.survivor._hcrm_merge(firm, "test")

    def test_staff_are_not_absorbed(self):
        nurse = self.users["nurse"].partner_id
        with self.assertRaisesRegex(UserError, "belongs to a user"):
            self.survivor._hcrm_merge(nurse, "test")
        self.assertTrue(nurse._hcrm_merge(self.absorbed, "a nurse who was a patient"))

    def test_portal_logins_follow(self):
        portal = self.users["portal"]
        absorbed = portal.partner_id
        absorbed.kind_ids = self.patient_kind
        log = self.survivor._hcrm_merge(absorbed, "test")
        self.assertEqual(portal.partner_id, self.survivor)
        log.action_undo()
        self.assertEqual(portal.partner_id, absorbed)

    def test_a_contact_of_the_other_is_refused(self):
        self.absorbed.parent_id = self.survivor
        with self.assertRaisesRegex(UserError, "contact of the other"):
            self.survivor._hcrm_merge(self.absorbed, "test")

    def test_different_resident_ids_need_force(self):
        self._number(self.survivor, ID_1949, "NNCHN")
        self._number(self.absorbed, "510108871125243", "NNCHN")
        with self.assertRaisesRegex(UserError, "different valid resident IDs"):
            self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertTrue(self.survivor._hcrm_merge(self.absorbed, "A40", force=True))

    def test_hospitals_share_the_person(self):
        other = self.env["res.company"].create({"name": "Second hospital"})
        self.survivor.company_id = self.company
        self.absorbed.company_id = other
        self.survivor._hcrm_merge(self.absorbed, "test")
        self.assertFalse(self.survivor.company_id)

    def test_values_per_company_and_references_follow(self):
        """Links that are no plain column: written here, as no addon of the base has one."""
        server = self.env["ir.actions.server"].create(
            {
                "name": "About a person",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "code",
            }
        )
        self.env.cr.execute(
            SQL(
                "UPDATE ir_act_server SET resource_ref = %s WHERE id = %s",
                f"res.partner,{self.absorbed.id}",
                server.id,
            )
        )
        log = self.survivor._hcrm_merge(self.absorbed, "test")
        server.invalidate_recordset()
        self.assertEqual(server.resource_ref, self.survivor)
        log.action_undo()
        server.invalidate_recordset()
        self.assertEqual(server.resource_ref, self.absorbed)

    def test_late_rows_are_swept_and_undone_too(self):
        """A row that another transaction committed during the merge."""
        log = self.survivor._hcrm_merge(self.absorbed, "test")
        encounter = self._encounter(self.survivor)
        self.env.cr.execute(
            SQL(
                "UPDATE hcrm_encounter SET partner_id = %s WHERE id = %s",
                self.absorbed.id,
                encounter.id,
            )
        )
        encounter.invalidate_recordset()
        log._sweep()
        self.assertEqual(encounter.partner_id, self.survivor)
        self.assertEqual(len(log.child_ids), 1)
        log._sweep()
        self.assertEqual(len(log.child_ids), 1, "nothing is left to do")
        log.action_undo()
        self.assertEqual(encounter.partner_id, self.absorbed)
        self.assertEqual(log.child_ids.state, "undone")

    def test_the_log_is_kept(self):
        log = self.survivor._hcrm_merge(self.absorbed, "test")
        with self.assertRaises(UserError):
            log.unlink()
        with self.assertRaises(UserError):
            log.reason = "another"
        for statement in (
            "DELETE FROM hcrm_merge_log",
            "UPDATE hcrm_merge_log SET moved = '{}'",
            "TRUNCATE hcrm_merge_log CASCADE",
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
        log.sudo().changes = False
        self.env.flush_all()

    def test_the_cost_does_not_grow_with_the_facts(self):
        """One statement per table: 1 fact and 50 cost the same queries, 20,000 a second or so."""
        counts = []
        for size in (1, 50, 20000):
            absorbed = self._person(f"张{size}")
            self._observations(absorbed, size)
            before, start = self.env.cr.sql_log_count, time.monotonic()
            self.survivor._hcrm_merge(absorbed, "test")
            counts.append(self.env.cr.sql_log_count - before)
            self.assertLess(time.monotonic() - start, 10)
            self.assertFalse(
                self.env["hcrm.observation"].search_count([("partner_id", "=", absorbed.id)])
            )
        self.assertLessEqual(counts[1], counts[0])
        self.assertLessEqual(counts[2], counts[0])

    def _observations(self, partner, size):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO hcrm_observation (
                    partner_id, company_id, code, name, status, observed_at)
                SELECT %s, %s, '8480-6', 'Systolic', 'final', now() - minute * interval '1 minute'
                  FROM generate_series(1, %s) minute
                """,
                partner.id,
                self.company.id,
                size,
            )
        )
