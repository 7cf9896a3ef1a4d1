from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .racing_case import RacingCase

WRITERS, EACH = 8, 6


@tagged("post_install", "-at_install")
class TestCustodyConcurrency(RacingCase):
    """One gets it, nothing is numbered twice, nobody is left out."""

    @mute_logger("odoo.sql_db")
    def test_many_writers_number_nothing_twice(self):
        def write(env, job):
            return [self._take_in(env, f"{job}-{n}").intake_number for n in range(EACH)]

        taken = sum(self._race(write, [f"w{n}" for n in range(WRITERS)]), [])
        self.assertEqual(len(set(taken)), WRITERS * EACH)
        with self._connection() as env:
            cases = self._find(env)
            self.assertEqual(len(cases), WRITERS * EACH)
            self.assertEqual(set(cases.handover_ids.mapped("event")), {"received"})
            self.assertEqual(len(cases.handover_ids), len(cases))

    @mute_logger("odoo.sql_db")
    def test_one_arrival_told_to_all_workers_is_one_case(self):
        numbers = self._race(
            lambda env, _job: self._take_in(env, "same").intake_number, [f"w{n}" for n in range(4)]
        )
        self.assertEqual(len(set(numbers)), 1)

    @mute_logger("odoo.sql_db")
    def test_of_two_who_take_it_one_has_it(self):
        with self._connection() as env:
            case_id = self._take_in(env, "take").id
        told = self._race(
            lambda env, _job: env["hcrm.complaint"].browse(case_id).action_take(), self.users
        )
        self.assertEqual(sum(isinstance(one, UserError) for one in told), 1)
        with self._connection() as env:
            case = env["hcrm.complaint"].browse(case_id)
            self.assertIn(case.user_id.id, self.users)
            self.assertEqual(case.handover_ids.mapped("event"), ["received", "taken"])
