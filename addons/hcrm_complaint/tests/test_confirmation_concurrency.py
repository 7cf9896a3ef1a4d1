from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.hcrm_complaint_confirmation import TRIES_A_CODE
from ..tools import signature as pictures
from .racing_case import RacingCase
from .test_confirmation import signature


@tagged("post_install", "-at_install")
class TestConfirmationConcurrency(RacingCase):
    """Confirmed once, whoever clicks; wrong codes are counted for good."""

    def setUp(self):
        super().setUp()
        with self._connection() as env:
            case = self._take_in(env, "confirm")
            self.case = case.id
            self.asked = env["hcrm.complaint.confirmation"]._ask(case).id

    def _get(self, env):
        return env["hcrm.complaint.confirmation"].browse(self.asked)

    @mute_logger("odoo.sql_db")
    def test_two_clicks_are_one_confirmation(self):
        picture = pictures.read(signature())
        told = self._race(lambda env, _job: self._get(env)._sign_off(picture), range(3))
        self.assertEqual(told, [None] * 3)
        with self._connection() as env:
            asked = self._get(env)
            self.assertEqual(asked.outcome, "right")
            self.assertEqual(asked.statement_id.confirmed_by, "signature")
            self.assertEqual(len(asked.complaint_id.file_ids), 1)

    @mute_logger("odoo.sql_db")
    def test_signed_and_found_wrong_at_once(self):
        picture = pictures.read(signature())

        def work(env, job):
            asked = self._get(env)
            return asked._sign_off(picture) if job == "sign" else asked._end_wrong("不对")

        self._race(work, ["sign", "wrong"])
        with self._connection() as env:
            asked = self._get(env)
            confirmed = asked.statement_id.confirmed_by
            self.assertIn((asked.outcome, confirmed), [("right", "signature"), ("wrong", False)])
            self.assertEqual(len(asked.complaint_id.file_ids), int(bool(confirmed)))

    @mute_logger("odoo.sql_db")
    def test_what_is_rolled_back_counts_too(self):
        """The officer's wrong code is an error, whose transaction is undone: the try is not."""
        with self._connection() as env:
            self._get(env).write(
                {"code_hash": self._get(env)._hash("123456"), "code_expires_at": "2099-01-01"}
            )

        def guess(env, job):
            if not self._get(env)._try_code(job):
                env.cr.rollback()
                raise UserError(job)

        told = self._race(guess, ["000000"] * TRIES_A_CODE)
        self.assertEqual([str(one) for one in told], ["000000"] * TRIES_A_CODE)
        [told] = self._race(guess, ["123456"])
        self.assertIsInstance(told, UserError)
        with self._connection() as env:
            self.assertFalse(self._get(env).statement_id.confirmed_by)
