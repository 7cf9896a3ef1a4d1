from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HcrmCommon


@tagged("post_install", "-at_install")
class TestWrittenByVerbs(HcrmCommon):
    """What a verb decides is not typed in by another road: defaults, translations, other rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = cls._person()
        cls.manager = cls.users["service_manager"]
        cls.second = cls.env["res.company"].create({"name": "Second hospital"})

    def _promise_values(self, **vals):
        clock = self.env.ref("hcrm_base.clock_waiting")
        return {
            "name": "Seen soon",
            "commitment": "30 minutes",
            "remedy": "We explain",
            "clock_id": clock.id,
            **vals,
        }

    def _checks(self, user):
        self.env["hcrm.contact.note"].with_user(user).create(
            {"partner_id": self.person.id, "summary": "call"}
        )
        self.env["hcrm.quality.check"]._sample(now=fields.Datetime.now() + timedelta(minutes=1))
        return self.env["hcrm.quality.check"].search([("user_id", "=", user.id)])

    # promises
    def test_no_promise_published_by_default_values(self):
        """Given an analyst's request with its own defaults, the promise is a draft of no rate."""
        promises = self.env["hcrm.promise"].with_user(self.users["analyst"])
        promise = promises.with_context(
            default_state="published", default_rate=100.0, default_case_count=500
        ).create(self._promise_values())
        self.assertRecordValues(promise, [{"state": "draft", "rate": 0.0, "case_count": 0}])

    def test_told_words_stand_in_every_language(self):
        """Given a published promise, no translation of it is rewritten past ``write``."""
        promise = self.env["hcrm.promise"].create(self._promise_values(state="published"))
        with self.assertRaises(UserError):
            promise.with_user(self.manager).update_field_translations(
                "remedy", {"en_US": "We pay a million"}
            )
        self.assertEqual(promise.remedy, "We explain")

    def test_published_promise_stays_in_its_hospital(self):
        self.manager.company_ids |= self.second
        promise = self.env["hcrm.promise"].create(self._promise_values(state="published"))
        with self.assertRaises(UserError):
            promise.with_user(self.manager).with_context(
                allowed_company_ids=self.manager.company_ids.ids
            ).company_id = self.second

    def test_head_moves_nothing_to_another_department(self):
        """Given a head of cardiology, her promise, service and answer stay there."""
        head = self.users["department_head"]
        own = {"department_id": self.cardiology.id}
        for row in (
            self.env["hcrm.promise"].create(self._promise_values(**own)),
            self.env["hcrm.service"].create({"name": "Echo", **own}),
            self.env["hcrm.answer"].create({"name": "Q", "body": "A", **own}),
        ):
            for department in (self.oncology, self.env["hr.department"]):
                with self.subTest(model=row._name, to=department), self.assertRaises(AccessError):
                    row.with_user(head).department_id = department

    def test_analyst_puts_nothing_on_the_web(self):
        services = self.env["hcrm.service"].with_user(self.users["analyst"])
        self.assertFalse(services.create({"name": "X", "is_published": True}).is_published)
        self.assertFalse(
            services.with_context(default_is_published=True).create({"name": "Y"}).is_published
        )

    def test_few_cases_are_not_told(self):
        """Given one visit, neither promise nor check tells of it."""
        self._encounter(
            self.person,
            self.cardiology,
            encounter_class="outpatient",
            started_at=fields.Datetime.now() - timedelta(days=2),
            checked_in_at=fields.Datetime.now() - timedelta(days=2),
            seen_at=fields.Datetime.now() - timedelta(days=1),
        )
        promise = self.env["hcrm.promise"].create(
            self._promise_values(department_id=self.cardiology.id, remedy_cost=120)
        )
        promise._measure()
        promise._check_feasibility()
        self.assertRecordValues(
            promise,
            [{"case_count": 0, "broken_count": 0, "past_cases": 0, "monthly_cost": 0}],
        )

    def test_broken_cases_under_own_rights(self):
        """Given a broken case of a protected person, its number is not told either."""
        promise = self.env["hcrm.promise"].create(self._promise_values())
        visit = self._encounter(self.person, self.cardiology, encounter_class="outpatient")
        closed = self._encounter(
            self._person("李平", is_protected=True), encounter_class="outpatient"
        )
        with patch.object(
            self.env.registry["hcrm.promise"],
            "_select_broken_ids",
            lambda *_args: [visit.id, closed.id],
        ):
            action = promise.with_user(self.manager).action_open_broken()
        self.assertEqual(action["domain"], [("id", "in", [visit.id])])

    # answers
    def test_no_answer_approved_by_default_values(self):
        answers = self.env["hcrm.answer"].with_user(self.users["officer"])
        answer = answers.with_context(
            default_state="approved", default_version=3, default_told_body="Take two"
        ).create({"name": "Q", "body": "A"})
        self.assertRecordValues(answer, [{"state": "draft", "version": 0, "told_body": False}])

    def test_approved_words_stand_in_every_language(self):
        """Given an approved answer, its told text has no other writer than the approval."""
        answer = self._approved_answer()
        officer = answer.with_user(self.users["officer"])
        with self.assertRaises(AccessError):
            officer.update_field_translations("told_body", {"en_US": "Take two"})
        self.assertEqual(answer.told_body, "A")
        officer.update_field_translations("body", {"en_US": "B"})
        self.assertEqual(answer.state, "draft", "a translation is a change of words, too")

    def test_changed_question_is_not_told(self):
        """Given approved words under a new question, the desks still read the approved one."""
        answer = self._approved_answer()
        answer.with_user(self.users["officer"]).name = "May I take two tablets zq?"
        [row] = self.env["hcrm.answer"].with_user(self.users["nurse"]).find_answers("zq")
        self.assertEqual(row["name"], "Question zq")

    def test_only_a_doctor_says_it_is_not_medical(self):
        answer = self.env["hcrm.answer"].create({"name": "Q", "body": "A", "is_medical": True})
        with self.assertRaises(AccessError):
            answer.with_user(self.users["officer"]).is_medical = False
        answer.with_user(self.users["doctor"]).is_medical = False

    def _approved_answer(self):
        answers = self.env["hcrm.answer"].with_user(self.users["officer"])
        answer = answers.create({"name": "Question zq", "body": "A"})
        answer.action_submit()
        answer.with_user(self.manager).action_approve()
        return answer.sudo()

    # quality
    def test_a_sample_is_not_retouched(self):
        """Given a sampled contact, the manager changes neither whose it is nor its state."""
        check = self._checks(self.users["officer"]).with_user(self.manager)
        for name, value in (
            ("user_id", self.users["nurse"].id),
            ("res_id", 1),
            ("state", "scored"),
            ("reviewer_id", self.users["leader"].id),
            ("score", 100.0),
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                check[name] = value
        with self.assertRaises(AccessError):
            check.score_ids[0].user_id = self.users["nurse"]
        with self.assertRaises(AccessError):
            check.score_ids[0].check_id = check

    def test_scored_is_final(self):
        """Given a scored check, its points and words do not change under the reply."""
        check = self._checks(self.users["officer"]).with_user(self.manager)
        check.score_ids.points = "4"
        check.action_score()
        with self.assertRaises(UserError):
            check.score_ids[0].points = "1"
        with self.assertRaises(UserError):
            check.praise = "Changed"
        with self.assertRaises(UserError):
            check.action_score()
        with self.assertRaises(AccessError):
            check.reply = "All right"

    def test_manager_scores_no_own_line(self):
        check = self._checks(self.manager).with_user(self.manager)
        with self.assertRaises(AccessError):
            check.score_ids[0].points = "5"
        with self.assertRaises(AccessError):
            check.praise = "I am great"
