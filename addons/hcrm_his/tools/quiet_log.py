"""Keeps patient data out of the server's log while messages are applied."""

import logging
import threading
from contextlib import contextmanager


class _NotThisThread(logging.Filter):
    def __init__(self):
        super().__init__()
        self._thread = threading.get_ident()

    def filter(self, record):
        return record.thread != self._thread


@contextmanager
def quiet(*names):
    """Drop what this thread logs under ``names``: Odoo writes failed statements with all values."""
    silence = _NotThisThread()
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addFilter(silence)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(silence)
