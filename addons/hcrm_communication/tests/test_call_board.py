from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .seat_case import SeatCase


@tagged("post_install", "-at_install")
class TestCallBoard(SeatCase):
    """What the supervisor sees, and at what price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "board_m", groups="hcrm_base.group_service_manager")
        cls.queue.answer_within = 20

    def _board(self):
        return self.env["hcrm.call.board"].with_user(self.manager).get_board()

    def _done(self, wait, talk=None, wrap=0):
        """Return a call of today that waited, talked and was wrapped up for so many seconds."""
        call = self._create_call()
        at = fields.Datetime.now() - timedelta(seconds=1000)
        values = {"started_at": at, "queued_at": at, "state": "ended", "outcome": "abandoned"}
        end = at + timedelta(seconds=wait)
        if talk is not None:
            values |= {"talk_at": end, "outcome": "answered"}
            end += timedelta(seconds=talk)
            values["wrapped_at"] = end + timedelta(seconds=wrap)
        call.write({**values, "ended_at": end})
        return call

    def test_figures(self):
        before = self._board()["today"]
        for values in ((5, 60, 10), (15, 120, 20), (45, 60, 30), (300,)):
            self._done(*values)
        today = self._board()["today"]
        for name, count in (("incoming", 4), ("answered", 3), ("in_time", 2), ("abandoned", 1)):
            self.assertEqual(today[name] - before[name], count, name)
        if not before["queued"]:
            self.assertEqual(today["percent"], 50)
            self.assertEqual((today["talk"], today["wrapup"]), (80, 20))

    def test_waiting_and_desks(self):
        call = self._create_call()
        call.queued_at -= timedelta(seconds=90)
        self._create_call(urgency="1")
        board = self._board()
        [line] = [one for one in board["waiting"] if one["id"] == self.queue.id]
        self.assertEqual((line["count"], line["urgent"]), (2, 1))
        self.assertAlmostEqual(board["now"] - line["since"], 90, delta=5)
        self._talk(self.officer)
        agents = {one["id"]: one["state"] for one in self._board()["agents"]}
        self.assertEqual(agents[self.officer.id], "talking")
        self.assertEqual(agents[self.second.id], "available")

    def test_budget(self):
        """Many calls and desks cost as many statements as few."""
        counts = []
        for more in (1, 30):
            for _number in range(more):
                self._create_call()
                self._done(10, 10)
            self._create_desk("officer", self.queue)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._board()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLessEqual(counts[0], 18)
