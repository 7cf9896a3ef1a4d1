from odoo.tests import HttpCase, tagged

from .seat_case import SeatCase


@tagged("post_install", "-at_install")
class TestSeatScreens(HttpCase, SeatCase):
    """A call in a browser, over a screen that has nothing to do with it."""

    def test_a_call_pops_up_and_is_wrapped_up(self):
        """Three persons share the number: one is picked, her matters come, the note is written."""
        self.env["hcrm.contact.note"].create({"partner_id": self.wang.id, "summary": "问停车"})
        answer = self.env["hcrm.answer"].create(
            {"name": "能停车吗", "body": "地下停车场前30分钟免费"}
        )
        answer.sudo().write(
            {"state": "approved", "version": 1, "told_name": answer.name, "told_body": answer.body}
        )
        call = self._create_call()
        (self.second | self.nurse).write({"state": "away"})
        self.env.flush_all()
        login = self.officer.user_id.login
        self.start_tour("/odoo/hcrm-outbox-board", "hcrm_seat_takes_a_call", login=login)
        self.env.invalidate_all()
        self.assertRecordValues(
            call, [{"partner_id": self.wang.id, "state": "ended", "outcome": "answered"}]
        )
        self.assertRecordValues(
            call.note_id,
            [{"partner_id": self.wang.id, "body": "问清了停车", "next_step": "周五回电"}],
        )
        self.assertEqual(self.officer.state, "available")
