"""Where a page of the 360° timeline ends and the next begins. No ORM.

Newest first. What has only a day, and what is told as one line for a day, stands at the end of its
day: so its place does not move when another row of that day arrives between two pages. Lines of
one moment follow each other by kind from Z to A, those of one kind by id from high to low.
"""

from datetime import datetime, time, timedelta
from typing import NamedTuple

import pytz

LAST_MOMENT = timedelta(microseconds=1)


class BadCursor(ValueError):
    """What was sent is no cursor of ours."""


class Cursor(NamedTuple):
    """The key of the last line shown: its time (UTC), its kind, its id."""

    at: datetime
    kind: str
    id: int

    @classmethod
    def parse(cls, value):
        """Return the cursor that a client sends back; None for the first page.

        >>> Cursor.parse(["2026-03-05T01:02:03.000004", "hcrm.encounter", 7]).at.microsecond
        4
        >>> Cursor.parse(None)
        >>> Cursor.parse(["soon", "hcrm.encounter", 7])
        Traceback (most recent call last):
        ...
        BadCursor: ['soon', 'hcrm.encounter', 7]
        """
        if not value:
            return None
        try:
            at, kind, row_id = value
            at = datetime.fromisoformat(at)
            if at.tzinfo or not isinstance(kind, str) or type(row_id) is not int:
                raise ValueError
        except (TypeError, ValueError) as error:
            raise BadCursor(str(value)) from error
        return cls(at, kind, row_id)

    def as_list(self):
        """Return the form that travels to the client and back.

        >>> Cursor(datetime(2026, 3, 5), "hcrm.encounter", 7).as_list()
        ['2026-03-05T00:00:00.000000', 'hcrm.encounter', 7]
        """
        return [self.at.isoformat(timespec="microseconds"), self.kind, self.id]


class Bound(NamedTuple):
    """Rows to come are older than ``at``, or as old and have an id below ``id`` (None: any id)."""

    at: object
    id: int | None


def bound(cursor, kind, zone, by_day):
    """Return where the rows of ``kind`` go on after ``cursor``; None: from the top.

    :param by_day: the rows know their day only; ``at`` is then a day

    >>> china = pytz.timezone("Asia/Shanghai")
    >>> noon = Cursor(datetime(2026, 3, 5, 4), "hcrm.encounter", 7)
    >>> [bound(noon, f"hcrm.{kind}", china, False).id for kind in ("charge", "encounter", "visit")]
    [None, 7, 0]

    What stands at the end of the day was told before noon:

    >>> bound(noon, "hcrm.charge", china, True)
    Bound(at=datetime.date(2026, 3, 5), id=0)
    >>> closing = noon._replace(at=day_end(datetime(2026, 3, 5).date(), china))
    >>> [bound(closing, f"hcrm.{kind}", china, True).id for kind in ("charge", "visit")]
    [None, 0]
    """
    if cursor is None:
        return None
    row_id = cursor.id if kind == cursor.kind else None if kind < cursor.kind else 0
    if not by_day:
        return Bound(cursor.at, row_id)
    day = local_day(cursor.at, zone)
    return Bound(day, row_id if cursor.at == day_end(day, zone) else 0)


def day_start(day, zone):
    """Return the first moment of a local day, in UTC.

    >>> day_start(datetime(2026, 3, 5).date(), pytz.timezone("Asia/Shanghai"))
    datetime.datetime(2026, 3, 4, 16, 0)
    """
    midnight = zone.localize(datetime.combine(day, time()))
    return midnight.astimezone(pytz.utc).replace(tzinfo=None)


def day_end(day, zone):
    """Return the last moment of a local day, in UTC.

    >>> day_end(datetime(2026, 3, 5).date(), pytz.timezone("Asia/Shanghai"))
    datetime.datetime(2026, 3, 5, 15, 59, 59, 999999)
    """
    return day_start(day + timedelta(days=1), zone) - LAST_MOMENT


def local_day(at, zone):
    """Return the local day of a moment in UTC.

    >>> local_day(datetime(2026, 3, 5, 16), pytz.timezone("Asia/Shanghai"))
    datetime.date(2026, 3, 6)
    """
    return pytz.utc.localize(at).astimezone(zone).date()
