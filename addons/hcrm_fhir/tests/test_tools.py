import doctest
import importlib
import pkgutil

from odoo.tests import TransactionCase, tagged

from .. import tools


@tagged("post_install", "-at_install")
class TestTools(TransactionCase):
    """The examples in the pure modules hold."""

    def test_doctests(self):
        found = 0
        for module in pkgutil.walk_packages(tools.__path__, f"{tools.__name__}."):
            result = doctest.testmod(importlib.import_module(module.name))
            self.assertFalse(result.failed, module.name)
            found += result.attempted
        self.assertGreater(found, 40)
