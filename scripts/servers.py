"""A server process: started with its words in a log, asked whether it answers, ended."""

import subprocess
import urllib.error
import urllib.request

from scripts import shellout
from scripts.odoo import stop


class ServerProcess:
    """A program in a session of its own, which ends when this program does."""

    def __init__(self, command, env, log):
        self.command = command
        self.env = env
        self.log = log
        self.process = None

    def launch(self):
        """Start it; its log goes on where it ended."""
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.env,
                start_new_session=True,
                preexec_fn=shellout.die_with_parent,
            )

    def alive(self):
        """Is it running now?"""
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """The polite end."""
        if self.process:
            stop(self.process)

    def told(self):
        """Its log."""
        return self.log.read_text(errors="replace")


def answers(port):
    """Does Odoo's health check say it is well?"""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5) as reply:
            return reply.status == 200
    except (OSError, urllib.error.URLError):
        return False
