"""How well a promise was kept, and whether it can be kept: rules without the ORM."""

from dataclasses import dataclass
from math import ceil

#: Fewer cases than this tell about single persons, and nothing about a rate.
SMALL = 10
#: Fewer cases than this are too few to promise anything on.
ENOUGH = 30


@dataclass(frozen=True)
class Cell:
    """Cases of one department in one month; ``department`` None: several small ones together."""

    department: int | None
    total: int
    kept: int
    broken: int
    waiting: int

    def __add__(self, other):
        return Cell(
            None,
            self.total + other.total,
            self.kept + other.kept,
            self.broken + other.broken,
            self.waiting + other.waiting,
        )


def fold_small(cells, small=SMALL):
    """Return the cells with the small ones put together, so that none can be computed back.

    A cell under ``small`` joins the rest; a rest under ``small`` takes the smallest of the others
    along. What is left under ``small`` alone is not shown at all.

    >>> fold_small([Cell(1, 50, 40, 10, 0), Cell(2, 3, 3, 0, 0), Cell(3, 20, 20, 0, 0)])
    [Cell(department=1, total=50, kept=40, broken=10, waiting=0), Cell(department=None, total=23, \
kept=23, broken=0, waiting=0)]
    >>> fold_small([Cell(1, 4, 4, 0, 0)])
    []
    >>> fold_small([Cell(1, 12, 12, 0, 0), Cell(2, 11, 1, 10, 0)])
    [Cell(department=1, total=12, kept=12, broken=0, waiting=0), Cell(department=2, total=11, \
kept=1, broken=10, waiting=0)]
    """
    ordered = sorted(cells, key=lambda cell: (-cell.total, cell.department or 0))
    rest = [cell for cell in ordered if cell.total < small or cell.department is None]
    shown = [cell for cell in ordered if cell not in rest]
    while rest and sum(cell.total for cell in rest) < small and shown:
        rest.append(shown.pop())
    if rest:
        together = sum(rest[1:], rest[0] + Cell(None, 0, 0, 0, 0))
        if together.total >= small:
            shown.append(together)
    return shown


def rate(kept, broken):
    """Return the share kept of what is decided, in percent; None when nothing is.

    >>> rate(3, 1), rate(0, 0)
    (75.0, None)
    """
    decided = kept + broken
    return 100.0 * kept / decided if decided else None


def told(count, step=SMALL):
    """Return a count in full tens: how it is told while the terms of a promise may change.

    >>> told(9), told(19), told(1234)
    (0, 10, 1230)
    """
    return count - count % step


def told_rate(kept, decided, step=SMALL):
    """Return the rate of counts rounded to tens; None for fewer.

    Who moves the limit by a minute sees nothing, or that the middle one of ten cases passed it.

    >>> told_rate(372, 400), told_rate(374, 400), told_rate(376, 400)
    (92.5, 92.5, 95.0)
    >>> told_rate(33, 33), told_rate(36, 36), told_rate(1, 36), told_rate(9, 9)
    (100.0, 100.0, 0.0, None)
    """
    if decided < step:
        return None
    near_kept, near_decided = (told(count + step // 2, step) for count in (kept, decided))
    return rate(near_kept, near_decided - near_kept)


def every_tenth(share, cases, step=SMALL):
    """Return ``share`` of ``cases`` moved up to the next tenth case, for ``percentile_disc``.

    Just below the share of that case, so that no rounding makes it the one after.

    >>> [round(every_tenth(share, 40) * 40, 1) for share in (0.01, 0.25, 0.26, 0.9, 1)]
    [9.5, 9.5, 19.5, 39.5, 39.5]
    >>> every_tenth(0.9, 9)
    """
    if cases < step:
        return None
    rank = min(cases, ceil(ceil(share * cases - 1e-9) / step) * step)
    return (rank - 0.5) / cases


@dataclass(frozen=True)
class Past:
    """What the records say about a promise before it is made; rates in percent, None: unknown."""

    cases: int
    rate: float | None
    worst_rate: float | None = None  # of the weakest department with enough cases
    busy_rate: float | None = None  # on the busiest tenth of the days
    missing: int = 0  # cases without an end time


@dataclass(frozen=True)
class Verdict:
    """``level``: good, risky, bad or unknown; ``reasons``: codes, most serious first."""

    level: str
    reasons: tuple = ()


def judge(past, target, monthly_cost=0.0, monthly_budget=None):
    """Return whether a promise kept in ``target`` percent of cases could be kept as things are.

    >>> judge(Past(400, 97.0, 95.0, 94.0), 90)
    Verdict(level='good', reasons=())
    >>> judge(Past(400, 93.0, 71.0, 80.0), 90)
    Verdict(level='risky', reasons=('busy_days', 'weak_department'))
    >>> judge(Past(400, 62.0, 40.0, 50.0), 90).level, judge(Past(12, 100.0), 90).level
    ('bad', 'unknown')
    >>> judge(Past(400, 97.0, missing=300), 90).reasons
    ('missing_times',)
    >>> judge(Past(400, 97.0), 90, monthly_cost=900, monthly_budget=500).level
    'bad'
    """
    if past.cases < ENOUGH or past.rate is None:
        return Verdict("unknown", ("too_few",))
    bad, risky = [], []
    if past.rate < target:
        bad.append("below_target")
    if monthly_budget is not None and monthly_cost > monthly_budget:
        bad.append("above_budget")
    if past.busy_rate is not None and past.busy_rate < target:
        risky.append("busy_days")
    if past.worst_rate is not None and past.worst_rate < target:
        risky.append("weak_department")
    if past.missing * 4 > past.cases + past.missing:
        risky.append("missing_times")
    level = "bad" if bad else "risky" if risky else "good"
    return Verdict(level, (*bad, *risky))
