from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import CommunicationCase


@tagged("post_install", "-at_install")
class TestGuardians(CommunicationCase):
    """Who gets a child's message is decided at each try, not once for all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mother = cls._create_person("王芳", phone="13800138002", birth_date="1990-01-01")
        cls.father = cls._create_person("张伟", phone="13800138003", birth_date="1988-01-01")
        born = fields.Date.today() - timedelta(days=8 * 365)
        cls.child = cls._create_person("张小明", phone="13800138004", birth_date=born)
        cls.link = cls._relate(cls.mother)

    @classmethod
    def _relate(cls, guardian):
        return cls.env["hcrm.relationship"].create(
            {
                "partner_id": cls.child.id,
                "related_partner_id": guardian.id,
                "relation": "guardian",
                "may_receive_messages": True,
                "may_consent": True,
            }
        )

    def test_the_guardian_gets_it(self):
        message = self._ask(self.child)
        self.assertEqual([one.to for one in self._drain()], ["+8613800138002"])
        self.assertEqual(
            (message.recipient_id, message.asked_recipient_id), (self.mother, self.child)
        )

    def test_a_new_guardian_gets_what_was_put_off(self):
        """Given custody that ends while a message waits, the one who has it now gets it."""
        message = self._ask(self.child)
        # put off by the gateway after the mother was chosen
        message.sudo().write({"recipient_id": self.mother.id, "asked_recipient_id": self.child.id})
        self.link.active = False
        self._relate(self.father)
        self.assertEqual([one.to for one in self._drain()], ["+8613800138003"])

    def test_nobody_who_may_get_it(self):
        message = self._ask(self.child)
        message.sudo().write({"recipient_id": self.mother.id, "asked_recipient_id": self.child.id})
        self.link.active = False
        self.assertFalse(self._drain())
        self.assertEqual(message.state, "refused")

    def test_the_childs_own_number_is_never_used(self):
        """Given a number that was asked for, the guardian's is used, at the second try too."""
        message = self._ask(self.child, address="13800138004")
        message.sudo().write({"recipient_id": self.mother.id, "asked_recipient_id": self.child.id})
        self.assertEqual([one.to for one in self._drain()], ["+8613800138002"])
