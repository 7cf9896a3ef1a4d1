"""Statements that PostgreSQL plans once for one drain.

To plan the policy's takes as long as to decide about hundreds of messages by it.
"""

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import count

import psycopg2

from odoo.tools import SQL

_PREFIX = "hcrm_outbox_"
_numbers = count(1)
_kept = ContextVar("hcrm_outbox_statements", default=None)


@contextmanager
def keep_statements(cr):
    """Forget what was prepared inside at the end; what a broken drain left, at the beginning."""
    _forget(cr)
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)
        with suppress(psycopg2.Error):  # a connection that is gone remembers nothing
            _forget(cr)


def run_prepared(cr, key, make, values):
    """Run a statement with ``values`` and return its rows as dictionaries.

    Without merge joins: one reads a whole table of persons for a batch of messages, where the
    planner's numbers are from before thousands of messages came.

    :param key: the statement of the last time is run if this is the same: all that ``make`` looks
        at must be in it
    :param make: a function that returns the statement, as SQL with ``$1``, ``$2``, … for values
    """
    kept = _kept.get()
    if kept is None:  # nobody drains: it is wanted once
        with keep_statements(cr):
            return run_prepared(cr, key, make, values)
    if key not in kept:
        name = f"{_PREFIX}{next(_numbers)}"
        cr.execute(SQL("PREPARE %s AS %s", SQL.identifier(name), make()))
        kept[key] = name
    cr.execute(
        SQL(
            "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_mergejoin = off;"
            " EXECUTE %s (%s)",
            SQL.identifier(kept[key]),
            SQL(", ").join(SQL("%s", value) for value in values),
        )
    )
    rows = cr.dictfetchall()
    cr.execute("SET LOCAL plan_cache_mode = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT")
    return rows


def _forget(cr):
    cr.execute(SQL("SELECT name FROM pg_prepared_statements WHERE starts_with(name, %s)", _PREFIX))
    for (name,) in cr.fetchall():
        cr.execute(SQL("DEALLOCATE %s", SQL.identifier(name)))
