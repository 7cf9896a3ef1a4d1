from odoo.tests import tagged

from .segment_case import SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentMerge(SegmentCase):
    """Memberships follow the person through a merge and back."""

    def _rows(self, segment):
        rows = self.env["hcrm.segment.member"].with_context(active_test=False)
        return rows.search([("segment_id", "=", segment.id)])

    def test_history_follows_the_survivor(self):
        survivor, absorbed = self.people[:2]
        segment = self._segment()
        segment._add_members(absorbed | self.people[5])
        segment._remove_members(absorbed)
        segment._add_members(absorbed)
        log = survivor._hcrm_merge(absorbed, "one person")
        rows = self._rows(segment)
        self.assertEqual(rows.partner_id, survivor | self.people[5])
        self.assertEqual(self._current(segment), survivor | self.people[5])
        segment.action_refresh()
        self.assertEqual((segment.size, self._history(segment)[0].left), (2, 0))
        log.action_undo()
        self.assertEqual(self._rows(segment).partner_id, absorbed | self.people[5])

    def test_both_were_in_it(self):
        """Given both in the segment, one row counts; the other waits with the absorbed contact."""
        survivor, absorbed = self.people[:2]
        segment = self._segment()
        segment._add_members(survivor | absorbed)
        log = survivor._hcrm_merge(absorbed, "one person")
        self.assertEqual(self._current(segment), survivor)
        segment.action_refresh()
        self.assertEqual(segment.size, 1)
        log.action_undo()
        self.assertEqual(self._current(segment), survivor | absorbed)
        segment.action_refresh()
        self.assertEqual(segment.size, 2)

    def test_rule_after_a_merge(self):
        """Given a merge, the rule finds the survivor once and the absorbed contact not at all."""
        survivor, absorbed = self.ill[:2]
        segment = self._segment("nurse", domain="[('encounter_ids', '!=', False)]")
        segment.action_refresh()
        log = survivor._hcrm_merge(absorbed, "one person")
        for _round in range(2):
            segment.action_refresh()
            self.assertEqual(self._current(segment), self.ill - absorbed)
        self.assertEqual(len(self._rows(segment)), 3)
        log.action_undo()
        segment.action_refresh()
        self.assertEqual(self._current(segment), self.ill)
        self.assertEqual(len(self._rows(segment)), 3)

    def test_adding_a_merged_contact_adds_the_survivor(self):
        survivor, absorbed = self.people[:2]
        survivor._hcrm_merge(absorbed, "one person")
        segment = self._segment()
        segment._add_members(absorbed.with_user(self.users["service_manager"]))
        self.assertEqual(self._current(segment), survivor)
