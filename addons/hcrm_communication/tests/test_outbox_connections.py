from odoo.tests import BaseCase, tagged

from ..models.outbox_connections import borrow, keep_connections
from ..tools.gateway import Gateway, Settings


class Wire(Gateway):
    """A connection that remembers whether it is open."""

    is_open = True

    def close(self):
        """Hang up."""
        self.is_open = False


@tagged("post_install", "-at_install")
class TestOutboxConnections(BaseCase):
    """Connections outlive a batch, never a drain, and never the settings they were made of."""

    def _use(self, password="a"):
        with borrow(1, [Wire(Settings(secret=password))]) as [wire]:
            self.assertTrue(wire.is_open)
        return wire

    def test_kept_from_batch_to_batch(self):
        with keep_connections():
            first = self._use()
            self.assertIs(self._use(), first)
            self.assertTrue(first.is_open)
        self.assertFalse(first.is_open)

    def test_alone_they_are_closed(self):
        self.assertFalse(self._use().is_open)

    def test_another_password_makes_others(self):
        with keep_connections():
            first = self._use()
            second = self._use("b")
            self.assertIsNot(second, first)
            self.assertFalse(first.is_open)

    def test_a_mistake_closes_them(self):
        with keep_connections():
            first = self._use()
            with self.assertRaises(ZeroDivisionError), borrow(1, [Wire(Settings(secret="a"))]):
                raise ZeroDivisionError
            self.assertFalse(first.is_open)
            self.assertIsNot(self._use(), first)
