from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from .common import ComplaintCase

NOW = datetime(2026, 3, 20, 4, 0)
FRIDAY = datetime(2026, 3, 6, 2, 0)


@tagged("post_install", "-at_install")
class TestComplaintPromise(ComplaintCase):
    """What a hospital promises of its complaints is measured from the cases themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        few = "odoo.addons.hcrm_base.models.hcrm_promise_measure_mixin.TOLD_FROM"
        cls.startClassPatcher(patch(few, 0))  # else each test would need ten cases
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"

    def _promise(self, clock, days):
        return self.env["hcrm.promise"].create(
            {
                "name": "P",
                "commitment": "P",
                "remedy": "R",
                "clock_id": self.env.ref(f"hcrm_complaint.promise_clock_{clock}").id,
                "limit_value": days,
                "limit_unit": "workdays",
            }
        )

    def _played(self, steps, **values):
        """Return a case received on Friday that took its steps so many days later."""
        case = self._complain(received_at=FRIDAY, is_history=True, **values).sudo()
        for state, days in steps.items():
            at = FRIDAY + timedelta(days=days)
            case.with_context(hcrm_complaint_at=at)._move(state)
        return case

    def _measure(self, clock, days=5):
        promise = self._promise(clock, days)
        promise._measure(NOW)
        return promise.kept_count, promise.broken_count, promise.waiting_count

    def test_answered(self):
        # the fifth working day after Friday is the next Friday
        self._played({"accepted": 0, "answered": 7})
        self._played({"accepted": 0, "answered": 8})
        self._played({"accepted": 0})
        self._played({"refused": 1})
        self._played({"accepted": 0, "answered": 1}, kind="praise")
        self.assertEqual(self._measure("answered"), (1, 2, 0))
        self.assertEqual(self._measure("answered", 30), (2, 0, 1))

    def test_accepted_and_closed(self):
        self._played({"accepted": 3, "answered": 4, "closed": 5})
        self._played({"accepted": 5})
        self.assertEqual(self._measure("accepted", 1), (1, 1, 0))
        self.assertEqual(self._measure("closed", 5), (1, 1, 0))

    def test_suggestions_are_a_promise_of_their_own(self):
        self._played({"accepted": 1, "answered": 2}, kind="suggestion")
        self._played({"accepted": 1, "answered": 2}, kind="inquiry")
        self._played({"accepted": 1, "answered": 2})
        self.assertEqual(self._measure("suggestion"), (2, 0, 0))
        self.assertEqual(self._measure("answered"), (1, 0, 0))
