from collections import defaultdict
from inspect import isfunction

from odoo.tests import BaseCase, tagged

from odoo.addons.portal.controllers.portal import CustomerPortal


@tagged("post_install", "-at_install")
class TestPortalPages(BaseCase):
    """Odoo makes one class of all portal pages: a name that two addons use is one page less."""

    def test_no_two_of_ours_use_one_name(self):
        users = defaultdict(list)
        for pages in CustomerPortal.__subclasses__():
            if ".hcrm_" not in pages.__module__:
                continue
            for name, method in vars(pages).items():
                is_own = isfunction(getattr(method, "original_endpoint", method))
                if is_own and not hasattr(CustomerPortal, name):
                    users[name].append(pages.__qualname__)
        self.assertTrue(users)
        self.assertFalse({name: found for name, found in users.items() if len(found) > 1})
