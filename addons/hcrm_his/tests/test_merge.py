from odoo.tests import tagged

from .common import HisCommon, a40, adt, patient, visit


@tagged("post_install", "-at_install")
class TestMerge(HisCommon):
    """ADT^A40, before and after the persons are known."""

    def test_both_known(self):
        self.tell(adt("A01", "1"), adt("A01", "2", patient("P2"), visit("V2")))
        self.tell(a40("3", "P1", "P2"))
        self.assertEqual(self.person("P2"), self.person("P1"))
        self.assertEqual(self.encounter("V2").partner_id, self.person("P1"))
        self.tell(adt("A08", "4", patient("P2", f13="13800138000"), visit("V2"), time="20260302"))
        self.assertEqual(self.person("P1").phone_stored, "+8613800138000")

    def test_repeated(self):
        self.tell(adt("A01", "1"), adt("A01", "2", patient("P2"), visit("V2")))
        for control in ("3", "4"):
            [told] = self.tell(a40(control, "P1", "P2"))
            self.assertEqual(told.state, "processed")
        self.assertEqual(self.env["hcrm.merge.log"].search_count([]), 1)

    def test_retired_unknown(self):
        """The retired number becomes an alias, so that what comes later finds the survivor."""
        self.tell(adt("A01", "1"))
        self.tell(a40("2", "P1", "P2"))
        self.tell(adt("A01", "3", patient("P2"), visit("V2")))
        self.assertEqual(self.encounter("V2").partner_id, self.person("P1"))
        number = self.person("P1").identifier_ids.filtered(lambda one: one.value_stored == "P2")
        self.assertEqual(number.use, "old")

    def test_survivor_unknown(self):
        self.tell(adt("A01", "1", patient("P2"), visit("V2")))
        self.tell(a40("2", "P1", "P2"))
        self.assertEqual(self.encounter("V2").partner_id, self.person("P1"))
        self.assertTrue(self.person("P1").active)

    def test_both_unknown(self):
        self.tell(a40("1", "P1", "P2"))
        self.assertEqual(self.person("P1"), self.person("P2"))
        self.assertEqual(self.person("P1").name, "张伟")

    def test_in_one_batch_with_what_surrounds_it(self):
        self.tell(
            adt("A01", "1"),
            adt("A01", "2", patient("P2"), visit("V2")),
            a40("3", "P1", "P2"),
            adt("A01", "4", patient("P2"), visit("V3")),
        )
        visits = self.encounter("V1") | self.encounter("V2") | self.encounter("V3")
        self.assertEqual(visits.partner_id, self.person("P1"))

    def test_lanes(self):
        """A merge waits in the lanes of both persons."""
        entries = self.receive(a40("1", "P1", "P2"))
        [told] = self.stored(entries)
        self.assertNotEqual(told.lane, told.lane_other)
        self.process()
        self.assertEqual(told.state, "processed")
