from datetime import date, datetime

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import HcrmCommon

TODAY = date(2026, 3, 20)


@tagged("post_install", "-at_install")
class TestKindIncome(HcrmCommon):
    """What kinds and organisations bring in, counted from the bills, never of few persons."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        corporate = cls.env.ref("hcrm_base.kind_corporate")
        cls.client = cls._person("云帆软件", kind_ids=[corporate.id], is_company=True)
        allied = cls.env.ref("hcrm_base.kind_allied")
        cls.allied = cls._person("翠苑", kind_ids=[allied.id], is_company=True)
        cls.income = cls.env["hcrm.kind.income"]

    def _match(self, name, organisation):
        """Somebody said which organisation a name means."""
        self.env["hcrm.organisation.name"].create({"name": name, "partner_id": organisation.id})

    def _bills(
        self, count, *, amount=100, at=datetime(2026, 3, 2, 2), employer=False, payer=False, **visit
    ):
        persons = self.env["res.partner"].create(
            [
                {"name": f"P{i}", "kind_ids": [self.patient_kind.id], "employer": employer}
                for i in range(count)
            ]
        )
        visits = self.env["hcrm.encounter"].create(
            [{"partner_id": person.id, "started_at": at, **visit} for person in persons]
        )
        self.env["hcrm.charge"].create(
            [
                {
                    "partner_id": visit.partner_id.id,
                    "encounter_id": visit.id,
                    "charged_at": at,
                    "item_code": "x",
                    "item_name": "x",
                    "list_amount": amount + 20,
                    "paid_amount": amount,
                    "payer": payer,
                }
                for visit in visits
                for _line in range(2)
            ]
        )
        return visits

    def _of(self, organisation=False, kind=None):
        domain = [("partner_id", "=", organisation and organisation.id)]
        if kind:
            domain.append(("kind_id", "=", kind.id))
        return self.income.search([*domain, ("month", "=", "2026-03-01")])

    def test_persons_and_employers(self):
        """Given check-ups of twelve employees, kind and employer brought the same money."""
        self._match("云帆软件", self.client)
        self._bills(12, employer="云帆软件", encounter_class="examination")
        self._bills(1, amount=5000, employer="云帆软件", encounter_class="outpatient")
        self.income._refresh(TODAY)
        self.assertRecordValues(
            self._of(self.client),
            [{"person_count": 12, "encounter_count": 12, "amount": 2400, "list_amount": 2880}],
        )
        self.assertRecordValues(self._of(kind=self.patient_kind), [{"person_count": 13}])

    def test_namesakes_do_not_share(self):
        """Given two organisations of one name, the bills count for the one that is meant."""
        namesake = self.client.copy({"name": "云帆软件"})
        self._match("云帆软件", namesake)
        self._bills(12, employer="云帆软件", encounter_class="examination")
        self._bills(12, payer="云帆软件")
        self.income._refresh(TODAY)
        self.assertFalse(self._of(self.client))
        self.assertRecordValues(self._of(namesake), [{"person_count": 24}])

    def test_a_name_that_nobody_matched(self):
        """A name alone proves nothing."""
        self._bills(12, employer="云帆软件", encounter_class="examination")
        self.income._refresh(TODAY)
        self.assertFalse(self._of(self.client))

    def test_few_persons_are_not_shown(self):
        self._match("云帆软件", self.client)
        self._bills(9, employer="云帆软件", encounter_class="examination")
        self.income._refresh(TODAY)
        self.assertFalse(self._of(self.client))
        self.assertFalse(self._of(kind=self.patient_kind))

    def test_a_bill_counts_once_for_an_organisation(self):
        """Given somebody was sent twice by the same institution, the bill counts once."""
        visits = self._bills(10)
        for _twice in range(2):
            self.env["hcrm.referral"].create(
                [
                    {
                        "partner_id": self.allied.id,
                        "person_id": visit.partner_id.id,
                        "encounter_id": visit.id,
                    }
                    for visit in visits
                ]
            )
        self.income._refresh(TODAY)
        self.assertRecordValues(self._of(self.allied), [{"amount": 2000}])

    def test_month_is_the_hospitals_and_refresh_repeats(self):
        """28 February 17:00 UTC is March in Shanghai; refreshed twice nothing doubles."""
        self._bills(10, at=datetime(2026, 2, 28, 17))
        self.income._refresh(TODAY)
        self.income._refresh(TODAY)
        self.assertRecordValues(self._of(kind=self.patient_kind), [{"amount": 2000}])

    def test_who_may_read(self):
        for role in ("officer", "marketing", "doctor", "hcrm_admin"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.income.with_user(self.users[role]).search([])
        self.income.with_user(self.users["leader"]).search([])
