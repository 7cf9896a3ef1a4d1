"""How the consent ledger is read: what a person had agreed to on a day, for a topic and a channel.

The ledger is a pile of rows, each about one cell: (topic or all, channel or all). A question
(topic, channel) looks into the four cells that cover it. The same rule in SQL, for any number of
persons, is ``models/consent_sql.py``; a property test holds the two together.
"""

from datetime import date, datetime
from typing import NamedTuple

GRANTED, WITHDRAWN, UNKNOWN = "granted", "withdrawn", "unknown"

#: From this birthday on the person decides, below it a guardian does (PIPL art. 31).
OWN_DECISION_AGE = 14
#: When two persons turn out to be one, or two are asked: the strictest answer first.
STRICTEST = (WITHDRAWN, UNKNOWN, GRANTED)


class Row(NamedTuple):
    """A row of the ledger; ``topic`` or ``channel`` None means all of them."""

    id: int
    topic: int | None
    channel: str | None
    is_grant: bool
    decided_at: datetime
    expires_on: date | None = None

    @property
    def cell(self):
        return self.topic is not None, self.channel is not None

    @property
    def rank(self):
        """Rows of one second follow each other as they were written."""
        return self.decided_at, self.id


class Answer(NamedTuple):
    """``row_id`` is the row that decides, None where nothing was ever said."""

    status: str
    row_id: int | None = None


def read(rows, topic, channel, at, day):
    """Return the :class:`Answer` to "had the person agreed?" at the moment ``at``.

    * In each cell the newest row counts. A grant that has expired on ``day`` is no grant, and the
      grants before it stay replaced.
    * A withdrawal is lifted only by a later grant that holds now and whose cell is at least as
      specific: "yes" to everything does not undo "no SMS".
    * Any withdrawal left: withdrawn. Else any grant that holds: granted. Else unknown.

    >>> at, day = datetime(2026, 3, 1), date(2026, 3, 1)
    >>> no_sms = Row(1, None, "sms", False, datetime(2026, 1, 1))
    >>> yes = Row(2, None, None, True, datetime(2026, 2, 1))
    >>> read([no_sms, yes], None, "sms", at, day), read([no_sms, yes], None, "email", at, day)
    (Answer(status='withdrawn', row_id=1), Answer(status='granted', row_id=2))
    >>> yes_sms = Row(3, None, "sms", True, datetime(2026, 2, 2), date(2026, 2, 20))
    >>> read([no_sms, yes_sms], None, "sms", datetime(2026, 2, 5), date(2026, 2, 5)).status
    'granted'
    >>> read([no_sms, yes_sms], None, "sms", at, day).status  # it expired: the "no" stands again
    'withdrawn'
    """
    told = [
        row
        for row in rows
        if row.topic in (None, topic) and row.channel in (None, channel) and row.decided_at <= at
    ]
    newest, withdrawn = {}, {}
    for row in sorted(told, key=lambda row: row.rank):
        newest[row.cell] = row
        if not row.is_grant:
            withdrawn[row.cell] = row
    grants = [
        row
        for row in newest.values()
        if row.is_grant and (row.expires_on is None or row.expires_on >= day)
    ]
    standing = [row for row in withdrawn.values() if not _is_lifted(row, grants)]
    for status, deciding in ((WITHDRAWN, standing), (GRANTED, grants)):
        if deciding:
            return Answer(status, max(deciding, key=lambda row: row.rank).id)
    return Answer(UNKNOWN)


def _is_lifted(withdrawal, grants):
    by_topic, by_channel = withdrawal.cell
    return any(
        grant.rank > withdrawal.rank and grant.cell[0] >= by_topic and grant.cell[1] >= by_channel
        for grant in grants
    )


def strictest(statuses):
    """Return the strictest of some statuses.

    >>> strictest(["granted", "unknown"]), strictest(["granted", "withdrawn", "unknown"])
    ('unknown', 'withdrawn')
    """
    return min(statuses, key=STRICTEST.index)


def narrower_refusals(rows, topic, channel, at, day):
    """Return the cells (topic, channel) that stay withdrawn though the wider cell gets a "yes".

    Who says yes to everything on paper means the narrower cells, too: they get a row each.

    >>> no_sms = Row(1, None, "sms", False, datetime(2026, 1, 1))
    >>> narrower_refusals([no_sms], None, None, datetime(2026, 3, 1), date(2026, 3, 1))
    [(None, 'sms')]
    >>> narrower_refusals([no_sms], None, "email", datetime(2026, 3, 1), date(2026, 3, 1))
    []
    """
    cells = {
        (row.topic, row.channel)
        for row in rows
        if not row.is_grant
        and (topic is None or row.topic == topic)
        and (channel is None or row.channel == channel)
        and (row.topic, row.channel) != (topic, channel)
    }
    return sorted(
        (cell for cell in cells if read(rows, *cell, at, day).status == WITHDRAWN),
        key=lambda cell: (cell[0] or 0, cell[1] or ""),
    )


def cells_to_add(rows, topic, channel, status, at, day):
    """Return the cells that need a row so that the answer becomes ``status``; none if it is so.

    >>> no_sms = Row(1, None, "sms", False, datetime(2026, 1, 1))
    >>> at, day = datetime(2026, 3, 1), date(2026, 3, 1)
    >>> cells_to_add([no_sms], None, None, "granted", at, day)
    [(None, None), (None, 'sms')]
    >>> cells_to_add([no_sms], None, "sms", "withdrawn", at, day)
    []
    """
    answer = read(rows, topic, channel, at, day)
    is_said = answer.status == status and any(
        row.id == answer.row_id and (row.topic, row.channel) == (topic, channel) for row in rows
    )
    cells = [] if is_said else [(topic, channel)]
    if status == GRANTED:
        cells += narrower_refusals(rows, topic, channel, at, day)
    return cells


def merge_refusals(own, absorbed, at, day):
    """Return the cells to withdraw when two persons become one: what either refuses stays refused.

    Unknown is no refusal: what only one of the two was asked, this one has answered.

    >>> yes = Row(1, None, None, True, datetime(2026, 2, 1))
    >>> no = Row(2, None, "sms", False, datetime(2026, 1, 1))
    >>> yes_sms = Row(3, None, "sms", True, datetime(2026, 2, 1))
    >>> merge_refusals([yes, yes_sms], [no], at=datetime(2026, 3, 1), day=date(2026, 3, 1))
    [(None, 'sms')]
    >>> merge_refusals([yes], [no], at=datetime(2026, 3, 1), day=date(2026, 3, 1))
    []
    """
    both = [*own, *absorbed]
    cells = {(row.topic, row.channel) for row in both}
    return sorted(
        (
            cell
            for cell in cells
            if WITHDRAWN in {read(rows, *cell, at, day).status for rows in (own, absorbed)}
            and read(both, *cell, at, day).status != WITHDRAWN
        ),
        key=lambda cell: (cell[0] or 0, cell[1] or ""),
    )
