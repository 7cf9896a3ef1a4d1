from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestToday(ComplaintCase):
    """What is on one's desk today: each case where it wants to be done."""

    def _parts(self, role):
        user = self.users.get(role) or self.oncology_head
        told = self.env["hcrm.complaint.today"].with_user(user).get_today()
        return {part["name"]: [row["id"] for row in part["rows"]] for part in told["parts"]}, told

    def test_each_case_in_its_part(self):
        late, due, free = self._complain(), self._complain(), self._complain()
        now = fields.Datetime.now()
        late.sudo().next_due_at = now - timedelta(hours=1)
        due.sudo().next_due_at = now + timedelta(seconds=1)
        free.sudo().next_due_at = now + timedelta(days=4)
        parts, _told = self._parts("officer")
        self.assertIn(late.id, parts["late"])
        self.assertIn(due.id, parts["due"])
        self.assertIn(free.id, parts["free"])
        self.assertNotIn(late.id, parts["free"])

    def test_an_offer_is_on_the_other_desk(self):
        case = self._complain().with_user(self.users["officer"])
        case.action_accept()
        case._offer(self.oncology_desk)
        self.assertEqual(self._parts("oncology_head")[0]["offered"], case.ids)
        self.assertNotIn(case.id, self._parts("department_head")[0]["offered"])

    def test_figures_are_the_managers(self):
        self._complain()
        self.assertIn("desks", self._parts("service_manager")[1])
        self.assertNotIn("desks", self._parts("officer")[1])
        self.assertNotIn("figures", self._parts("department_head")[1])
