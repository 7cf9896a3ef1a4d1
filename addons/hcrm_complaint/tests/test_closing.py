from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestClosing(ComplaintCase):
    """An answered case closes by itself, unless somebody is not content or has something to do."""

    def _answered(self, days, **values):
        case = self._complain(**values)
        case.with_user(self.users["officer"]).action_accept()
        case = case.sudo()
        case._move("answered")
        case.answered_at = fields.Datetime.now() - timedelta(days=days)
        self.env.flush_all()
        return case

    def _close(self):
        self.cases._close_batch()
        self.env.invalidate_all()

    def test_after_its_days_and_not_before(self):
        old, young = self._answered(31), self._answered(29)
        self.assertTrue(self._get_holds(old))
        self._close()
        self.assertEqual((old.state, young.state), ("closed", "answered"))
        self.assertFalse(self._get_holds(old))
        self.assertTrue(old.closed_at)

    def _get_holds(self, case):
        holds = self.env["hcrm.contact.hold"].sudo()
        here = [("res_model", "=", case._name), ("res_id", "=", case.id)]
        return holds.search([*here, ("until", "=", False)])

    def test_the_hospital_says_when(self):
        case = self._answered(31)
        for days, state in ((0, "answered"), (60, "answered"), (10, "closed")):
            self.office.close_after_days = days
            self._close()
            self.assertEqual(case.state, state, days)

    def test_what_stays_open(self):
        rated, busy = self._answered(40), self._answered(40)
        content, planned = self._answered(40), self._answered(40, kind="suggestion")
        rated._rate(1)
        rated.activity_ids.unlink()
        content._rate(5)
        planned.suggestion_state = "adopted"
        busy.activity_schedule("mail.mail_activity_data_todo", user_id=self.users["officer"].id)
        self.env.flush_all()
        self._close()
        self.assertEqual(
            [one.state for one in (rated, busy, content, planned)],
            ["answered", "answered", "closed", "answered"],
        )
