from odoo.tests import tagged

from ..models.number_domain import number_matches
from ..tools import numbers
from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestNumberSearch(ComplaintCase):
    """A number is found as people have it: whole, spelled, its beginning, its last digits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls._complain()
        cls.case.with_user(cls.users["officer"]).action_accept()
        cls.other = cls._complain("另一件")

    def _search(self, typed, user=None):
        cases = self.cases.with_user(user or self.users["officer"])
        return cases.browse(row[0] for row in cases.name_search(typed, limit=None))

    def test_whole_spelled_and_in_full_width(self):
        for number in (self.case.receipt_number, self.case.intake_number):
            for typed in (number, numbers.spell(number), number.translate(FULL_WIDTH)):
                self.assertEqual(self._search(typed), self.case, typed)

    def test_beginning_and_end(self):
        self.assertIn(self.case, self._search(self.case.receipt_number[:8]))
        self.assertEqual(self._search(self.case.receipt_number[-7:]), self.case)
        self.assertNotIn(self.case, self._search(self.other.intake_number[-7:]))
        self.assertIn(self.other, self._search(self.other.intake_number[-7:]))

    def test_words_with_digits_are_words_too(self):
        self.case.name = "Ward 1234 was loud"
        self.assertEqual(self._search("Ward 1234"), self.case)
        self.assertEqual(self._search("loud"), self.case)

    def test_nines_have_no_next(self):
        self.assertFalse(self._search("99999999999"))

    def test_in_memory_as_in_the_database(self):
        domain = number_matches(self.case.receipt_number[-6:])
        self.assertEqual((self.case | self.other).filtered_domain(domain), self.case)

    def test_who_it_is_about_finds_nothing(self):
        about = self._complain(staff=["T-oncology_head"], department_id=self.oncology.id)
        self.assertFalse(self._search(about.intake_number, self.oncology_head))
        self.assertTrue(self._search(about.intake_number))


FULL_WIDTH = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}
