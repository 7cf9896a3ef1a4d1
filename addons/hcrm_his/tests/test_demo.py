from odoo.tests import TransactionCase, tagged

from ..tools import demo_feed


@tagged("post_install", "-at_install", "demo_hospital")
class TestDemo(TransactionCase):
    def test_feed_of_the_demonstration(self):
        """Every demonstration has a morning of messages: three dead letters, the rest arrived."""
        self.env["hcrm.demo"]._generate(60, seed=5, months=1)
        self.env["hcrm.demo"]._open_desks()
        found = self.env["hcrm.his.message"].search([("control_id", "=like", "DEMO%")])
        dead = found.filtered(lambda message: message.state == "dead")
        self.assertEqual(len(found), demo_feed.PATIENTS)
        self.assertEqual(len(dead), 3)
        self.assertEqual(set((found - dead).mapped("state")), {"processed"})
        self.assertFalse("\n".join(filter(None, found.mapped("warnings"))))
        self.assertFalse(found.partner_id.filtered(lambda one: not one.identifier_ids))
