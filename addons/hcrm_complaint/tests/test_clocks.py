import random
from datetime import date, datetime, timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ComplaintCase

#: 1 to 8 October 2025 were off, Saturday 11 and Sunday 28 September were worked.
HOLIDAY = (date(2025, 10, 1), date(2025, 10, 8))
MADE_UP = (date(2025, 9, 28), date(2025, 10, 11))


@tagged("post_install", "-at_install")
class TestClocks(ComplaintCase):
    """When which duty is due, and why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.company.resource_calendar_id
        cls.calendar.tz = "Asia/Shanghai"
        cls.office.regulation_id = cls.env.ref("hcrm_complaint.regulation_cn_standard")
        cls.env["resource.calendar.leaves"].create(
            {
                "name": "国庆节",
                "calendar_id": cls.calendar.id,
                "date_from": datetime(2025, 9, 30, 16),
                "date_to": datetime(2025, 10, 8, 15, 59, 59),
            }
        )
        days = cls.env["hcrm.makeup.day"]
        for day in MADE_UP:
            if not days.search([("date", "=", day)]):
                days.create({"date": day, "name": "国庆节"})

    def _at(self, *when):
        """Return the cases as the system saw them at a UTC moment."""
        return self.cases.sudo().with_context(hcrm_complaint_at=datetime(*when))

    def _received(self, *when, **values):
        request = {"kind": "complaint", "channel": "visit", "text": "等太久", "is_history": True}
        return self._at(*when)._take_in(
            [{**request, "received_at": datetime(*when), "partner_id": self.wang.id, **values}]
        )

    def _due(self, case, duty="answer"):
        clock = case.clock_ids.filtered(lambda one: one.duty == duty)[-1:]
        return str(self.calendar._hcrm_local_date(clock.due_at))

    def test_the_published_vectors(self):
        case = self._received(2025, 9, 29, 2)
        self.assertEqual(self._due(case), "2025-10-13")
        case.situation = "departments"
        self.assertEqual(self._due(case), "2025-10-20")

    def test_late_in_the_evening_it_is_the_next_day_in_china(self):
        self.assertEqual(self._due(self._received(2025, 9, 28, 17)), "2025-10-13")

    def test_a_pause_adds_the_working_days_waited(self):
        case = self._received(2025, 9, 29, 2)
        self._at(2025, 9, 30, 2).browse(case.id)._stop_clocks("等病历")
        with self.assertRaises(UserError):
            self._at(2025, 9, 30, 3).browse(case.id)._stop_clocks("again")
        self.assertEqual(case.clock_color if case.next_due_at else "none", "waiting")
        self._at(2025, 10, 10, 2).browse(case.id)._restart_clocks()
        # 9 and 10 October were waited
        self.assertEqual(self._due(case), "2025-10-15")
        self.assertFalse(case.waiting_since)

    def test_met_late_and_where_the_time_went(self):
        case = self._received(2025, 9, 29, 2)
        self._at(2025, 9, 29, 3).browse(case.id)._move("accepted")
        self._at(2025, 10, 15, 2).browse(case.id)._move("answered")
        answer = case.clock_ids.filtered(lambda one: one.duty == "answer")
        self.assertRecordValues(answer, [{"state": "late", "is_breached": True}])
        self.assertIn(self.office.name, answer.breach_text)
        self.assertIn("国庆节", answer.explanation)
        received = case.clock_ids.filtered(lambda one: one.duty == "acknowledge")
        self.assertEqual(received.state, "met")
        self.assertEqual(case.clock_ids.filtered(lambda one: one.duty == "close").state, "running")

    def test_a_chinese_clerk_reads_no_english_word(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["hcrm_complaint"], ["zh_CN"])
        case = self._received(2025, 9, 29, 2)
        self._at(2025, 9, 30, 2).browse(case.id)._stop_clocks("等病历")
        self._at(2025, 10, 10, 2).browse(case.id)._restart_clocks()
        self._at(2025, 10, 20, 2).browse(case.id)._move("accepted")
        self._at(2025, 10, 22, 2).browse(case.id)._move("answered")
        self.office.with_context(lang="zh_CN").name = "投诉办"
        clock = case.clock_ids.filtered(lambda one: one.duty == "answer")
        for told in (clock, clock.with_context(lang="zh_CN")):
            told.invalidate_recordset(["explanation", "breach_text"])
        words = clock.with_context(lang="zh_CN")
        text = f"{words.explanation} {words.breach_text}"
        self.assertIn("投诉办", text)
        self.assertNotRegex(text, "[A-Za-z]")

    def test_closing_ends_what_still_runs(self):
        case = self._received(2025, 9, 29, 2)
        self._at(2025, 9, 29, 3).browse(case.id)._move("refused")
        states = {clock.duty: clock.state for clock in case.clock_ids}
        self.assertEqual(states, {"acknowledge": "met", "answer": "ended"})
        self.assertFalse(case.next_due_at)

    def test_months_and_days_of_other_laws(self):
        self.office.regulation_id = self.env.ref("hcrm_complaint.regulation_nhs_england")
        self.assertEqual(self._due(self._received(2025, 8, 30, 2)), "2026-02-28")
        self.office.regulation_id = self.env.ref("hcrm_complaint.regulation_us_cms")
        self.assertEqual(self._due(self._received(2025, 9, 29, 2)), "2025-10-06")

    def test_an_own_pack_is_never_looser_than_the_law(self):
        own = self.env.ref("hcrm_complaint.clock_cn_standard_complex")
        own.amount = 3
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            own.regulation_id.clock_ids = [Command.update(own.id, {"amount": 6})]
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            own.amount = 7

    def test_no_way_round_the_law(self):
        """A pack is compared by what would hold for a case, not line by line."""
        law = self.env.ref("hcrm_complaint.regulation_cn_2019")
        good = {"name": "答复", "duty": "answer", "amount": 5, "unit": "working_days"}
        pack = self.env["hcrm.regulation"].create(
            {"name": "本院", "code": "own", "law_id": law.id, "clock_ids": [Command.create(good)]}
        )
        own = pack.clock_ids
        for wrong in (
            {"amount": 6},  # general, the law speaks of two situations
            {"starts_on": "accepted"},
            {"unit": "months"},
        ):
            with (
                self.subTest(wrong),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                own.write(wrong)
        self.env.ref("hcrm_complaint.regulation_cn_standard").law_id = False
        own.may_pause = False
        law.clock_ids.may_pause = False
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            own.may_pause = True

    def test_a_time_by_which_was_counted_stays(self):
        case = self._received(2025, 9, 29, 2)
        limit = case.clock_ids.rule_id[:1]
        with self.assertRaises(UserError), self.env.cr.savepoint():
            limit.unlink()

    def test_what_a_pack_does_not_say_the_law_says(self):
        law = self.env.ref("hcrm_complaint.regulation_cn_2019")
        self.office.regulation_id = self.env["hcrm.regulation"].create(
            {
                "name": "本院",
                "code": "own",
                "law_id": law.id,
                "clock_ids": [Command.create({"name": "受理", "duty": "acknowledge"})],
            }
        )
        case = self._received(2025, 9, 29, 2)
        self.assertEqual(set(case.clock_ids.mapped("duty")), {"acknowledge", "answer"})
        self.assertEqual(self._due(case), "2025-10-13")
        case.situation = "departments"
        self.assertEqual(self._due(case), "2025-10-20")

    def test_five_years_beside_an_independent_library(self):
        """Working days of China's State Council, pauses included, from the library's own tables."""
        import chinese_calendar  # noqa: PLC0415

        from ..tools import clocks  # noqa: PLC0415

        zone = self.calendar._hcrm_zone()
        first, last = date(2021, 1, 1), date(2025, 12, 31)
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        workdays = [day for day in span if chinese_calendar.is_workday(day)]
        dice = random.Random(6)
        for _turn in range(400):
            start = dice.choice(span[:-120])
            amount, since = dice.randint(1, 15), dice.randint(0, 6)
            length = dice.randint(0, 12)
            begin = datetime(start.year, start.month, start.day, dice.randint(0, 15))
            since = begin + timedelta(days=since)
            until = since + timedelta(days=length)
            waited = clocks.waited(since, until, clocks.WORKING_DAYS, zone, workdays)
            due = clocks.due(begin, amount, clocks.WORKING_DAYS, zone, workdays, waited)
            self.assertEqual(
                clocks.local_day(due, zone), self._walk(start, amount, since, until, zone)
            )

    def _walk(self, day, amount, since, until, zone):
        """Count day by day, as a clerk would: a day that was waited does not count."""
        import chinese_calendar  # noqa: PLC0415

        from ..tools import clocks  # noqa: PLC0415

        since, until = clocks.local_day(since, zone), clocks.local_day(until, zone)
        waited, probe = 0, since
        while probe < until:
            probe += timedelta(days=1)
            waited += chinese_calendar.is_workday(probe)
        left = amount + waited
        while left:
            day += timedelta(days=1)
            left -= chinese_calendar.is_workday(day)
        return day
