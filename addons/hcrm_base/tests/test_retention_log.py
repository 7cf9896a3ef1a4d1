from datetime import timedelta

from psycopg2.errors import IntegrityError

from odoo import fields
from odoo.exceptions import MissingError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.retention_steps import steps
from .access_log_case import AccessLogCase

YEARS_4 = 4 * 366


@tagged("post_install", "-at_install")
class TestRetentionLog(AccessLogCase):
    """The access log loses what is past its period, by one function, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["hcrm.retention.rule"]._get_rules()["log"]
        cls.person = cls._person("张伟丽")

    def setUp(self):
        super().setUp()
        self.old, self.new = self._line(YEARS_4), self._line(2 * 365)

    def _line(self, days):
        return self.env["hcrm.access.log"].create(
            {
                "user_id": self.users["nurse"].id,
                "company_id": self.company.id,
                "at": fields.Datetime.now() - timedelta(days=days),
                "kind": "view",
                "res_model": "hcrm.diagnosis",
                "partner_ids": self.person.ids,
            }
        )

    def _switch_on(self, days=1096):
        self.rule.sudo().write({"days": days})
        self.rule.sudo().mode = "apply"
        self.env.flush_all()

    def _step(self):
        return next(step for step in steps(self.rule) if step.model._name == "hcrm.access.log")

    def assertRefused(self, statement):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(statement)

    def test_past_the_period(self):
        self._switch_on()
        self.assertEqual([told.rows for told in self._step().due()], [1])
        self.assertEqual([told.rows for told in self._step().apply()], [1])
        self.assertEqual((self.old | self.new).exists(), self.new)
        self.assertEqual(self._step().apply(), [])

    def test_a_longer_rule_is_kept(self):
        """Given five years, a line of four years is refused to the function as well."""
        self._switch_on(5 * 366)
        self.assertEqual([told.rows for told in self._step().due()], [0])
        self.assertRefused(SQL("SELECT hcrm_remove_expired('hcrm_access_log', %s)", self.old.ids))
        self.assertTrue(self.old.exists())

    def test_three_years_whatever_the_rule_says(self):
        """Given a rule forged past its own check, the trigger still counts three years."""
        self._switch_on()
        self.env.cr.execute(
            """ALTER TABLE hcrm_retention_rule DROP CONSTRAINT hcrm_retention_rule_log_days;
               UPDATE hcrm_retention_rule SET days = 0 WHERE kind = 'log'"""
        )
        self.assertRefused(SQL("SELECT hcrm_remove_expired('hcrm_access_log', %s)", self.new.ids))

    def test_nobody_else_removes_a_line(self):
        """Neither ORM nor SQL, not even a line that is due; nor while the rule only tells."""
        self._switch_on()
        for row in (self.old, self.new):
            self.assertRefused(SQL("DELETE FROM hcrm_access_log WHERE id = %s", row.id))
        self.assertRefused(SQL("TRUNCATE hcrm_access_log"))
        self.assertRefused(SQL("UPDATE hcrm_access_log SET at = '2000-01-01'"))
        self.assertRefused(
            SQL("SELECT hcrm_remove_expired('hcrm_access_log', %s)", (self.old | self.new).ids)
        )
        self.rule.sudo().mode = "show"
        self.env.flush_all()
        self.assertRefused(SQL("SELECT hcrm_remove_expired('hcrm_access_log', %s)", self.old.ids))
        self.assertEqual((self.old | self.new).exists(), self.old | self.new)

    def test_other_logs_lose_nothing(self):
        """The function removes from logs that say so only."""
        self._switch_on()
        absorbed = self._person("旧号")
        self.person._hcrm_merge(absorbed, "the same person")
        self.env.flush_all()
        [[merge]] = self.env.execute_query(SQL("SELECT max(id) FROM hcrm_merge_log"))
        self.assertRefused(SQL("SELECT hcrm_remove_expired('hcrm_merge_log', ARRAY[%s])", merge))

    def test_under_review(self):
        self._switch_on()
        review = self.env["hcrm.access.review"]._request(self.old, "picked")
        self.env.flush_all()
        self.assertEqual([told.rows for told in self._step().due()], [0])
        review.with_user(self.users["leader"]).action_justified()
        self.env.flush_all()
        self.assertEqual([told.rows for told in self._step().due()], [0], "it judges this line")
        self._age(review)
        self._apply_all()
        self.assertFalse((review | self.env["hcrm.access.review"]).exists())
        self.assertFalse(self.old.exists(), "they go together")

    def test_open_review_keeps_both(self):
        """However old it is, what nobody has judged stays, and so does its line."""
        self._switch_on()
        review = self.env["hcrm.access.review"]._request(self.old, "picked")
        self._age(review)
        self._apply_all()
        self.assertTrue(review.exists() and self.old.exists())

    def test_review_of_a_held_line(self):
        """What holds the line holds its verdict."""
        self._switch_on()
        review = self.env["hcrm.access.review"]._request(self.old, "picked")
        review.with_user(self.users["leader"]).action_justified()
        self._age(review)
        absorbed = self._person("旧号")
        absorbed._hcrm_merge(self.person, "the same person")
        self._hold(absorbed)
        self._apply_all()
        self.assertTrue(review.exists() and self.old.exists())

    def test_no_review_of_what_is_gone(self):
        self._switch_on()
        self._apply_all()
        with self.assertRaises(MissingError):
            self.env["hcrm.access.review"]._request(self.old, "picked")

    def _age(self, review):
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE hcrm_access_review DISABLE TRIGGER USER")
        self.env.cr.execute(
            SQL("UPDATE hcrm_access_review SET create_date = '2001-01-01' WHERE id = %s", review.id)
        )
        self.env.cr.execute("ALTER TABLE hcrm_access_review ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def _apply_all(self):
        """Take what is due of reviews and lines, in the order of a run."""
        self.env.flush_all()
        for step in steps(self.rule):
            if step.model._name in ("hcrm.access.review", "hcrm.access.log"):
                while step.apply():
                    pass
        self.env.invalidate_all()

    def _hold(self, person):
        hold = self.env["hcrm.retention.hold"].create(
            {"partner_id": person.id, "reference": "1", "reason": "Lawsuit"}
        )
        self.env.flush_all()
        return hold

    def test_hold_under_another_name(self):
        """Lines written under an absorbed name are held with the survivor, and the other way."""
        self._switch_on()
        survivor = self._person("新号")
        survivor._hcrm_merge(self.person, "the same person")
        hold = self._hold(survivor)
        [told] = self._step().due()
        self.assertEqual((told.rows, told.held), (0, 1))
        self.assertEqual(self._step().apply(), [])
        self.env.cr.execute(
            SQL(
                "UPDATE hcrm_retention_hold SET partner_id = %s WHERE id = %s",
                self.person.id,
                hold.id,
            )
        )
        later = self._line(YEARS_4)
        self.env.cr.execute("ALTER TABLE hcrm_access_log DISABLE TRIGGER USER")
        self.env.cr.execute(
            SQL("UPDATE hcrm_access_log SET partner_ids = %s WHERE id = %s", survivor.ids, later.id)
        )
        self.env.cr.execute("ALTER TABLE hcrm_access_log ENABLE TRIGGER USER")
        [told] = self._step().due()
        self.assertEqual((told.rows, told.held), (0, 2))

    def test_person_on_hold(self):
        self._switch_on()
        self.env["hcrm.retention.hold"].create(
            {"partner_id": self.person.id, "reference": "1", "reason": "Lawsuit"}
        )
        self.env.flush_all()
        [told] = self._step().due()
        self.assertEqual((told.rows, told.held), (0, 1))
        self.assertEqual(self._step().apply(), [])

    def test_after_a_rollover(self):
        """Lines put aside into a table of their own go as well, and that one is guarded too."""
        self._switch_on()
        [[aside]] = self.env.execute_query(SQL("SELECT hcrm_access_log_rollover()"))
        self.assertRefused(SQL("DELETE FROM %s", SQL.identifier(aside)))
        self.assertEqual([told.rows for told in self._step().apply()], [1])
        self.env.invalidate_all()
        self.assertEqual((self.old | self.new).exists(), self.new)

    def test_as_many_statements_for_fifty(self):
        self._switch_on()
        step = self._step()
        step.apply()
        counts = []
        for number in (1, 50):
            for _line in range(number):
                self._line(YEARS_4)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(step.apply()[0].rows, number)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
