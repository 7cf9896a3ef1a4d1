from odoo.tests import freeze_time, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestReadiness(ComplaintCase):
    """The checklist says what complaints still lack."""

    def _get_states(self):
        lines = self.env["hcrm.readiness"].with_user(self.users["hcrm_admin"]).get_checklist()
        return {line["code"]: line for line in lines if line["code"].startswith("complaint_")}

    def test_an_office_without_people_and_a_ladder_without_rungs(self):
        self.assertEqual(self._get_states()["complaint_office"]["state"], "done")
        self.office.member_ids.active = False
        found = self._get_states()
        self.assertEqual(found["complaint_office"]["state"], "todo")
        self.assertEqual(found["complaint_ladder"]["state"], "todo")
        self.desks.create(
            {
                "name": "Vice-president",
                "company_id": self.company.id,
                "level": "3",
                "user_ids": [(4, self.users["leader"].id)],
            }
        )
        self.assertEqual(self._get_states()["complaint_ladder"]["state"], "done")

    def test_holidays_of_the_year_into_which_deadlines_fall(self):
        self.company.resource_calendar_id._hcrm_load_holidays()
        with freeze_time("2026-05-01"):
            self.assertEqual(self._get_states()["complaint_holidays"]["state"], "done")
        with freeze_time("2026-11-01"):
            line = self._get_states()["complaint_holidays"]
        self.assertEqual(line["state"], "todo")
        self.assertIn("2027", line["reason"])
        self.env["resource.calendar.leaves"].create(
            {"name": "2027", "date_from": "2027-01-01", "date_to": "2027-01-02"}
        )
        with freeze_time("2026-11-01"):
            self.assertEqual(self._get_states()["complaint_holidays"]["state"], "done")
