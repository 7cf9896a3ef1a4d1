"""What the stand-ins for the outside world have in common: a process, a journal, orders."""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

from scripts import checks
from scripts.odoo import wait_until
from scripts.settings import ROOT
from tests.support.hospital import Process
from tests.support.servers import journal

#: A condition of a test on a loaded machine may take long; it is never waited for in full.
PATIENCE = int(os.environ.get("HCRM_PATIENCE") or 60)
PAUSE = 0.02


def eventually(condition, what="", seconds=PATIENCE):
    """Poll until a condition gives something true; return it.

    `what` is told if it never comes: words, or a function that gives what is there instead.
    """
    found = []

    def look():
        found[:] = [condition()]
        return found[0]

    if not wait_until(look, seconds, PAUSE):
        told = what() if callable(what) else what or condition
        raise AssertionError(f"not within {seconds} s: {told}")
    return found[0]


class QuickProcess(Process):
    """These servers start in a fraction of a second."""

    pause = PAUSE


class Rig:
    """A program of `tests.support.servers` on free ports, its files in a folder of its own."""

    program = ""

    def __init__(self, folder, *arguments, port=None, control=None):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or checks.free_port()
        self.control = control or checks.free_port()
        self.journal = folder / f"{self.program}.jsonl"
        command = [sys.executable, "-B", "-m", f"tests.support.servers.{self.program}"]
        command += ["--port", str(self.port), "--control", str(self.control)]
        command += ["--journal", str(self.journal), *map(str, arguments)]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self.skipped = 0
        log = folder / f"{self.program}.log"
        self.process = QuickProcess(command, env, log, self._answers)

    def _answers(self):
        try:
            return self.order("state")["process"] == self.process.process.pid
        except (OSError, ValueError):
            return False

    @property
    def processes(self):
        """What it consists of."""
        return [self.process]

    def start(self):
        """Start it and wait until it answers."""
        self.process.start()
        return self

    def stop(self):
        """The polite end."""
        self.process.stop()

    def kill(self):
        """kill -9."""
        self.process.kill()

    def restart(self):
        """On the same ports, with the same journal."""
        self.process.restart()
        return self

    def order(self, name, told=None, **query):
        """Tell the control port; returns what it answers."""
        url = f"http://127.0.0.1:{self.control}/{name}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if told is None else json.dumps(told).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from None

    def rule(self, match, act, *, times=-1, delay=0, stage=None, **options):
        """The next message whose key matches is treated so; later rules go before."""
        told = {"match": match, "act": act, "times": times, "delay": delay, "options": options}
        if stage:
            told["stage"] = stage
        return self.order("rules", [told])

    def forget(self):
        """No more rules."""
        self.order("forget")

    def begin(self):
        """Whatever happened so far belongs to others."""
        self.skipped = self.journal.stat().st_size if self.journal.exists() else 0

    def records(self, kind=None):
        """Lines of the journal since `begin`."""
        return journal.read(self.journal, kind, self.skipped)
