import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

from odoo.tests import TransactionCase, tagged

LIMIT, CALLS = 10, 60
DAY = 24 * 60 * 60


@tagged("post_install", "-at_install")
class TestRateCount(TransactionCase):
    """Counts hold for all processes: parallel requests neither pass uncounted nor fail."""

    def setUp(self):
        super().setUp()
        self.counts = self.env["hcrm.rate.count"]
        self._forget()
        self.addCleanup(self._forget)

    def _forget(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM hcrm_rate_count WHERE what = 'test'")

    def _is_too_often(self, who="a"):
        return self.counts._is_too_often("test", who, LIMIT, DAY)

    def test_one_after_the_other(self):
        answers = [self._is_too_often() for _call in range(LIMIT + 2)]
        self.assertEqual(answers, [False] * LIMIT + [True, True])
        self.assertFalse(self._is_too_often("b"), "somebody else's count is their own")

    def test_what_was_harmless_is_taken_back(self):
        for _call in range(LIMIT * 2):
            self.assertFalse(self._is_too_often())
            self.counts._take_back("test", "a", DAY)
        self.counts._take_back("test", "nobody", DAY)
        self.assertFalse(self._is_too_often("nobody"))

    def test_how_long_it_lasts(self):
        self.assertEqual(self.counts._get_wait("test", "a", LIMIT, DAY), 0)
        for _call in range(LIMIT):
            self._is_too_often()
        wait = self.counts._get_wait("test", "a", LIMIT, DAY)
        self.assertAlmostEqual(wait, DAY - time.time() % DAY, delta=5)
        self.assertEqual(self.counts._get_wait("test", "b", LIMIT, DAY), 0)

    def test_flood(self):
        """Given many connections at once, as many pass as are allowed, not one more or less."""
        with ThreadPoolExecutor(8) as workers:
            answers = list(workers.map(lambda _call: self._is_too_often(), range(CALLS)))
        self.assertEqual(answers.count(False), LIMIT)

    def test_two_connections(self):
        """One that comes while another is being counted waits for its count."""
        for _call in range(LIMIT - 1):
            self._is_too_often()
        with ThreadPoolExecutor(1) as worker, self.registry.cursor() as other:
            self.assertEqual(self.counts._add(other, "test", "a", DAY), LIMIT)
            asked = worker.submit(self._is_too_often)
            with self.assertRaises(NotYet):
                asked.result(timeout=0.5)
            other.commit()
            self.assertTrue(asked.result(timeout=10))

    def test_along(self):
        """What is written along is written whether the request is refused or not."""
        for _call in range(LIMIT + 1):
            seen = []
            self.counts._is_too_often("test", "c", LIMIT, DAY, along=seen.append)
            self.assertEqual(len(seen), 1)
