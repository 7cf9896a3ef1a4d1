"""Whose turn it is at the desks: order of waiting calls, and to whom each is offered.

No ORM. A call is offered to one desk for a while, then to the next one, and any desk may take it by
hand at any time: so nobody waits for an agent who went for tea, and nobody's phone is forced open.
"""

from datetime import datetime
from typing import NamedTuple

#: The client of a desk says so often that it is there; after ``LOST`` seconds of silence it is not.
#: Browsers let a hidden tab act once a minute, so it cannot be less than that.
BEAT = 15
LOST = 90
#: An accepted call is connected within so many seconds, or it goes back to the line.
CONNECT = 60
#: So long a call is offered to one desk before the next one is asked as well.
OFFER = 15
#: A talk on a phone that we do not steer is over for us if its desk was silent for so long.
FORGOTTEN = 900
#: Wrapping up should take ten seconds; after so many nobody is at the desk.
UNATTENDED = 180


class Waiting(NamedTuple):
    """A call in the queue."""

    call_id: int
    company_id: int
    queue_id: int  # 0: any desk
    is_care: bool
    seconds: float


class Desk(NamedTuple):
    """A desk that could take a call now."""

    agent_id: int
    company_id: int
    queue_ids: frozenset  # empty: all queues
    reads_care: bool
    idle_since: datetime


def may_take(desk, call):
    """True if a desk is there for such calls; calls of care are for those who may read care.

    >>> desk = Desk(1, 1, frozenset({7}), False, datetime(2026, 1, 1))
    >>> [may_take(desk, Waiting(1, *call, 0)) for call in
    ...  ((1, 7, False), (1, 0, False), (1, 8, False), (2, 7, False), (1, 7, True))]
    [True, True, False, False, False]
    """
    return (
        desk.company_id == call.company_id
        and (not call.queue_id or not desk.queue_ids or call.queue_id in desk.queue_ids)
        and (desk.reads_care or not call.is_care)
    )


def offers(calls, desks):
    """Return {call: desk}: to whom each of the waiting calls is offered at this moment.

    :param calls: in the order of the queue
    :param desks: those that are free; who has been idle longest is asked first

    >>> early, late = datetime(2026, 1, 1, 8), datetime(2026, 1, 1, 9)
    >>> desks = [Desk(2, 1, frozenset(), False, late), Desk(1, 1, frozenset(), True, early)]
    >>> offers([Waiting(10, 1, 0, False, 3), Waiting(11, 1, 0, False, 1)], desks)
    {10: 1, 11: 2}
    >>> offers([Waiting(10, 1, 0, False, OFFER + 1)], desks)  # the first did not answer
    {10: 2}
    >>> offers([Waiting(10, 1, 0, True, OFFER + 1)], desks)  # care: one desk only
    {10: 1}
    """
    free = sorted(desks, key=lambda desk: (desk.idle_since, desk.agent_id))
    found = {}
    for call in calls:
        asked = [desk for desk in free if may_take(desk, call)]
        if asked:
            chosen = asked[int(call.seconds // OFFER) % len(asked)]
            found[call.call_id] = chosen.agent_id
            free.remove(chosen)
    return found
