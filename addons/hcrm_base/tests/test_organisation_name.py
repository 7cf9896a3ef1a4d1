from datetime import date, datetime

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HcrmCommon

TODAY = date(2026, 3, 20)


@tagged("post_install", "-at_install")
class TestOrganisationName(HcrmCommon):
    """Names in bills and files are matched to organisations by somebody, never by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.corporate = cls.env.ref("hcrm_base.kind_corporate")
        cls.client = cls._organisation("云帆软件（杭州）")
        cls.names = cls.env["hcrm.organisation.name"]
        cls.manager = cls.users["service_manager"]

    @classmethod
    def _organisation(cls, name, **vals):
        return cls._person(name, kind_ids=[cls.corporate.id], is_company=True, **vals)

    def _bills(self, payer, count=10, company=None, employer=False):
        persons = self.env["res.partner"].create(
            [
                {"name": f"P{i}", "kind_ids": [self.patient_kind.id], "employer": employer}
                for i in range(count)
            ]
        )
        company = company or self.company
        at = datetime(2026, 3, 2, 2)
        if employer:
            self.env["hcrm.encounter"].create(
                [
                    {"partner_id": one.id, "started_at": at, "encounter_class": "examination"}
                    for one in persons
                ]
            )
        self.env["hcrm.charge"].create(
            [
                {
                    "partner_id": person.id,
                    "company_id": company.id,
                    "charged_at": at,
                    "item_code": "x",
                    "item_name": "x",
                    "payer": payer,
                }
                for person in persons
            ]
        )

    def _collected(self, name):
        self.names._collect(TODAY)
        return self.names.search([("name", "=", name)])

    def test_unique_name_is_proposed_not_matched(self):
        """Given one organisation bears the name, brackets and spaces apart, it is proposed."""
        self._bills(" 云帆软件 (杭州)", 12)
        row = self._collected("云帆软件 (杭州)")
        self.assertRecordValues(
            row,
            [{"proposed_id": self.client.id, "partner_id": False, "state": "open",
              "person_count": 10, "namesake_count": 1}],
        )  # fmt: skip
        row.with_user(self.manager).action_accept()
        self.assertRecordValues(
            row,
            [{"partner_id": self.client.id, "state": "matched", "matched_by_id": self.manager.id}],
        )

    def test_namesakes_are_not_proposed(self):
        self._organisation("云帆软件（杭州）")
        self._bills("云帆软件（杭州）")
        row = self._collected("云帆软件（杭州）")
        self.assertRecordValues(row, [{"proposed_id": False, "namesake_count": 2}])
        row.with_user(self.manager).action_accept()
        self.assertEqual(row.state, "open", "nothing was proposed")

    def test_employers_are_names_too(self):
        self._bills(False, employer="宏达机械")
        self.assertEqual(self._collected("宏达机械").state, "open")

    def test_rare_names_stay_out(self):
        """A name of nine persons could be a person's own."""
        self._bills("张三", 9)
        self.assertFalse(self._collected("张三"))

    def test_what_was_decided_stays(self):
        """Given a decision, the next night changes none of it and adds no second row."""
        self._bills("城镇职工医保")
        row = self._collected("城镇职工医保")
        row.with_user(self.manager).action_other()
        self._bills("城镇职工医保", 20)
        self.assertEqual(self._collected("城镇职工医保"), row)
        self.assertRecordValues(row, [{"state": "other", "person_count": 30}])
        row.with_user(self.manager).action_reopen()
        self.assertEqual(row.state, "open")
        row.with_user(self.manager).partner_id = self.client
        self.assertRecordValues(row, [{"state": "matched", "is_other": False}])

    def test_each_hospital_decides_for_itself(self):
        other = self.env["res.company"].create({"name": "Second hospital"})
        self._bills("云帆软件（杭州）")
        self._bills("云帆软件（杭州）", company=other)
        rows = self._collected("云帆软件（杭州）")
        self.assertEqual(rows.company_id, self.company | other)
        self.assertEqual(
            len(self.names.with_user(self.manager).search([("id", "in", rows.ids)])), 1
        )

    def test_an_organisation_of_another_hospital(self):
        other = self.env["res.company"].create({"name": "Second hospital"})
        self.client.company_id = other
        self._bills("云帆软件（杭州）")
        row = self._collected("云帆软件（杭州）")
        self.assertFalse(row.proposed_id)
        with self.assertRaises(UserError):
            row.partner_id = self.client

    def test_persons_are_no_organisations(self):
        with self.assertRaisesRegex(UserError, "is a person"):
            self.names.create({"name": "x", "partner_id": self._person().id})

    def test_merged_organisation(self):
        """Given two entries of one organisation are merged, the name leads to the survivor."""
        double = self._organisation("云帆软件")
        row = self.names.create({"name": "云帆", "partner_id": double.id})
        self.client._hcrm_merge(double, "same organisation", force=True)
        self.assertEqual(row.partner_id, self.client)

    def test_counts_follow_merges(self):
        """Given two namesakes become one, and two again, the list says so at once."""
        double = self._organisation("云帆软件 (杭州)")
        self._bills("云帆软件（杭州）")
        row = self._collected("云帆软件（杭州）")
        self.assertRecordValues(row, [{"namesake_count": 2, "proposed_id": False}])
        log = self.client._hcrm_merge(double, "same organisation", force=True)
        self.assertRecordValues(row, [{"namesake_count": 1, "proposed_id": self.client.id}])
        log.action_undo()
        self.assertRecordValues(row, [{"namesake_count": 2, "proposed_id": False}])

    def test_a_namesake_of_today(self):
        """Given a second organisation of the name was added today, no proposal is taken."""
        self._bills("云帆软件（杭州）")
        row = self._collected("云帆软件（杭州）")
        self.assertEqual(row.proposed_id, self.client)
        self._organisation("云帆软件（杭州）")
        row.with_user(self.manager).action_accept()
        self.assertRecordValues(row, [{"state": "open", "namesake_count": 2}])

    def test_another_in_its_place(self):
        """Given the organisation that was shown has gone and another bears the name, ask again."""
        self._bills("云帆软件（杭州）")
        row = self._collected("云帆软件（杭州）")
        self.client.active = False
        successor = self._organisation("云帆软件（杭州）")
        row.with_user(self.manager).action_accept()
        self.assertRecordValues(row, [{"state": "open", "proposed_id": successor.id}])
        row.with_user(self.manager).action_accept()
        self.assertEqual(row.partner_id, successor)

    def test_typed_by_hand(self):
        """A name that somebody types is counted when it is saved."""
        row = self.names.with_user(self.manager).create({"name": "云帆软件(杭州)"})
        self.assertRecordValues(row, [{"namesake_count": 1, "proposed_id": self.client.id}])

    def test_no_longer_heard(self):
        """A name that no ten persons bear any more says none; what was decided stays."""
        self._bills("云帆软件（杭州）", 20)
        row = self._collected("云帆软件（杭州）")
        row.with_user(self.manager).action_accept()
        self.assertEqual(row.person_count, 20)
        self.names._collect(date(2027, 12, 20))
        self.assertRecordValues(row, [{"person_count": 0, "state": "matched"}])

    def test_who_works_it_off(self):
        for role in ("officer", "marketing", "doctor", "analyst", "vip_desk"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.names.with_user(self.users[role]).search([])
        row = self.names.create({"name": "x"})
        with self.assertRaises(AccessError):
            row.with_user(self.users["leader"]).action_other()
        with self.assertRaises(AccessError):
            row.with_user(self.manager).matched_at = datetime(2026, 1, 1)

    def test_statements_do_not_grow(self):
        """Collecting takes as many statements for many names as for one."""
        counts = []
        self.names._collect(TODAY)
        for start, names in ((0, 1), (1, 12)):
            for number in range(names):
                self._bills(f"单位{start + number}")
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.names._collect(TODAY)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    @mute_logger("odoo.sql_db")
    def test_a_name_once(self):
        self.names.create({"name": "x"})
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.names.create({"name": " x "})
