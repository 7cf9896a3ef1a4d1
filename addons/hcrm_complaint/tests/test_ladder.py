from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from .ladder_case import LadderCase


@tagged("post_install", "-at_install")
class TestLadder(LadderCase):
    """A case that weighs climbs by itself, and once."""

    # AT ONCE

    def test_harm_told_at_the_intake_climbs_at_once(self):
        self._use("harm")
        case = self._complain(harm="4")
        self._settle()
        self.assertEqual(case.desk_id, self.vice)
        self.assertRecordValues(
            self._raised(case),
            [{"desk_id": self.vice.id, "rule_name": "Major harm"}],
        )
        self.assertRecordValues(
            case.raise_ids, [{"from_desk_id": self.office.id, "desk_id": self.vice.id}]
        )

    def test_less_harm_stays(self):
        self._use("harm")
        case = self._complain(harm="3")
        self._settle()
        self.assertEqual(case.desk_id, self.office)
        case.harm = "5"
        self._settle()
        self.assertEqual(case.desk_id, self.vice)

    def test_each_fact_climbs(self):
        facts = {
            "death": {"is_death": True},
            "violence": {"is_violence": True},
            "media": {"is_media": True},
            "harm": {"harm": "4"},
            "repeats": {"repeat_count": 3},
        }
        for name, values in facts.items():
            with self.subTest(name):
                rule = self._use(name)
                case = self._complain(partner_id=False, is_anonymous=True)
                self._settle()
                self.assertEqual(case.desk_id, self.office)
                case.write(values)
                self._settle()
                self.assertEqual(case.desk_id, self.vice)
                self.assertEqual(case.raise_ids.rule_id, rule)

    def test_the_fourth_case_of_a_person_is_counted_by_the_intake(self):
        self._use("repeats")
        cases = [self._complain(f"第{number}次") for number in range(4)]
        self._settle()
        self.assertEqual(
            [case.desk_id for case in cases], [self.office, self.office, self.office, self.vice]
        )

    def test_several_facts_at_once_are_one_rung(self):
        rules = self._use("death", "violence", "media", "harm")
        case = self._complain(harm="5", is_death=True, is_violence=True, is_media=True)
        self._settle()
        self.assertEqual(case.desk_id, self.vice)
        self.assertEqual(len(self._raised(case)), 1)
        self.assertEqual(case.raise_ids.rule_id, rules)

    def test_a_later_fact_is_one_more_rung_and_none_acts_twice(self):
        self._use("harm", "media")
        case = self._complain(harm="4")
        self._settle()
        case.harm = "5"
        self._settle()
        self.assertEqual(case.desk_id, self.vice)
        case.is_media = True
        self._settle()
        self.assertEqual(case.desk_id, self.top)
        case.write({"harm": "4", "is_media": False})
        case.write({"harm": "5", "is_media": True})
        self._settle()
        self._climb(30)
        self.assertEqual(len(self._raised(case)), 2)

    def test_no_rule_hands_a_case_to_a_body_outside(self):
        self._use("death", "harm", "media", "violence")
        case = self._complain()
        for fact in ("is_death", "is_media", "is_violence"):
            case[fact] = True
            self._settle()
        self.assertEqual(case.desk_id, self.top)

    def test_where_nobody_sits_above_a_manager_is_asked(self):
        self._use("harm")
        (self.vice | self.top).active = False
        case = self._complain(harm="4")
        self._settle()
        self.assertEqual(case.desk_id, self.office)
        self.assertFalse(case.raise_ids.desk_id)
        task = case.activity_ids
        self.assertTrue(task.user_id.has_group("hcrm_base.group_service_manager"))
        self._climb()
        self.assertEqual(case.activity_ids, task)

    def test_those_it_is_about_are_not_asked(self):
        """The only leader is complained about: nothing goes to him, a manager is asked."""
        self._use("harm")
        case = self._complain(harm="4", staff=["T-leader"])
        self._settle()
        self.assertEqual(case.desk_id, self.office)
        self.assertTrue(case.activity_ids)
        self.assertNotIn(self.users["leader"], case.activity_ids.user_id)

    def test_where_no_manager_is_left_an_officer_decides(self):
        self._use("harm")
        (self.vice | self.top).active = False
        managers = self.env.ref("hcrm_base.group_service_manager").all_user_ids
        managers.filtered(lambda user: user.id > 2).active = False
        other = self._user("officer_too", "hcrm_base.group_officer")
        case = self._complain(harm="4", staff=["T-officer"])
        self._settle()
        self.assertEqual(case.activity_ids.user_id, other)

    def test_praise_does_not_climb(self):
        self._use("media")
        case = self._complain(kind="praise", is_media=True)
        self._settle()
        self.assertEqual(case.desk_id, self.office)

    def test_who_writes_it_reads_what_they_saved(self):
        """A head's form is saved and read back, then the case is gone from the desk."""
        self._use("harm")
        case = self._complain(department_id=False)
        case.with_user(self.users["officer"])._offer(self.oncology_desk, "化疗")
        head = case.with_user(self.oncology_head)
        head.action_accept_offer()
        told = head.web_save({"harm": "4"}, {"harm": {}, "desk_id": {}})
        self.assertEqual(told[0]["harm"], "4")
        self.assertEqual(case.desk_id, self.oncology_desk)
        self._settle()
        self.assertEqual(case.desk_id.level, "2")

    def test_the_desk_is_told_without_a_word_of_the_matter(self):
        self._use("violence")
        case = self._complain("他说要带刀来", is_violence=True)
        self._settle()
        note = (
            self.env["mail.message"]
            .search([("model", "=", case._name), ("res_id", "=", case.id)])
            .filtered(lambda one: self.users["leader"].partner_id in one.notified_partner_ids)
        )
        self.assertEqual(len(note), 1)
        self.assertIn(case.number, note.subject)
        self.assertNotIn("刀", note.body)
        self.assertNotIn("王秀英", f"{note.subject} {note.body}")

    def test_the_ledger_speaks_the_language_of_the_hospital(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["hcrm_complaint"], ["zh_CN"])
        self.company.partner_id.lang = "zh_CN"
        self._use("harm")
        case = self._complain(harm="4")
        self._settle()
        self.assertEqual(self._raised(case).rule_name, "严重伤害")

    # THE JOB

    def test_the_job_climbs_and_brings_home(self):
        self._use("harm")
        empty = self.desks.create({"name": "空", "level": "2", "company_id": self.company.id})
        lost, harmed = self._complain().sudo(), self._complain()
        lost._give("accepted", empty)
        self.env.flush_all()
        self.env.cr.execute("UPDATE hcrm_complaint SET harm = '5' WHERE id = %s", [harmed.id])
        self.env.cr.precommit.clear()
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("hcrm_complaint.ir_cron_climb").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(lost.desk_id, self.office)
        self.assertEqual(harmed.desk_id, self.vice)

    @mute_logger("odoo.sql_db")
    def test_the_database_lets_a_rule_act_once(self):
        rule = self._use("harm")
        case = self._complain(harm="4")
        self._settle()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            case.raise_ids.sudo().create(
                {
                    "complaint_id": case.id,
                    "company_id": case.company_id.id,
                    "rule_id": rule.id,
                    "turn": 0,
                    "raised_at": self.now,
                    "from_desk_id": self.office.id,
                }
            )

    # THE RULES THEMSELVES

    @mute_logger("odoo.sql_db")
    def test_rules_that_make_no_sense(self):
        good = {"name": "R", "ground": "stay", "level": "1", "amount": 1, "unit": "days"}
        self.rules.create(good)
        for wrong, error in (
            ({"level": False}, IntegrityError),
            ({"amount": 0}, IntegrityError),
            ({"level": "3", "highest": "3"}, ValidationError),
            ({"ground": "share", "threshold": 0}, IntegrityError),
            ({"ground": "share", "threshold": 101}, IntegrityError),
            ({"ground": "harm", "threshold": 0}, IntegrityError),
            ({"ground": "repeats", "threshold": 0}, IntegrityError),
        ):
            with self.subTest(wrong), self.assertRaises(error), self.env.cr.savepoint():
                self.rules.create({**good, **wrong})

    def test_what_acted_is_archived_not_deleted(self):
        rule = self._use("harm")
        self._complain(harm="4")
        self._settle()
        self.assertEqual(rule.raise_count, 1)
        with self.assertRaises(UserError):
            rule.unlink()

    def test_every_ground_finds_its_cases_in_a_few_statements(self):
        """As many for fifty cases as for one, for each rule."""
        self.rules.with_context(active_test=False).search([]).active = True
        rules = self.rules.sudo()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = rules._find_due(self.now + timedelta(days=60))
            return len(found), self.env.cr.sql_log_count - before

        self._complain(harm="4")
        count()
        ones, one = count()
        for number in range(49):
            self._complain(f"{number}", harm="4", partner_id=False, is_anonymous=True)
        many, fifty = count()
        self.assertEqual((ones, many), (1, 50))
        self.assertLessEqual(fifty, one + 2)

    def test_fifty_climb_in_as_many_statements_as_five(self):
        rule = self._use("share").sudo()

        def climb(count):
            cases = self.cases.union(*(self._complain(str(number)) for number in range(count)))
            self._settle()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.cases.sudo()._climb({case: rule for case in cases.sudo()})
            self.env.flush_all()
            self.assertEqual(cases.desk_id, self.vice)
            return self.env.cr.sql_log_count - before

        climb(2)
        five = climb(5)
        self.assertLessEqual(climb(50), five + 5)

    def test_intake_pays_one_question_for_the_rules(self):
        self._use("harm", "death", "media", "violence", "repeats")
        request = {"kind": "complaint", "channel": "web", "text": "等", "is_anonymous": True}
        self.cases._take_in([request])
        self._settle()

        def judge(count):
            self.cases._take_in([dict(request) for _case in range(count)])
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env.cr.precommit.run()
            return self.env.cr.sql_log_count - before

        one = judge(1)
        self.assertLessEqual(judge(50), one)

    def test_the_search_for_open_cases_is_the_readers(self):
        """Rows of rules are read like the case: not by whom it is about."""
        self._use("harm")
        case = self._complain(harm="4", staff=["T-department_head"])
        self._settle()
        rows = self.env["hcrm.complaint.raise"]
        here = Domain("complaint_id", "=", case.id)
        self.assertTrue(rows.with_user(self.users["officer"]).search(here))
        self.assertFalse(rows.with_user(self.users["department_head"]).search(here))
