from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ComplaintCase


class FocusCase(ComplaintCase):
    """Cases of two departments with encounters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.focus = cls.env["hcrm.complaint.focus"]
        cls.actions = cls.env["hcrm.complaint.action"]
        cls.delay = cls.env.ref("hcrm_complaint.hcat_processes_delay_access")
        cls.ignoring = cls.env.ref("hcrm_complaint.hcat_listening_ignoring")
        cls.cases.search([]).active = False
        cls.today = fields.Date.today()
        cls.day = cls.today.replace(day=1) - relativedelta(months=2) + timedelta(days=14)

    @classmethod
    def _year(cls, department, count, category, day=None):
        """Return cases of one department, coded, of one day."""
        requests = [
            {
                "kind": "complaint",
                "channel": "visit",
                "text": "等了很久",
                "department_id": department.id,
                "received_at": fields.Datetime.to_datetime(day or cls.day)
                + timedelta(hours=number),
                "is_anonymous": True,
                "is_history": True,
            }
            for number in range(count)
        ]
        cases = cls.cases._take_in(requests)
        cls.env["hcrm.complaint.problem"].create(
            [{"complaint_id": case.id, "category_id": category.id} for case in cases]
        )
        return cases

    @classmethod
    def _visits(cls, department, count, day=None):
        at = fields.Datetime.to_datetime(day or cls.day)
        cls.env["hcrm.encounter"].create(
            [
                {"partner_id": cls.wang.id, "department_id": department.id, "started_at": at}
                for _number in range(count)
            ]
        )

    def _ask(self, role="officer", **options):
        return self.focus.with_user(self.users[role]).get_focus(options)


@tagged("post_install", "-at_install")
class TestFocus(FocusCase):
    """Where complaints come from."""

    def test_causes_departments_and_months(self):
        self._year(self.cardiology, 8, self.delay)
        self._year(self.oncology, 2, self.ignoring)
        self._visits(self.cardiology, 40)
        focus = self._ask(level="problem")
        bars = [(bar["id"], bar["count"], bar["is_vital"]) for bar in focus["bars"]]
        self.assertEqual(bars, [(self.delay.id, 8, True), (self.ignoring.id, 2, False)])
        rows = {row["id"]: row for row in focus["departments"]}
        self.assertAlmostEqual(rows[self.cardiology.id]["rate"], 200.0)
        self.assertLess(rows[self.cardiology.id]["low"], 200.0)
        self.assertIsNone(rows[self.oncology.id]["rate"])
        month = fields.Date.to_string(self.day.replace(day=1))
        point = next(point for point in focus["chart"] if point["key"] == month)
        self.assertEqual((point["cases"], point["encounters"]), (10, 40))
        self.assertEqual(len(focus["chart"]), 12)
        self.assertEqual(focus["total"], {"cases": 10, "coded": 10, "encounters": 40})

    def test_each_figure_leads_to_its_rows(self):
        self._year(self.cardiology, 3, self.delay)
        self._year(self.oncology, 2, self.ignoring)
        for options in ({}, {"category_id": self.delay.parent_id.id}, {"level": "own"}):
            focus = self._ask(**options)
            office = self.env(user=self.users["officer"])
            for model, part, count in (
                ("hcrm.complaint.problem", "bars", "count"),
                ("hcrm.complaint", "departments", "cases"),
                ("hcrm.complaint", "chart", "cases"),
            ):
                for row in focus[part]:
                    found = office[model].search_count(row["domain"])
                    self.assertEqual(found, row[count], (options, part, row["key"]))

    def test_leaders_get_no_small_counts_and_no_way_to_them(self):
        self._year(self.cardiology, 25, self.delay)
        self._year(self.oncology, 3, self.ignoring)
        focus = self._ask("leader", months=24, level="problem", department_id=self.oncology.id)
        self.assertEqual(focus["options"]["months"], 12)
        counts = [row["cases"] for row in focus["departments"]]
        counts += [bar["count"] for bar in focus["bars"]]
        counts += [point["cases"] for point in focus["chart"] if point["cases"] is not None]
        self.assertTrue(counts)
        self.assertGreaterEqual(min(counts), 10)
        self.assertFalse(28 in counts and 25 in counts, "the three could be computed back")
        for part in ("bars", "departments", "chart"):
            self.assertFalse(any(row["domain"] for row in focus[part]))

    def test_the_middle_of_leaders_is_that_of_all_months(self):
        self._year(self.cardiology, 12, self.delay)
        other = self.day - relativedelta(months=3)
        self._year(self.cardiology, 2, self.delay, other)
        self._year(self.cardiology, 9, self.delay, other - relativedelta(months=2))
        for day in (self.day, other, other - relativedelta(months=2)):
            self._visits(self.cardiology, 20, day)
        chart, exact = self._ask("leader")["chart"], self._ask()["chart"]
        self.assertAlmostEqual(chart[0]["center"], exact[0]["center"])
        self.assertEqual([point["cases"] for point in chart if point["cases"]], [12])

    def test_nothing_is_told_of_a_handful(self):
        self._year(self.cardiology, 6, self.delay)
        self._visits(self.cardiology, 20)
        focus = self._ask("leader")
        self.assertEqual((focus["chart"], focus["bars"], focus["departments"]), ([], [], []))
        self.assertIsNone(focus["total"]["cases"])

    def test_who_it_is_about_does_not_count_it(self):
        head = self.users["department_head"]
        cases = self._year(self.cardiology, 4, self.delay)
        cases._move("accepted")
        self.assertEqual(self._ask("department_head")["total"]["cases"], 4)
        self.env["hcrm.complaint.staff"].create(
            {"complaint_id": cases[0].id, "employee_id": head.employee_ids.id, "told_name": "主任"}
        )
        focus = self._ask("department_head")
        self.assertEqual(focus["total"]["cases"], 3)
        self.assertEqual(sum(bar["count"] for bar in focus["bars"]), 3)

    def test_others_are_refused(self):
        for role in ("nurse", "analyst", "marketing", "hcrm_admin"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._ask(role)

    def test_as_many_statements_for_many_cases(self):
        self._year(self.cardiology, 1, self.delay)
        self._ask()
        self.env.invalidate_all()
        with _Statements(self.env.cr) as few:
            self._ask()
        self._year(self.cardiology, 40, self.delay)
        self._year(self.oncology, 10, self.ignoring)
        self.env.invalidate_all()
        with _Statements(self.env.cr) as many:
            self._ask()
        self.assertLessEqual(many.count, few.count + 3)


class _Statements:
    def __init__(self, cursor):
        self.cursor = cursor

    def __enter__(self):
        self.begin = self.cursor.sql_log_count
        return self

    def __exit__(self, *_error):
        self.count = self.cursor.sql_log_count - self.begin


@tagged("post_install", "-at_install")
class TestAction(FocusCase):
    """A corrective action and its effect."""

    def _act(self, days_ago=100, **values):
        action = self.actions.create(
            {
                "name": "周一加开窗口",
                "user_id": self.users["officer"].id,
                "due_date": self.today,
                "category_id": self.delay.parent_id.id,
                "department_id": self.cardiology.id,
                **values,
            }
        )
        with freeze_time(self.today - timedelta(days=days_ago)):
            action.action_finish()
        return action

    def _around(self, before, after, visits=1000):
        earlier, later = (self.today - timedelta(days=days) for days in (150, 50))
        self._year(self.cardiology, before, self.delay, earlier)
        self._year(self.cardiology, after, self.delay, later)
        for day in (earlier, later):
            self._visits(self.cardiology, visits, day)

    def test_it_worked(self):
        self._around(40, 8, 300)
        action = self._act().with_user(self.users["service_manager"])
        action.action_measure()
        self.assertEqual(action.verdict, "better")
        self.assertEqual((action.before_count, action.after_count), (40, 8))
        self.assertIn("0.20", action.effect_text)

    def test_too_few_cases_to_tell(self):
        self._around(3, 0, 10)
        action = self._act()
        action.action_measure()
        self.assertEqual(action.verdict, "too_few")
        self.assertIn("would prove nothing", action.effect_text)

    def test_others_do_not_count(self):
        self._around(6, 6, 10)
        day = self.today - timedelta(days=50)
        self._year(self.oncology, 30, self.delay, day)
        self._year(self.cardiology, 30, self.ignoring, day)
        action = self._act()
        action._measure()
        self.assertEqual((action.before_count, action.after_count), (6, 6))
        self.assertEqual(action.verdict, "unclear")

    def test_not_too_early_and_not_undone(self):
        action = self._act(days_ago=5)
        with self.assertRaises(UserError):
            action.action_measure()
        with self.assertRaises(UserError):
            action.action_begin()
        planned = self.actions.create({"name": "a", "due_date": self.today})
        with self.assertRaises(UserError):
            planned.action_measure()

    def test_it_is_on_the_list_of_who_carries_it_out(self):
        action = self.actions.create(
            {"name": "b", "due_date": self.today, "user_id": self.users["department_head"].id}
        )
        self.assertEqual(action.activity_ids.user_id, self.users["department_head"])
        mine = action.with_user(self.users["department_head"])
        mine.action_begin()
        mine.action_finish()
        self.assertFalse(action.activity_ids)
        with self.assertRaises(AccessError):
            mine.read(["before_count"])
        with self.assertRaises(AccessError):
            mine.verdict = "better"
        with self.assertRaises(AccessError):
            action.with_user(self.oncology_head).read(["name"])
        with self.assertRaises(AccessError):
            action.with_user(self.users["leader"]).read(["name"])

    def test_leaders_read_the_verdict_without_figures(self):
        self._around(40, 8, 300)
        self._act()._measure()
        row = self._ask("leader")["actions"][0]
        self.assertEqual(row["verdict_code"], "better")
        self.assertFalse({"before_count", "after_count", "effect_text"} & row.keys())

    def test_the_job_measures_what_is_ripe(self):
        ripe, fresh = self._act(), self._act(days_ago=3)
        self.actions._cron_measure()
        self.assertTrue(ripe.measured_at)
        self.assertFalse(fresh.measured_at)
