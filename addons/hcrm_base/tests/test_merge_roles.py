from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ROLES, HcrmCommon

MERGERS = {"service_manager", "integration"}


@tagged("post_install", "-at_install")
class TestMergeRoles(HcrmCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._person("张伟", phone="13800138000", birth_date="1980-01-02")
        cls.second = cls._person("张伟丽", phone="13900139000")
        cls.both = cls.first | cls.second
        cls._encounter(cls.first, cls.cardiology)
        cls._encounter(cls.second, cls.cardiology)
        cls.env["hcrm.identifier"].create(
            {"partner_id": cls.second.id, "system": "NNCHN", "value": "11010519491231002X"}
        )

    def _wizard(self, role, **context):
        wizards = self.env["hcrm.merge.wizard"].with_user(self.users[role])
        return Form(
            wizards.with_context(active_model="res.partner", active_ids=self.both.ids, **context)
        )

    def test_who_merges_and_undoes(self):
        for role in (*ROLES, "employee", "portal"):
            pair = self._person("甲") | self._person("乙")
            with self.subTest(role=role):
                if role in MERGERS:
                    wizard = self.env["hcrm.merge.wizard"].with_user(self.users[role])
                    wizard.create({"partner_ids": pair.ids, "reason": "test"}).action_merge()
                    log = wizard.env["hcrm.merge.log"].search([("absorbed_id", "in", pair.ids)])
                    self.assertEqual(log.user_id, self.users[role])
                    log.action_undo()
                    self.assertEqual(log.undone_by_id, self.users[role])
                else:
                    log = pair[0]._hcrm_merge(pair[1], "test")
                    with self.assertRaises(AccessError):
                        log.with_user(self.users[role]).action_undo()
                    with self.assertRaises(AccessError):
                        self.env["hcrm.merge.wizard"].with_user(self.users[role]).create(
                            {"partner_ids": pair.ids}
                        )

    def test_what_moved_is_nobodys_to_read(self):
        log = self.first._hcrm_merge(self.second, "test")
        for role in ("service_manager", "hcrm_admin", "integration"):
            fields = log.with_user(self.users[role]).fields_get()
            self.assertFalse({"moved", "changes"} & fields.keys())
            with self.assertRaises(AccessError):
                log.with_user(self.users[role]).read(["changes"])

    def test_clinical_rows_move_for_a_manager_who_cannot_read_them(self):
        observation = self.env["hcrm.observation"].create(
            {"partner_id": self.second.id, "code": "8480-6", "name": "Systolic"}
        )
        with self._wizard("service_manager") as form:
            form.survivor_id = self.first
        form.record.action_merge()
        self.assertEqual(observation.partner_id, self.first)

    def test_the_wizard_suggests_and_warns(self):
        self.env["hcrm.identifier"].create(
            {"partner_id": self.first.id, "system": "NNCHN", "value": "510108871125243"}
        )
        form = self._wizard("service_manager")
        self.assertEqual(form.survivor_id, self.first)
        self.assertTrue(form.has_conflict)
        form.save()
        with self.assertRaises(UserError):
            form.record.action_merge()
        form.is_confirmed = True
        form.save().action_merge()
        self.assertEqual(self.second.canonical_id, self.first)

    def test_masked_stays_masked(self):
        pair = self.env["hcrm.duplicate"]._propose(self.both)
        seen = {
            role: str(pair.with_user(self.users[role]).comparison)
            for role in ("officer", "nurse", "service_manager")
        }
        self.assertNotIn("13800138000", seen["officer"].replace(" ", "").replace("+86", ""))
        self.assertNotIn("11010519491231002X", seen["officer"])
        self.assertIn("110105********002X", seen["officer"])
        self.assertIn("13800138000", seen["nurse"].replace(" ", ""))
        self.assertIn("11010519491231002X", seen["service_manager"])
        self.assertIn("table-warning", seen["officer"], "differences are marked")

    def test_officers_and_nurses_propose(self):
        for role in ("officer", "nurse"):
            pair = self._person("甲") | self._person("乙")
            partners = pair.with_user(self.users[role])
            action = partners.action_propose_duplicates()
            proposed = self.env["hcrm.duplicate"].search(action["domain"])
            self.assertEqual(proposed.proposed_by_id, self.users[role])
            self.assertEqual(proposed.state, "open")
            for decide in ("action_merge", "action_mark_different"):
                with self.assertRaises(AccessError):
                    getattr(proposed.with_user(self.users[role]), decide)()
        self.both.marketing_allowed = True  # marketing reads them, and still does not propose
        with self.assertRaises(AccessError):
            self.both.with_user(self.users["marketing"]).action_propose_duplicates()

    def test_cores_merge_refuses_customers(self):
        plain = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        wizards = self.env["base.partner.merge.automatic.wizard"]
        with self.assertRaisesRegex(UserError, "Merge persons"):
            wizards._merge((plain[0] | self.first).ids)
        with self.assertRaisesRegex(UserError, "Merge persons"):
            wizards.with_context(active_model="res.partner", active_ids=self.both.ids).default_get(
                ["partner_ids"]
            )
        wizards._merge(plain.ids, plain[0])
        self.assertFalse(plain[1].exists())

    def test_cores_search_leaves_customers_out(self):
        self.both.email = "same@example.com"
        plain = self.env["res.partner"].create(
            [{"name": name, "email": "other@example.com"} for name in "AB"]
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({"group_by_email": True})
        wizard.action_start_manual_process()
        lines = wizard.line_ids.mapped("aggr_ids")
        self.assertIn(str(plain.ids), lines)
        self.assertFalse(
            [line for line in lines if str(self.first.id) in line.strip("[]").split(", ")]
        )
