"""Seeded chance with weighted tables; the same seed gives the same hospital on every machine."""

import math
from bisect import bisect
from itertools import accumulate
from random import Random


class Weighted:
    """Values drawn with weights.

    >>> Weighted([("a", 1), ("b", 0)]).pick(Dice(1))
    'a'
    """

    __slots__ = ("_steps", "total", "values")

    def __init__(self, pairs):
        pairs = list(pairs)
        self.values = [value for value, _weight in pairs]
        self._steps = list(accumulate(weight for _value, weight in pairs))
        self.total = self._steps[-1] if self._steps else 0

    def pick(self, dice):
        return self.values[bisect(self._steps, dice.random() * self.total)]


class Dice:
    """What the generator asks of chance."""

    __slots__ = ("gauss", "random")

    def __init__(self, seed):
        source = Random(seed)
        self.random = source.random
        self.gauss = source.gauss

    def chance(self, probability):
        return self.random() < probability

    def pick(self, values):
        return values[int(self.random() * len(values))]

    def between(self, low, high):
        """Return a whole number from ``low`` to ``high``, both possible."""
        return low + int(self.random() * (high - low + 1))

    def skewed(self, median, spread):
        """Return a number of the log-normal law: most are small, a few are huge."""
        return median * math.exp(self.gauss(0, spread))

    def times(self, mean):
        """Return how often something of this mean happens (Poisson)."""
        limit, product, count = math.exp(-min(mean, 50)), self.random(), 0
        while product > limit:
            product *= self.random()
            count += 1
        return count

    def sample(self, values, count):
        """Return ``count`` different ones of ``values``, all of them when there are fewer."""
        left = list(values)
        return [left.pop(int(self.random() * len(left))) for _i in range(min(count, len(left)))]
