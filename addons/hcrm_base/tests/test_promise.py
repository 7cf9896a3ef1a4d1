from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HcrmCommon

NOW = datetime(2026, 3, 20, 4, 0)


@tagged("post_install", "-at_install")
class TestPromise(HcrmCommon):
    """A promise is made on records, kept or broken by records, and told as it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        few = "odoo.addons.hcrm_base.models.hcrm_promise_measure_mixin.TOLD_FROM"
        cls.startClassPatcher(patch(few, 0))  # else each test would need ten visits
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.person = cls._person()
        cls.promise = cls._promise()

    @classmethod
    def _promise(cls, **vals):
        return cls.env["hcrm.promise"].create(
            {
                "name": "Seen within 30 minutes",
                "commitment": "30 minutes",
                "remedy": "We explain",
                "clock_id": cls.env.ref("hcrm_base.clock_waiting").id,
                "limit_value": 30,
                **vals,
            }
        )

    def _visits(self, waits, *, at=NOW, department=None, step=timedelta(hours=1)):
        """Create one visit for each wait in minutes; None: no end time."""
        self.env["hcrm.encounter"].create(
            [
                {
                    "partner_id": self.person.id,
                    "department_id": (department or self.cardiology).id,
                    "encounter_class": "outpatient",
                    "started_at": at - step * (number + 1),
                    "checked_in_at": at - step * (number + 1),
                    "seen_at": wait is not None
                    and at - step * (number + 1) + timedelta(minutes=wait),
                }
                for number, wait in enumerate(waits)
            ]
        )

    # measured
    def test_kept_broken_and_missing(self):
        """Given waits of 30 minutes, more, and none recorded, each is counted as what it is."""
        self._visits([5, 30, 31, None])
        self.promise._measure(NOW)
        self.assertRecordValues(
            self.promise,
            [{"kept_count": 2, "broken_count": 1, "missing_count": 1, "case_count": 3}],
        )
        self.assertAlmostEqual(self.promise.rate, 66.7, 1)

    def test_late_without_end(self):
        """Where a case without an end counts, it is broken once time is over, waiting before."""
        self.promise.clock_id.without_end = "late"
        self._visits([None, None], step=timedelta(minutes=20))  # 20 and 40 minutes ago
        self.promise._measure(NOW)
        self.assertRecordValues(self.promise, [{"waiting_count": 1, "broken_count": 1}])

    def test_other_hospitals_and_classes_do_not_count(self):
        """Given a visit elsewhere and a stay, neither is a case of this promise."""
        other = self.env["res.company"].create({"name": "Second hospital"})
        self._visits([5, 5])
        first, second = self.env["hcrm.encounter"].search(
            [("partner_id", "=", self.person.id)], limit=2
        )
        first.encounter_class = "inpatient"
        second.write({"department_id": False, "company_id": other.id})
        self.promise._measure(NOW)
        self.assertEqual(self.promise.case_count, 0)

    def test_a_department_and_those_below(self):
        """Given a promise of a department, visits of those below it count, others do not."""
        ward = self.env["hr.department"].create({"name": "W", "parent_id": self.cardiology.id})
        self.promise.department_id = self.cardiology
        self._visits([5], department=ward)
        self._visits([5, 5], department=self.oncology)
        self.promise._measure(NOW)
        self.assertEqual(self.promise.kept_count, 1)

    def test_working_days(self):
        """Given a Friday and one working day, Monday is in time and Tuesday is not."""
        friday = datetime(2026, 3, 13, 4, 0)
        clock = self.env["hcrm.promise.clock"].create(
            {
                "name": "Whole visit",
                "model_name": "hcrm.encounter",
                "start_path": "started_at",
                "end_path": "left_at",
            }
        )
        self.promise.write({"clock_id": clock.id, "limit_value": 1, "limit_unit": "workdays"})
        for left in (datetime(2026, 3, 16, 15, 59), datetime(2026, 3, 16, 16, 1)):
            self._encounter(self.person, self.cardiology, started_at=friday, left_at=left)
        self.promise._measure(NOW)
        self.assertRecordValues(self.promise, [{"kept_count": 1, "broken_count": 1}])

    def test_holidays_do_not_count(self):
        """Given Monday is a holiday, Tuesday is the first working day after Friday."""
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": datetime(2026, 3, 15, 16, 0),
                "date_to": datetime(2026, 3, 16, 16, 0),
            }
        )
        self.promise.write({"limit_value": 1, "limit_unit": "workdays"})
        last_days = self.promise._last_days(datetime(2026, 3, 13).date(), NOW.date())
        self.assertEqual(str(last_days[datetime(2026, 3, 13).date()]), "2026-03-17")

    def test_small_numbers_are_put_together(self):
        """Given nine cases in one department and more elsewhere, no row shows the nine alone."""
        self._visits([5] * 9, department=self.oncology, step=timedelta(minutes=10))
        self._visits([5] * 12, step=timedelta(minutes=10))
        self.promise._measure(NOW)
        self.assertRecordValues(self.promise.result_ids, [{"department_id": False, "total": 21}])

    def test_month_is_the_hospitals(self):
        """A visit of 1 March 00:30 in Shanghai belongs to March, though UTC says February."""
        self._visits([5] * 12, at=datetime(2026, 2, 28, 17, 0), step=timedelta(minutes=1))
        self.promise._measure(NOW)
        self.assertEqual(
            [str(month) for month in self.promise.result_ids.mapped("month")], ["2026-03-01"]
        )

    def test_measuring_again_changes_nothing(self):
        """Measured twice, there is one row a month."""
        self._visits([5] * 12)
        self.promise._measure(NOW)
        before = self.promise.result_ids.mapped("total")
        self.promise._measure(NOW)
        self.assertEqual(self.promise.result_ids.mapped("total"), before)

    def test_queries_do_not_grow(self):
        """Measuring takes as many statements for 60 visits as for 12."""
        counts = []
        self.promise._measure(NOW)
        for waits in ([5, 40] * 6, [5, 40] * 24):
            self._visits(waits, at=NOW - timedelta(hours=1), step=timedelta(minutes=5))
            self.env.flush_all()
            self.promise._measure(NOW)
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.promise._measure(NOW)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(*counts)

    # feasible
    def test_promising_too_much(self):
        """Given waits of mostly 40 minutes, half an hour is too much and a longer time is named."""
        self._visits([40] * 50 + [10] * 10, at=fields.Datetime.now())
        self.promise.action_check()
        self.assertEqual(self.promise.check_level, "bad")
        self.assertAlmostEqual(self.promise.safe_limit, 40, 0)
        self.assertIn("would not have been kept", self.promise.check_text)

    def test_no_records(self):
        """Given no visits, nothing can be said, and that is said."""
        self.promise.action_check()
        self.assertEqual(self.promise.check_level, "unknown")

    def test_changed_promise_is_asked_again(self):
        """Given a checked promise whose time is changed, the verdict is gone."""
        self._visits([5] * 40, at=fields.Datetime.now())
        self.promise.action_check()
        self.assertEqual(self.promise.check_level, "good")
        self.promise.with_user(self.users["service_manager"]).limit_value = 3
        self.assertFalse(self.promise.check_level)

    # life
    def test_way_to_the_public(self):
        """Given a promise that can be kept, manager, leader and manager bring it to the web."""
        self._visits([5] * 40, at=fields.Datetime.now())
        manager = self.promise.with_user(self.users["service_manager"])
        manager.action_submit()
        with self.assertRaises(AccessError):
            manager.action_approve()
        self.promise.with_user(self.users["leader"]).action_approve()
        manager.action_publish()
        [group] = [
            group
            for group in self.env["hcrm.promise"]._get_published()
            if group["hospital"] == self.company.name
        ]
        [told] = [row for row in group["promises"] if row["name"] == self.promise.name]
        self.assertEqual((told["rate"], told["cases"]), ("100.0 %", 40))

    def test_leader_needs_a_reason_against_the_records(self):
        """Given a verdict against it, approval without a reason is refused, with one is kept."""
        self._visits([50] * 40, at=fields.Datetime.now())
        self.promise.action_submit()
        leader = self.promise.with_user(self.users["leader"])
        with self.assertRaisesRegex(UserError, "speak against"):
            leader.action_approve()
        wizard = self.env["hcrm.promise.approval"].with_user(self.users["leader"])
        wizard.create(
            {"promise_id": self.promise.id, "reason": "two more doctors"}
        ).action_confirm()
        self.assertRecordValues(
            self.promise, [{"state": "approved", "override_reason": "two more doctors"}]
        )

    def test_state_and_figures_are_not_written(self):
        """Nobody writes state or rate by hand, whatever the role."""
        manager = self.promise.with_user(self.users["service_manager"])
        for vals in ({"state": "published"}, {"rate": 100.0}, {"check_level": "good"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                manager.write(vals)
        made = (
            self.env["hcrm.promise"]
            .with_user(self.users["analyst"])
            .create(
                {
                    "name": "Idea",
                    "commitment": "x",
                    "remedy": "x",
                    "clock_id": self.promise.clock_id.id,
                    "state": "published",
                    "rate": 99.0,
                }
            )
        )
        self.assertRecordValues(made, [{"state": "draft", "rate": 0.0}])

    def test_what_was_told_does_not_change(self):
        """Given an approved promise, its words and time stay as they are."""
        self.promise.sudo().state = "approved"
        with self.assertRaisesRegex(UserError, "its terms stay"):
            self.promise.with_user(self.users["service_manager"]).limit_value = 60

    def test_owner_hears_of_a_broken_promise_once(self):
        """Given a published promise kept too seldom, one activity; kept again, it is done."""
        self._visits([50] * 40, at=NOW, step=timedelta(minutes=10))
        self.promise.state = "published"
        self.promise._measure(NOW)
        self.promise._measure(NOW)
        self.assertEqual(len(self.promise.activity_ids), 1)
        self.env["hcrm.encounter"].search([("partner_id", "=", self.person.id)]).write(
            {"seen_at": False}
        )
        self._visits([1] * 40, at=NOW, step=timedelta(minutes=10))
        self.promise._measure(NOW)
        self.assertFalse(self.promise.activity_ids)

    def test_broken_cases_open_under_own_rights(self):
        """A nurse opens the broken visits; who may read no visits may not."""
        self._visits([50], at=fields.Datetime.now())
        action = self.promise.with_user(self.users["nurse"]).action_open_broken()
        found = self.env["hcrm.encounter"].search(action["domain"])
        self.assertEqual(found.partner_id, self.person)
        with self.assertRaises(AccessError):
            self.promise.with_user(self.users["marketing"]).action_open_broken()

    # clocks
    def test_wrong_clocks_are_refused(self):
        """A clock names stored dates of an existing record, and never sorts by person."""
        good = {
            "name": "x",
            "model_name": "hcrm.encounter",
            "start_path": "started_at",
            "end_path": "ended_at",
        }
        for wrong in (
            {"model_name": "hcrm.nothing"},
            {"start_path": "visit_number"},
            {"end_path": "partner_id.nothing"},
            {"domain": "[('partner_id', '=', 7)]"},
            {"domain": "[('diagnosis_ids.code', '=', 'C50')]"},
            {"domain": "import os"},
        ):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                self.env["hcrm.promise.clock"].create(good | wrong)

    def test_clock_behind_a_link(self):
        """Given a clock from the visit to its results, the link is followed."""
        self.promise.clock_id = self.env["hcrm.promise.clock"].create(
            {
                "name": "x",
                "model_name": "hcrm.observation",
                "start_path": "encounter_id.checked_in_at",
                "end_path": "observed_at",
            }
        )
        self._visits([5])
        visit = self.env["hcrm.encounter"].search([("partner_id", "=", self.person.id)])
        self.env["hcrm.observation"].create(
            {
                "partner_id": self.person.id,
                "encounter_id": visit.id,
                "code": "x",
                "name": "x",
                "observed_at": visit.checked_in_at + timedelta(minutes=29),
            }
        )
        self.promise._measure(NOW)
        self.assertEqual(self.promise.kept_count, 1)

    def test_a_clock_that_cannot_be_read_stops_no_other(self):
        """Given a clock whose record is gone, the promise says so and the next is measured."""
        broken = self._promise(clock_id=self.promise.clock_id.copy().id)
        self.env.cr.execute(
            "UPDATE hcrm_promise_clock SET model_name = 'gone' WHERE id = %s",
            [broken.clock_id.id],
        )
        self.env.invalidate_all()
        (broken | self.promise).state = "published"
        for promise in broken | self.promise:
            promise._measure_safely()
        self.assertIn("gone", broken.measure_error)
        self.assertFalse(self.promise.measure_error)

    @mute_logger("odoo.sql_db")
    def test_no_time_below_one(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.promise.limit_value = 0
            self.env.flush_all()
