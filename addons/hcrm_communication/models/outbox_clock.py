"""The clock of the outbox: PostgreSQL's, one for all workers and hosts; naive UTC as Odoo stores.

A dry run moves it: the same statements then speak of another moment. A client cannot: the moved
clock is no key of Odoo's context.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from odoo import fields
from odoo.tools import SQL

_REAL = SQL("statement_timestamp() AT TIME ZONE 'UTC'")
_rehearsal = ContextVar("hcrm_outbox_rehearsal", default=None)


@dataclass
class Rehearsal:
    """A dry run: its moment, and the last message of the real world."""

    at: datetime
    after_id: int


def now_sql():
    """Return the moment as SQL."""
    rehearsal = _rehearsal.get()
    return SQL("%s::timestamp", rehearsal.at) if rehearsal else _REAL


def now():
    """Return the moment as Python's naive UTC."""
    rehearsal = _rehearsal.get()
    return rehearsal.at if rehearsal else fields.Datetime.now()


def rehearsal():
    """Return the dry run under way in this thread, or None."""
    return _rehearsal.get()


@contextmanager
def rehearse(at, after_id):
    """Move the clock to ``at`` for what is done inside; gives the :class:`Rehearsal`."""
    play = Rehearsal(at, after_id)
    token = _rehearsal.set(play)
    try:
        yield play
    finally:
        _rehearsal.reset(token)
