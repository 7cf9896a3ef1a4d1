import re
from unittest.mock import patch

from odoo import models
from odoo.tests import tagged

from odoo.addons.test_lint.tests import test_index

FIRST_COLUMN = re.compile(r"(?:UNIQUE )?INDEX (?:USING btree )?\(\s*\"?(\w+)\"?\s*[,)\s]")


def covered_fields(registry):
    """Return ``model.field`` of each column with which an index over all rows begins.

    Such an index finds the rows of a One2many as well as one of the column alone would.
    """
    return {
        f"{name}.{found[1]}"
        for name, model in registry.items()
        for index in model._table_objects.values()
        if isinstance(index, models.Index)
        and not re.search(r"\bWHERE\b", definition := index.get_definition(registry))
        and (found := FIRST_COLUMN.match(definition))
    }


@tagged("post_install", "-at_install")
class TestIndex(test_index.TestIndex):
    """Odoo's own test, which knows ``index=`` on the field only, and a list of core's fields."""

    def test_enforce_index_on_one2many_inverse(self):
        known = test_index.BTREE_INDEX_IGNORE_FIELDS | covered_fields(self.env.registry)
        with patch.object(test_index, "BTREE_INDEX_IGNORE_FIELDS", known):
            super().test_enforce_index_on_one2many_inverse()

    def test_covered_fields(self):
        """An index that begins with the column counts; a partial or unordered one does not."""
        covered = covered_fields(self.env.registry)
        if "hcrm.segment.member" in self.env:
            self.assertIn("hcrm.segment.member.segment_id", covered)
            self.assertNotIn("hcrm.segment.member.left_at", covered)
            self.assertNotIn("hcrm.segment.member.entered_at", covered)
        if "hcrm.access.log" in self.env:
            self.assertNotIn("hcrm.access.log.partner_ids", covered, "gin")
