from odoo.tests import tagged
from odoo.tools import mute_logger

from .racing_case import RacingCase


@tagged("post_install", "-at_install")
class TestExplanationConcurrency(RacingCase):
    """Two are asked about one case: whoever hands in last ends the wait."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove_employees)
        with self._connection() as env:
            employees = env["hr.employee"].create(
                [{"name": f"Asked {user_id}", "user_id": user_id} for user_id in self.users]
            )
            self.employees = employees.ids
            case = self._take_in(env, "explain")
            case.action_accept()
            asked = env["hr.employee.public"].browse(self.employees)
            rows = case._ask_explanation(asked, "谁在班？").sudo()
            rows.text = "在。"
            self.rows = dict(zip(rows.user_id.ids, rows.ids, strict=True))
            self.clock = self._begin_clock(case).id

    def _begin_clock(self, case):
        """Whether the law of this hospital sets staff a time or not."""
        found = case.clock_ids.filtered(lambda one: one.duty == "explain")
        if not found:
            found = case.clock_ids.filtered(lambda one: one.state == "running")[0]
            found.duty = "explain"
        return found

    def _remove_employees(self):
        with self._connection() as env:
            env["hr.employee"].browse(self.employees).unlink()

    def _answer(self, env, user_id):
        env["hcrm.complaint.explanation"].browse(self.rows[user_id]).action_answer()

    @mute_logger("odoo.sql_db")
    def test_the_second_sees_that_the_first_has_answered(self):
        """Begun before the first has committed, it would still wait for the first, for ever."""
        first, second = self.users
        with self._connection(first) as one, self._connection(second) as two:
            self._see(two)
            self._again(self._answer, one, first)
            self._again(self._answer, two, second)
        self._check_met()

    @mute_logger("odoo.sql_db")
    def test_withdrawn_while_the_other_one_answers(self):
        first, second = self.users
        with self._connection(first) as one, self._connection() as two:
            self._see(two)
            self._again(self._answer, one, first)
            row = two["hcrm.complaint.explanation"].browse(self.rows[second])
            self._again(lambda _env, _job: row.action_withdraw(), two, None)
        self._check_met()

    @mute_logger("odoo.sql_db")
    def test_both_click_at_once(self):
        self.assertEqual(self._race(self._answer, self.users), [None, None])
        self._check_met()

    @mute_logger("odoo.sql_db")
    def test_asked_again_while_the_last_one_answers(self):
        """Who asks sees the time still running, but it is over: it runs anew."""
        first, second = self.users
        with self._connection(second) as one, self._connection() as two:
            with self._connection(first) as env:
                self._answer(env, first)
            self._see(two)
            self._again(self._answer, one, second)
            asked = two["hr.employee.public"].browse(self.employees[0])
            case = two["hcrm.complaint.explanation"].browse(self.rows[first]).sudo().complaint_id
            self._again(lambda _env, _job: case._ask_explanation(asked, "几点？"), two, None)
        with self._connection() as env:
            limits = env["hcrm.complaint"].search([("id", "=", case.id)]).clock_ids
            states = limits.filtered(lambda one: one.duty == "explain").mapped("state")
            self.assertEqual(sorted(states), ["met", "running"])

    @staticmethod
    def _see(env):
        """Begin the transaction: what others commit from now on is not seen in it."""
        env.cr.execute("SELECT count(*) FROM hcrm_complaint_explanation")

    def _check_met(self):
        with self._connection() as env:
            rows = env["hcrm.complaint.explanation"].browse(self.rows.values())
            self.assertNotIn("asked", rows.mapped("state"))
            self.assertEqual(env["hcrm.complaint.clock"].browse(self.clock).state, "met")
