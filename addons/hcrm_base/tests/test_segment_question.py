from odoo.exceptions import UserError
from odoo.tests import tagged

from .segment_case import SegmentCase

RULE = "[('city', '=', '段城')]"


@tagged("post_install", "-at_install")
class TestSegmentQuestion(SegmentCase):
    """An analyst, who may see nobody, does not find a person by trying rules."""

    def setUp(self):
        super().setUp()
        self.segments = self._as("analyst", self.env["hcrm.segment"])
        self.log = self.env["hcrm.access.log"]

    def _asked(self):
        self.log._flush_notes()
        return self.log.search(
            [("user_id", "=", self.users["analyst"].id), ("detail", "=", "segment rule")]
        )

    def test_previews_are_rounded(self):
        """Given twelve persons, the analyst reads about ten, with one person more the same."""
        found = self.segments.preview_rule("[('age', '>', 1), ('city', '=', '段城')]")["size"]
        self._person("多一人", city="段城", birth_date="1980-01-01")
        again = self.segments.preview_rule("[('age', '>', 1), ('city', '=', '段城')]")["size"]
        self.assertEqual(found, again)
        self.assertIn("about 10", found)

    def test_previews_are_logged(self):
        """Each preview of an analyst is a line with its question; a nurse's is none of these."""
        self.segments.preview_rule(RULE)
        line = self._asked()
        self.assertEqual(len(line), 1)
        self.assertIn("段城", line.domain_text)
        self._as("nurse", self.env["hcrm.segment"]).preview_rule(RULE)
        self.assertEqual(self._asked(), line)

    def test_so_many_a_day(self):
        """Given the number of a day is used up, nothing is counted and no rule is kept."""
        self.env["ir.config_parameter"].set_param("hcrm_base.segment_questions_a_day", 2)
        for _time in range(2):
            self.assertIn("10", self.segments.preview_rule(RULE)["size"])
            self.log._flush_notes()
        found = self.segments.preview_rule(RULE)
        self.assertEqual(found, {"size": "not counted any more today", "error": ""})
        with self.assertRaisesRegex(UserError, "go on tomorrow"):
            self.segments.create({"name": "one more", "domain": RULE})
        self.assertEqual(len(self._asked()), 2)
        self.assertTrue(self._as("nurse", self.env["hcrm.segment"]).preview_rule(RULE)["size"])

    def test_kept_rules_count(self):
        segment = self.segments.create({"name": "x", "domain": RULE})
        self._asked()
        segment.domain = "[('age', '>', 50)]"
        self.assertEqual(len(self._asked()), 2)
        segment.name = "another name"
        self.assertEqual(len(self._asked()), 2)
