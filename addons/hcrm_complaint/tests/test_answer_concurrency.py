from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .racing_case import RacingCase

CONTENT = {"conclusion": "upheld", "findings": "值班表核对：当晚缺一人。", "text": "情况属实。"}
QUICKER = "Somebody was quicker: look at the answer again."


@tagged("post_install", "-at_install")
class TestAnswerConcurrency(RacingCase):
    """Of two who decide on an answer at once one has decided; the other reads a sentence."""

    _role = "hcrm_base.group_service_manager"

    def setUp(self):
        super().setUp()
        with self._connection() as env:
            managers = [
                new_test_user(env, f"judge_{n}_{self._testMethodName}", self._role)
                for n in range(2)
            ]
            self.writer, self.users = self.users[0], [*self.users, *(one.id for one in managers)]
            self.managers = self.users[2:]
            case = self._take_in(env, "answer").with_user(self.writer)
            case.action_accept()
            answer = env["hcrm.complaint.answer"].browse(case.action_answer()["res_id"])
            answer.with_user(self.writer).write(CONTENT)
            answer.with_user(self.writer).action_submit()
            self.answer = answer.id

    def _get(self, env):
        return env["hcrm.complaint.answer"].browse(self.answer)

    def _check_one_was_quicker(self, told):
        refused = [str(one) for one in told if isinstance(one, UserError)]
        self.assertEqual(refused, [QUICKER])

    @mute_logger("odoo.sql_db")
    def test_of_two_who_approve_one_sends(self):
        told = self._race(lambda env, _job: self._get(env).action_approve(), self.managers)
        self._check_one_was_quicker(told)
        with self._connection() as env:
            answer = self._get(env)
            self.assertEqual((answer.state, answer.complaint_id.state), ("sent", "answered"))
            self.assertIn(answer.approver_id.id, self.managers)

    @mute_logger("odoo.sql_db")
    def test_approved_and_given_back_at_once(self):
        def decide(env, job):
            answer = self._get(env)
            if job == self.managers[0]:
                answer.action_approve()
            else:
                answer._give_back("写清楚")

        self._check_one_was_quicker(self._race(decide, self.managers))
        with self._connection() as env:
            case = self._get(env).complaint_id
            self.assertIn(
                (case.state, case.answer_ids.mapped("state")),
                [("answered", ["sent"]), ("working", ["draft", "returned"])],
            )
