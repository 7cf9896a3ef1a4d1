import logging
import signal
import sys
import threading

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config

_logger = logging.getLogger(__name__)

PAUSE = 1.0
#: A worker looks at the clock again after so many seconds of work.
SLICE = 30


class HcrmOutboxWorker(Command):
    """Send waiting messages in a process of its own, beside Odoo's scheduled actions"""

    name = "hcrm_outbox_worker"

    def run(self, cmdargs):
        """Work until SIGTERM; any number of workers may run, on any host."""
        config.parser.prog = self.prog
        config.parse_config([*cmdargs, "--no-http"], setup_logging=True)
        dbnames = config["db_name"]
        if len(dbnames) != 1:
            sys.exit("hcrm_outbox_worker: name one database with -d")
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: stopping.set())
        _logger.info("sending messages of %s", dbnames[0])
        while not stopping.is_set():
            try:
                done = self._work(dbnames[0])
            except Exception:
                # the database may be away: a worker waits for it
                _logger.warning("cannot work now", exc_info=True)
                done = 0
            if not done:
                stopping.wait(PAUSE)

    def _work(self, dbname):
        registry = Registry(dbname).check_signaling()
        with registry.cursor() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})["hcrm.outbox"]._drain(seconds=SLICE)
