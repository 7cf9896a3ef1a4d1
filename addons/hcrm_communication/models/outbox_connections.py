"""Connections to far ends that stay open from batch to batch of one drain.

To open sixteen for each batch takes Kannel longer than to take the messages.
"""

import logging
from contextlib import contextmanager
from contextvars import ContextVar

_logger = logging.getLogger(__name__)
_kept = ContextVar("hcrm_outbox_connections", default=None)


@contextmanager
def keep_connections():
    """Close what was kept inside at the end."""
    kept = {}
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)
        for connections in kept.values():
            _close(connections)


@contextmanager
def borrow(gateway_id, fresh):
    """Give the connections of the last batch, if they are what ``fresh`` ones would be.

    After a mistake nobody knows what they are at: they are closed.
    """
    kept = _kept.get()
    old = kept.pop(gateway_id, []) if kept is not None else []
    connections = old if _are_alike(old, fresh) else fresh
    if connections is fresh:
        _close(old)
    try:
        yield connections
    except BaseException:
        _close(connections)
        raise
    if kept is None:
        _close(connections)
    else:
        kept[gateway_id] = connections


def _are_alike(old, fresh):
    """The far end, the password or the sandbox may have changed meanwhile."""
    return [(type(one), one.settings) for one in old] == [
        (type(one), one.settings) for one in fresh
    ]


def _close(connections):
    """One that cannot be left changes nothing of what was said, and keeps no other open."""
    for connection in connections:
        try:
            connection.close()
        except Exception:  # pylint: disable=broad-except
            _logger.exception("A connection to a far end was not closed")
