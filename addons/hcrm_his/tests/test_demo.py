from odoo.tests import TransactionCase, tagged

from ..tools import demo_feed


@tagged("post_install", "-at_install", "demo_hospital")
class TestDemo(TransactionCase):
    def test_feed_of_the_demonstration(self):
        """Every demonstration has a morning of messages: a few dead letters, the rest arrived."""
        self.env["hcrm.demo"]._generate(60, seed=5, months=1)
        customers = self.env["res.partner"].search_count([("is_customer", "=", True)])
        self.env["hcrm.demo"]._open_desks()
        found = self.env["hcrm.his.message"].search([("peer", "=", "demo")])
        dead = found.filtered(lambda message: message.state == "dead")
        self.assertEqual(len(found), demo_feed.PATIENTS)
        self.assertEqual(len(dead), demo_feed.DEAD)
        self.assertEqual(len(set(dead.mapped("reason"))), demo_feed.DEAD)
        self.assertEqual(set((found - dead).mapped("state")), {"processed"})
        self.assertFalse("\n".join(filter(None, found.mapped("warnings"))))
        self.assertFalse(found.partner_id.filtered(lambda one: not one.identifier_ids))
        known = self.env["res.partner"].search_count([("is_customer", "=", True)])
        self.assertEqual(known, customers, "nobody is there twice")
