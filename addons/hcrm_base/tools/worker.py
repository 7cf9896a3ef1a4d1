"""A process beside Odoo that empties a queue; ``cli`` files of addons name the queue."""

import logging
import signal
import sys
import threading

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

_logger = logging.getLogger(__name__)

PAUSE = 1.0


def work_until_stopped(command, cmdargs, greeting, drain):
    """Work until SIGTERM; any number of workers may run, on any host.

    :param greeting: first line of the log, with a place for the name of the database
    :param drain: takes an environment, works for a while, returns how much was done
    """
    config.parser.prog = command.prog
    config.parse_config([*cmdargs, "--no-http"], setup_logging=True)
    dbnames = config["db_name"]
    if len(dbnames) != 1:
        sys.exit(f"{command.name}: name one database with -d")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: stopping.set())
    _logger.info(greeting, dbnames[0])
    while not stopping.is_set():
        try:
            done = _work(dbnames[0], drain)
        except Exception:
            # the database may be away: a worker waits for it
            _logger.warning("cannot work now", exc_info=True)
            done = 0
        if not done:
            stopping.wait(PAUSE)


def _work(dbname, drain):
    registry = Registry(dbname).check_signaling()
    with registry.cursor() as cr:
        return drain(api.Environment(cr, SUPERUSER_ID, {}))
