from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestPromiseVersion(HcrmCommon):
    """What was published stays; a change is a new version with figures of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.person = cls._person()
        cls.manager, cls.leader = cls.users["service_manager"], cls.users["leader"]
        cls.service = cls.env["hcrm.service"].create({"name": "Clinic"})
        cls.clock = cls.env.ref("hcrm_base.clock_waiting").copy()
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.promise = cls.env["hcrm.promise"].create(
            {
                "name": "Seen in time",
                "commitment": "30 minutes",
                "remedy": "We explain",
                "clock_id": cls.clock.id,
                "limit_value": 30,
                "user_id": cls.manager.id,
                "service_ids": cls.service.ids,
            }
        )

    def _visits(self, waits, before):
        """Create visits at minutes before ``before``, with these waits in minutes."""
        starts = [before - timedelta(minutes=5 + number) for number in range(len(waits))]
        self.env["hcrm.encounter"].create(
            [
                {
                    "partner_id": self.person.id,
                    "department_id": self.cardiology.id,
                    "encounter_class": "outpatient",
                    "started_at": start,
                    "checked_in_at": start,
                    "seen_at": start + timedelta(minutes=wait),
                }
                for start, wait in zip(starts, waits, strict=True)
            ]
        )

    def _published(self, promise=None):
        promise = promise or self.promise
        promise.with_user(self.manager).action_submit()
        promise.with_user(self.leader).action_approve(override_reason="try it")
        promise.with_user(self.manager).action_publish()
        return promise

    def _next(self, promise, **vals):
        action = promise.with_user(self.manager).action_new_version()
        draft = self.env["hcrm.promise"].browse(action["res_id"])
        draft.with_user(self.manager).write(vals)
        return draft

    # frozen
    def test_terms_are_frozen(self):
        """Given a published promise, neither time, clock, services nor target change."""
        promise = self._published().with_user(self.manager)
        for vals in (
            {"limit_value": 60},
            {"clock_id": self.env.ref("hcrm_base.clock_visit").id},
            {"service_ids": []},
            {"target_rate": 10.0},
            {"remedy": "nothing"},
            {"department_id": self.oncology.id},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "new version"):
                promise.write(vals)
        promise.user_id = self.leader  # who looks after it may change

    def test_withdrawn_ones_stay_frozen(self):
        """Taken back from the public, it is not changed and told again: a new version is."""
        promise = self._published().with_user(self.manager)
        promise.action_withdraw()
        for call in (promise.action_redraft, promise.action_submit):
            with self.subTest(call=call.__name__), self.assertRaisesRegex(UserError, "version"):
                call()
        with self.assertRaisesRegex(UserError, "version"):
            promise.limit_value = 60

    def test_services_do_not_leave_by_the_other_side(self):
        self._published()
        with self.assertRaises(AccessError):
            self.service.with_user(self.manager).write({"promise_ids": []})
        with Form(self.service.with_user(self.manager)) as form:
            form.price = 20
        self.assertEqual(self.promise.service_ids, self.service)

    def test_clock_in_use_is_frozen(self):
        """Given a published promise, its clock reads what it read; its name may change."""
        self.clock.without_end = "late"
        self._published()
        for vals in ({"end_path": "left_at"}, {"without_end": "ignore"}, {"domain": "[]"}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "measured by"):
                self.clock.write(vals)
        self.clock.write({"name": "Waiting", "end_path": "seen_at", "active": False})

    def test_waiting_for_approval(self):
        """What leaders look at does not change meanwhile; back in draft it does."""
        promise = self.promise.with_user(self.manager)
        promise.action_submit()
        with self.assertRaisesRegex(UserError, "back to draft"):
            promise.limit_value = 3
        promise.action_redraft()
        promise.limit_value = 3

    # versions
    def test_new_version_replaces_the_old_one(self):
        """Given a new version is published, the old one is out of force and keeps its figures."""
        old = self._published()
        draft = self._next(old, limit_value=20)
        self.assertRecordValues(
            draft,
            [{"state": "draft", "version": 2, "previous_id": old.id, "case_count": 0,
              "service_ids": self.service.ids}],
        )  # fmt: skip
        self.assertEqual(old.state, "published", "in force until the new one is")
        self._published(draft)
        self.assertRecordValues(old, [{"state": "superseded", "limit_value": 30}])
        self.assertTrue(old.superseded_at)
        told = [row["name"] for row in self._told()]
        self.assertEqual(told.count(old.name), 1)

    def _told(self):
        return [
            row
            for group in self.env["hcrm.promise"]._get_published()
            if group["hospital"] == self.company.name
            for row in group["promises"]
        ]

    def test_one_next_version(self):
        old = self._published()
        self.assertEqual(self._next(old), self._next(old))

    def test_who_makes_versions(self):
        self._published()
        for role in ("analyst", "leader", "nurse"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.promise.with_user(self.users[role]).action_new_version()

    def test_series_are_not_mixed(self):
        """Given waits of 25 minutes before and after the change from 30 to 20 minutes, the old
        version counts the first as kept, the new one the others as broken, neither both."""
        change = self.now - timedelta(days=2)
        old = self._published()
        new = self._published(self._next(old, limit_value=20))
        old.write({"published_at": change - timedelta(days=60), "superseded_at": change})
        new.published_at = change
        self._visits([25] * 12, before=change)
        self._visits([25] * 15, before=self.now - timedelta(hours=1))
        (old | new).measured_at = False
        for promise in old | new:
            promise._measure()
        self.assertRecordValues(
            old | new,
            [
                {"kept_count": 12, "broken_count": 0, "rate": 100.0},
                {"kept_count": 0, "broken_count": 15, "rate": 0.0},
            ],
        )
        self.assertEqual(sum(old.result_ids.mapped("total")), 12)
        self.assertEqual(sum(new.result_ids.mapped("total")), 15)

    def test_history_stays(self):
        """Given a result of two years ago, measuring leaves it."""
        month = (self.now - timedelta(days=760)).date().replace(day=1)
        old = self.env["hcrm.promise.result"].create(
            {"promise_id": self.promise.id, "month": month, "total": 50, "kept": 40, "broken": 10}
        )
        self.promise._measure()
        self.assertTrue(old.exists())

    def test_names_of_versions(self):
        old = self._published()
        draft = self._next(old)
        self.assertEqual(draft.display_name, "Seen in time (version 2)")
        self.assertEqual(old.display_name, "Seen in time")

    def test_what_is_in_force_comes_first(self):
        """On the board, whoever opens it on a phone sees the published ones."""
        self._published()
        board = self.env["hcrm.promise"].with_context(read_group_expand=True)
        groups = board.formatted_read_group([], ["state"], ["__count"])
        states = [group["state"] for group in groups]
        self.assertEqual(states, ["published", "approved", "review", "draft", "withdrawn"])

    # measured right
    def test_an_end_that_lies_ahead_is_none(self):
        """Given a planned end, the case is not kept yet."""
        self._visits([5] * 12, before=self.now)
        visits = self.env["hcrm.encounter"].search([("partner_id", "=", self.person.id)])
        visits.seen_at = self.now + timedelta(minutes=2)
        self.promise._measure(self.now)
        self.assertRecordValues(self.promise, [{"kept_count": 0, "missing_count": 12}])

    def test_the_year_begins_on_the_hospitals_day(self):
        """At 02:00 in Shanghai on 2 March (UTC: 1 March), the year begins on 2 March there."""
        now = datetime(2026, 3, 1, 18, 0)
        start = datetime(2025, 3, 1, 15, 30)  # 23:30 on 1 March in Shanghai: the day before
        self._visits([5] * 20, before=start)
        self.promise._check_feasibility(now)
        self.assertEqual(self.promise.past_cases, 0)
        self._visits([5] * 20, before=start + timedelta(hours=2))
        self.promise._check_feasibility(now)
        self.assertEqual(self.promise.past_cases, 20)

    def test_warning_goes_to_somebody_at_work(self):
        """Given the owner is archived, the head of the department or a manager hears of it."""
        gone = self._user("owner_gone", "base.group_user")
        self.promise.user_id = gone
        self._visits([50] * 40, before=self.now - timedelta(hours=1))
        self.promise.write({"state": "published", "department_id": self.cardiology.id})
        gone.active = False
        self.promise._measure()
        found = self.promise.activity_ids.user_id
        self.assertTrue(found.active)
        self.assertTrue(found.has_group("hcrm_base.group_service_manager"))
        head = self._user("head", "hcrm_base.group_department_head")
        self.cardiology.manager_id = head.employee_id
        found.active = False
        self.promise._measure()
        self.assertEqual(self.promise.activity_ids.user_id, head)

    def test_records_of_an_uninstalled_addon(self):
        """Given the model of the clock is gone, the button says so."""
        self.env.cr.execute(
            "UPDATE hcrm_promise_clock SET model_name = 'hcrm.gone' WHERE id = %s", [self.clock.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "hcrm.gone"):
            self.promise.with_user(self.users["nurse"]).action_open_broken()

    # who asks
    def test_who_asks_the_records(self):
        """Who keeps the promise asks; a leader what waits for approval; nobody else."""
        for role in ("officer", "nurse", "doctor", "analyst", "marketing", "vip_desk", "leader"):
            for name in ("action_check", "action_measure"):
                with self.subTest(role=role, call=name), self.assertRaises(AccessError):
                    getattr(self.promise.with_user(self.users[role]), name)()
        self.promise.with_user(self.manager).action_check()
        self.promise.with_user(self.users["hcrm_admin"]).action_check()
        self.promise.with_user(self.manager).action_submit()
        self.promise.with_user(self.leader).action_check()
        with self.assertRaises(AccessError):
            self.promise.with_user(self.users["nurse"]).action_check()

    def test_buttons_for_who_may(self):
        """A head keeps the promises of the own department, and sees buttons there only."""
        head = self.users["department_head"]
        own = self.promise.copy({"department_id": self.cardiology.id})
        self.assertTrue(own.with_user(head).may_keep)
        self.assertFalse(self.promise.with_user(head).may_keep)
        self.assertFalse(own.with_user(self.users["nurse"]).may_keep)

    def test_drafts_are_not_measured(self):
        """Exact figures are those of terms that stay."""
        with self.assertRaises(UserError):
            self.promise.with_user(self.manager).action_measure()

    def test_answers_move_in_steps_of_ten(self):
        """Given 33 waits of 1 to 33 minutes, moving the limit minute by minute tells in steps:
        no two answers differ by fewer than ten cases."""
        self._visits(list(range(1, 34)), before=self.now - timedelta(hours=1))
        told = []
        for limit in range(1, 35):
            self.promise.limit_value = limit
            self.promise._check_feasibility()
            told.append(self.promise.past_rate)
        self.assertEqual(self.promise.past_cases, 30)
        self.assertEqual(sorted({round(rate) for rate in told}), [0, 33, 67, 100])
        safe = set()
        for target in range(1, 100):
            self.promise.target_rate = target
            self.promise._check_feasibility()
            safe.add(self.promise.safe_limit)
        self.assertEqual(safe, {10, 20, 30, 33})

    def test_fewer_than_ten_tell_nothing(self):
        """Given nine cases, whatever the limit and the target, the answer is the same."""
        self._visits([5] * 9, before=self.now - timedelta(hours=1))
        names = [
            "check_level",
            "past_cases",
            "past_rate",
            "past_median",
            "safe_limit",
            "past_missing",
        ]
        self.promise.remedy_cost = 12
        answers = set()
        for limit in (1, 4, 5, 6, 60):
            self.promise.limit_value = limit
            self.promise._check_feasibility()
            answers.add(tuple(self.promise[name] for name in [*names, "monthly_cost"]))
        self.assertEqual(len(answers), 1, answers)
