"""Odoo's shell of a database, kept open: a test that says twenty sentences starts it once."""

import json
import socket
import subprocess
import tempfile
from pathlib import Path

from scripts import shellout
from scripts.say import Trouble

START_SECONDS, SCRIPT_SECONDS = 90, 600
#: Runs inside the shell: each script begins as in a new shell, without caches and connections of
#: the one before, so that PostgreSQL may have been killed meanwhile.
LOOP = """
import contextlib, io, json, socket, sys, traceback
import odoo
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry

name, context = env.cr.dbname, dict(env.context)
link = socket.socket(socket.AF_UNIX)
link.connect({path!r})
told = link.makefile("rwb")
for line in told:
    said, error = io.StringIO(), ""
    try:
        odoo.sql_db.close_all()
        registry = Registry(name).check_signaling()
        registry.clear_all_caches()
        with registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, context)
            with contextlib.redirect_stdout(said):
                exec(compile(json.loads(line), "script", "exec"), {{"env": env, "odoo": odoo}})
            cr.rollback()
        registry.signal_changes()  # servers beside forget what they kept
    except BaseException:
        error = traceback.format_exc()
        sys.stderr.write(error)
    told.write(json.dumps([said.getvalue(), error]).encode() + b"\\n")
    told.flush()
"""


class Console:
    """Started by the first script; started again if it died."""

    def __init__(self, odoo, db, log):
        self.odoo, self.db, self.log = odoo, db, log
        self.process = self.link = None

    def run(self, script):
        """Run a script, which must commit by itself; return what it printed.

        :raise Trouble: the last words of a script that failed
        """
        if self.process is None or self.process.poll() is not None:
            self._start()
        self.link.write(json.dumps(script).encode() + b"\n")
        self.link.flush()
        answer = self.link.readline()
        if not answer:
            raise Trouble(f"Odoo's shell ended: {shellout.last_words(self.log.read_text())}")
        said, error = json.loads(answer)
        if error:
            raise Trouble(f"Odoo's shell failed: {shellout.last_words(error)}")
        return said

    def _start(self):
        self.stop()
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as door:
            path = str(Path(folder) / "console")
            door.bind(path)
            door.listen(1)
            door.settimeout(START_SECONDS)
            with self.log.open("w") as log:
                self.process = subprocess.Popen(
                    self.odoo.command("shell", "-c", self.odoo.conf, "-d", self.db, "--no-http"),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    text=True,
                    env=self.odoo.env(),
                    start_new_session=True,
                    preexec_fn=shellout.die_with_parent,
                )
            self.process.stdin.write(LOOP.format(path=path))
            self.process.stdin.close()
            try:
                link, _ = door.accept()
            except TimeoutError:
                told = shellout.last_words(self.log.read_text())
                raise Trouble(f"Odoo's shell did not start: {told}") from None
        link.settimeout(SCRIPT_SECONDS)
        self.link = link.makefile("rwb")
        link.close()

    def stop(self):
        """The end, whatever it does."""
        if self.link is not None:
            self.link.close()
            self.link = None
        if self.process is not None:
            self.process.kill()  # what was to be kept is committed
            self.process.wait()
            self.process = None
