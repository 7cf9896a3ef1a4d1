from datetime import datetime

from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestHospital(ComplaintCase):
    """What intake keeps in memory of a hospital follows every change at once."""

    def _get_answer_days(self):
        clock = self._complain().clock_ids.filtered(lambda one: one.duty == "answer")
        return clock.amount, clock.unit

    def test_another_pack_and_a_changed_time(self):
        own = self.env.ref("hcrm_complaint.regulation_cn_2019").copy(
            {"code": "T-own", "name": "Own times"}
        )
        before = self._get_answer_days()
        self.office.regulation_id = own
        self.assertEqual(self._get_answer_days(), before)
        limits = own.clock_ids.filtered(lambda one: one.duty == "answer")
        limits.write({"amount": 3})
        self.assertEqual(self._get_answer_days()[0], 3)

    def test_the_country_chooses_the_law(self):
        def get_laws():
            return self._complain().clock_ids.rule_id.regulation_id.country_id.mapped("code")

        self.company.country_id = self.env.ref("base.us")
        self.assertEqual(get_laws(), ["US"])
        self.company.partner_id.country_id = self.env.ref("base.cn")
        self.assertEqual(get_laws(), ["CN"])

    def test_the_signature(self):
        gateway = self.env["hcrm.gateway"].search(
            [("channel", "=", "sms"), ("company_id", "=", self.company.id)], limit=1
        ) or self.env["hcrm.gateway"].create(
            {"name": "SMS", "channel": "sms", "company_id": self.company.id}
        )
        for name in ("仁和医院", "仁和总院"):
            gateway.signature = name
            self.assertIn(f"【{name}】", self._get_words(self._complain()))

    def test_the_zone_decides_the_year(self):
        calendar = self.company.resource_calendar_id
        noon = datetime(2026, 12, 31, 12)
        at = self.env["hcrm.complaint"].with_context(hcrm_complaint_at=noon)
        for zone, year in (("Pacific/Kiritimati", "2027"), ("Pacific/Pago_Pago", "2026")):
            calendar.tz = zone
            [number] = at._take_in([self._say()]).mapped("intake_number")
            self.assertEqual(year[2:], number[1:3])

    def _say(self):
        return {"kind": "inquiry", "channel": "web", "text": "?", "is_anonymous": True}

    def _get_words(self, case):
        return (
            self.env["hcrm.communication"]
            .search([("res_model", "=", case._name), ("res_id", "=", case.id)])
            .sudo()
            .body_stored
        )

    def test_one_case_asks_little(self):
        """One by one on the telephone, hundreds in an import: nothing is read again that stays."""
        self._complain()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(26):
            self._complain(patient_id=self.wang.id)
            self.env.flush_all()
