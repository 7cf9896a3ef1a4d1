"""Counts of complaints as statistics: Pareto, rates with intervals, control charts, before and
after. Without the ORM; nothing is estimated from a normal curve where exact sums are cheap.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import exp, lgamma, log, log1p, sqrt
from statistics import NormalDist

#: Above so many events Byar's approximation of the exact interval is off by less than 0.1 %.
EXACT_UP_TO = 200
#: So many points in a row on one side of the middle are no chance.
RUN = 8
#: Share of the whole that the few vital causes make.
VITAL = 0.8
#: A ratio of rates whose whole interval lies within is called unchanged.
SAME = (0.67, 1.5)


@dataclass(frozen=True)
class Bar:
    """One cause of a Pareto chart; ``share`` and ``cumulative`` of 1."""

    key: object
    count: int
    share: float
    cumulative: float
    is_vital: bool


def pareto(counts):
    """Return {cause: count} as bars, largest first; vital are the first ones that make 80 %.

    >>> [(bar.key, round(bar.cumulative, 2), bar.is_vital)
    ...  for bar in pareto({"delay": 50, "food": 5, "rude": 30, "bill": 15})]
    [('delay', 0.5, True), ('rude', 0.8, True), ('bill', 0.95, False), ('food', 1.0, False)]
    >>> pareto({}), pareto({"none": 0})
    ([], [])
    """
    total = sum(counts.values())
    bars, before = [], 0
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    for key, count in ordered:
        if count:
            is_vital = before < VITAL * total
            before += count
            bars.append(Bar(key, count, count / total, before / total, is_vital))
    return bars


# A RATE AND ITS INTERVAL


def poisson_cdf(count, mean):
    """Return P(X <= count).

    >>> round(poisson_cdf(2, 3.0), 4), poisson_cdf(5, 0)
    (0.4232, 1.0)
    """
    term = total = exp(-mean)
    for number in range(1, count + 1):
        term *= mean / number
        total += term
    return min(total, 1.0)


def _solve(function, low, high):
    """Return where a falling function passes zero."""
    for _step in range(80):
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def interval(count, exposure, level=0.95):
    """Return the exact (Garwood) limits of a Poisson rate.

    R's documentation of poisson.test: 137 events in 24.19893 give 4.753125 and 6.692709.

    >>> [round(limit, 6) for limit in interval(137, 24.19893)]
    [4.753125, 6.692709]
    >>> [round(limit, 4) for limit in interval(0, 1)]  # Ulm 1990: no event, limit 3.6889
    [0.0, 3.6889]
    >>> exact, near = interval(200, 1), _byar(200, 0.025)
    >>> [abs(a / b - 1) < 0.001 for a, b in zip(exact, near)]
    [True, True]
    """
    tail = (1 - level) / 2
    if count > EXACT_UP_TO:
        low, high = _byar(count, tail)
    else:
        top = count + 10 * sqrt(count + 1) + 10
        low = _solve(lambda mean: tail - 1 + poisson_cdf(count - 1, mean), 0, top) if count else 0.0
        high = _solve(lambda mean: poisson_cdf(count, mean) - tail, 0, top)
    return low / exposure, high / exposure


def _byar(count, tail):
    z = NormalDist().inv_cdf(1 - tail)
    above = count + 1
    low = count * (1 - 1 / (9 * count) - z / (3 * sqrt(count))) ** 3
    return low, above * (1 - 1 / (9 * above) + z / (3 * sqrt(above))) ** 3


# CONTROL CHART


@dataclass(frozen=True)
class Point:
    """One period: rate, control limits, and why it is no chance: high, low, run or nothing."""

    rate: float | None
    center: float
    low: float
    high: float
    signal: str | None


def u_chart(periods, widen=False):
    """Return the points of a u-chart of (count, exposure) periods.

    Montgomery, Introduction to Statistical Quality Control, personal computers, samples of 5: 193
    in 20 samples, middle 1.93, limits 0.07 and 3.79.

    >>> computers = [10, 12, 8, 14, 10, 16, 11, 7, 10, 15, 9, 5, 7, 11, 12, 6, 8, 10, 7, 5]
    >>> chart = u_chart([(count, 5) for count in computers])
    >>> [round(value, 2) for value in (chart[0].center, chart[0].low, chart[0].high)]
    [1.93, 0.07, 3.79]
    >>> {point.signal for point in chart}
    {None}
    >>> [point.signal for point in u_chart([(5, 10)] * 9 + [(25, 10)])][-1]
    'high'

    A period without exposure has no rate. With ``widen`` (Laney's u'), limits follow the spread
    that is there where it is more than chance: with thousands of encounters a month nearly every
    one would be a signal.

    >>> u_chart([(3, 10), (0, 0)])[1].rate
    >>> wild = [(120, 1000), (60, 1000), (130, 1000), (50, 1000)] * 3
    >>> [sum(point.signal is not None for point in u_chart(wild, widen)) for widen in (False, True)]
    [12, 0]
    """
    exposure = sum(size for _count, size in periods)
    if not exposure:
        return [Point(None, 0.0, 0.0, 0.0, None) for _period in periods]
    center = sum(count for count, size in periods if size) / exposure
    factor = max(1.0, spread(periods, center)) if widen else 1.0
    points = []
    for count, size in periods:
        width = 3 * factor * sqrt(center / size) if size else 0.0
        low, high = max(0.0, center - width), center + width
        rate = count / size if size else None
        points.append(Point(rate, center, low, high, _beyond(rate, low, high)))
    return _mark_runs(points)


def spread(periods, center):
    """Return how many times wider than chance the periods differ from one to the next.

    >>> round(spread([(10, 10), (10, 10)], 1.0), 2), spread([(1, 1)], 1.0)
    (0.0, 1.0)
    """
    scores = [(count / size - center) / sqrt(center / size) for count, size in periods if size]
    moves = [abs(after - before) for before, after in pairwise(scores)] if center else []
    return sum(moves) / len(moves) / 1.128 if moves else 1.0


def _beyond(rate, low, high):
    if rate is None or low <= rate <= high:
        return None
    return "high" if rate > high else "low"


def _mark_runs(points):
    """Mark the points of runs on one side of the middle, which no limit catches.

    >>> [point.signal for point in u_chart([(9, 10)] * 8 + [(11, 10)] * 8)] == ["run"] * 16
    True
    >>> {point.signal for point in u_chart([(9, 10)] * 7 + [(11, 10)] * 7)}
    {None}
    """
    marked, run = list(points), []
    for number, point in enumerate(points):
        side = (
            0 if point.rate is None else (point.rate > point.center) - (point.rate < point.center)
        )
        if not side or (run and run[-1][1] != side):
            run = []
        if side:
            run.append((number, side))
        if len(run) >= RUN:
            for place, _side in run:
                old = marked[place]
                marked[place] = Point(old.rate, old.center, old.low, old.high, old.signal or "run")
    return marked


# BEFORE AND AFTER


@dataclass(frozen=True)
class Comparison:
    """``ratio`` of the rate after to that before with its 95 % limits; None: without end."""

    p_value: float
    ratio: float | None
    low: float
    high: float | None
    verdict: str


def compare(before, before_exposure, after, after_exposure, level=0.95):
    """Compare two Poisson rates by the exact conditional test, and say what may be said.

    R's documentation of poisson.test: 11 in 800 against 21 in 3011 person-years give p 0.07967,
    ratio 1.971488 and limits 0.8584264 and 4.2772659.

    >>> test = compare(21, 1083 + 1050 + 878, 11, 800)
    >>> [round(value, 5) for value in (test.p_value, test.ratio, test.low, test.high)]
    [0.07967, 1.97149, 0.85843, 4.27727]

    Verdicts: better, worse, same (the interval leaves room for no relevant change), unclear, and
    too_few, where even no case at all afterwards would prove nothing.

    >>> [compare(*counts).verdict for counts in (
    ...     (60, 10000, 20, 10000), (20, 10000, 60, 10000), (900, 1000, 910, 1000),
    ...     (30, 1000, 25, 1000), (3, 1000, 0, 1000), (0, 1000, 1, 1000))]
    ['better', 'worse', 'same', 'unclear', 'too_few', 'too_few']
    """
    total, share = before + after, after_exposure / (before_exposure + after_exposure)
    odds = before_exposure / after_exposure
    p_value = binomial_p_value(after, total, share)
    low, high = (
        limit / (1 - limit) * odds if limit < 1 else None
        for limit in binomial_interval(after, total, level)
    )
    ratio = after / before * odds if before else None
    verdict = "same" if low >= SAME[0] and (high or SAME[1] + 1) <= SAME[1] else "unclear"
    if p_value < 1 - level:
        verdict = "worse" if ratio is None or ratio > 1 else "better"
    elif (1 - share) ** total >= 1 - level:
        verdict = "too_few"
    return Comparison(p_value, ratio, low, high, verdict)


def _log_binomial(count, total, share):
    ways = lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
    return ways + count * log(share) + (total - count) * log1p(-share)


def binomial_p_value(count, total, share):
    """Return the exact two-sided p-value: of all outcomes not more likely than this one.

    R's documentation of binom.test: 682 of 925 against 3/4 give 0.3825.

    >>> round(binomial_p_value(682, 925, 0.75), 4)
    0.3825
    """
    mine = _log_binomial(count, total, share) + 1e-7
    logs = (_log_binomial(number, total, share) for number in range(total + 1))
    return min(1.0, sum(exp(value) for value in logs if value <= mine))


def binomial_interval(count, total, level=0.95):
    """Return the exact (Clopper-Pearson) limits of a share.

    R's documentation of binom.test: 682 of 925 give 0.7076683 and 0.7654066.

    >>> [round(limit, 7) for limit in binomial_interval(682, 925)]
    [0.7076683, 0.7654066]
    >>> [round(limit, 4) for limit in binomial_interval(0, 10)], binomial_interval(0, 0)
    ([0.0, 0.3085], (0.0, 1.0))
    """
    tail = (1 - level) / 2

    def cdf(number, share):
        return sum(exp(_log_binomial(one, total, share)) for one in range(number + 1))

    low = _solve(lambda share: tail - 1 + cdf(count - 1, share), 0, 1) if count else 0.0
    high = _solve(lambda share: cdf(count, share) - tail, 0, 1) if count < total else 1.0
    return low, high
