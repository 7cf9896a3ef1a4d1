from odoo.tests import HttpCase, new_test_user, tagged

from .common import HisCommon, adt, patient, visit


@tagged("post_install", "-at_install")
class TestTours(HttpCase, HisCommon):
    def test_dead_letter_is_mended_and_replayed(self):
        """The integration role corrects a copy in the browser; the message arrives."""
        new_test_user(self.env, login="test_mender", groups="hcrm_base.group_integration")
        [message] = self.tell(adt("A04", "C1", patient("P1", birth="19560231"), visit("V1")))
        self.assertDead(message, "PID-7")
        self.start_tour("/odoo/his-dead-letters", "hcrm_his_mend_dead_letter", login="test_mender")
        self.process()
        self.env.invalidate_all()
        self.assertEqual(message.state, "processed")
        self.assertEqual(str(self.person("P1").birth_date), "1956-02-28")
