from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestAgreement(HcrmCommon):
    """Agreements run, run out, are renewed, and nobody forgets them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = cls._person(
            "云帆软件", kind_ids=[cls.env.ref("hcrm_base.kind_corporate").id], is_company=True
        )
        cls.today = fields.Date.context_today(cls.client)
        cls.manager = cls.users["service_manager"]

    def _agreement(self, days=30, **vals):
        ends_on = days is not None and self.today + timedelta(days=days)
        return self.env["hcrm.agreement"].create(
            {
                "name": "Check-ups",
                "partner_id": self.client.id,
                "starts_on": self.today - timedelta(days=300),
                "ends_on": ends_on,
                "state": "signed",
                "user_id": self.manager.id,
                **vals,
            }
        )

    def test_phases(self):
        """The phase follows from dates; the search agrees with what is shown."""
        expected = {
            "running": self._agreement(days=200),
            "expiring": self._agreement(days=30),
            "expired": self._agreement(days=-1),
            "coming": self._agreement(days=300, starts_on=self.today + timedelta(days=5)),
            "draft": self._agreement(state="draft"),
        }
        for phase, agreement in expected.items():
            with self.subTest(phase=phase):
                self.assertEqual(agreement.phase, phase)
                found = self.env["hcrm.agreement"].search(
                    [("phase", "=", phase), ("partner_id", "=", self.client.id)]
                )
                self.assertEqual(found, agreement)

    def test_one_that_renews_itself_does_not_run_out(self):
        self.assertEqual(self._agreement(days=-5, renews=True).phase, "running")
        self.assertEqual(self._agreement(days=None).phase, "running")

    def test_owner_is_reminded_once(self):
        """Given notice has begun, the owner gets one task, however often the job runs."""
        soon, later = self._agreement(days=30), self._agreement(days=90)
        for _run in range(2):
            self.env["hcrm.agreement"]._search_due(self.today)._remind()
        self.assertEqual(soon.activity_ids.user_id, self.manager)
        self.assertEqual(len(soon.activity_ids), 1)
        self.assertFalse(later.activity_ids)

    def test_a_new_end_is_reminded_anew(self):
        agreement = self._agreement(days=30)
        self.env["hcrm.agreement"]._search_due(self.today)._remind()
        agreement.ends_on = self.today + timedelta(days=45)
        self.env["hcrm.agreement"]._search_due(self.today)._remind()
        self.assertEqual(len(agreement.activity_ids), 2)

    def test_archived_owner(self):
        """Given the owner left, who looks after the organisation is reminded."""
        self.client.user_id = self.users["officer"]
        self.manager.active = False
        agreement = self._agreement(days=30)
        agreement._remind()
        self.assertEqual(agreement.activity_ids.user_id, self.users["officer"])

    def test_renewal(self):
        """The next term is as long, begins the day after, and the task is done."""
        agreement = self._agreement(days=30, starts_on=self.today - timedelta(days=334))
        agreement._remind()
        action = agreement.with_user(self.manager).action_renew()
        again = agreement.with_user(self.manager).action_renew()
        self.assertEqual(action["res_id"], again["res_id"], "two clicks, one next term")
        renewed = self.env["hcrm.agreement"].browse(action["res_id"])
        self.assertRecordValues(
            renewed,
            [
                {
                    "state": "draft",
                    "starts_on": self.today + timedelta(days=31),
                    "ends_on": self.today + timedelta(days=31 + 364),
                    "previous_id": agreement.id,
                }
            ],
        )
        self.assertFalse(agreement.activity_ids)

    def test_end_now(self):
        agreement = self._agreement(days=30)
        agreement.with_user(self.manager).action_end()
        self.assertRecordValues(agreement, [{"state": "ended", "ends_on": self.today}])
        with self.assertRaises(UserError):
            agreement.action_sign()

    def test_not_with_persons(self):
        with self.assertRaisesRegex(ValidationError, "choose an organisation"):
            self._agreement(partner_id=self._person().id)

    @mute_logger("odoo.sql_db")
    def test_end_before_begin(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._agreement(starts_on=date(2026, 5, 2), ends_on=date(2026, 5, 1))

    def test_officer_reads_only(self):
        agreement = self._agreement()
        officer = agreement.with_user(self.users["officer"])
        self.assertEqual(officer.name, "Check-ups")
        with self.assertRaises(AccessError):
            officer.action_end()

    def test_counts_are_batched(self):
        """The numbers on the form take as many queries for fifty organisations as for one."""
        clients = self.client | self.client.create(
            [
                {"name": f"C{i}", "kind_ids": self.client.kind_ids.ids, "is_company": True}
                for i in range(49)
            ]
        )
        self._agreement()
        counts = []
        clients.with_user(self.manager).mapped("agreement_count")
        for some in (clients[:1], clients):
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            some.with_user(self.manager).mapped("agreement_count")
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts)
