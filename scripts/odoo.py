"""How Odoo is called: its configuration file, environment and command lines."""

import configparser
import io
import os
import signal
import subprocess
import threading
import time

from scripts import shellout
from scripts.say import Trouble
from scripts.settings import ROOT

LOADING = "Loading module "
# seconds without a line in the log after which a process counts as stuck
SILENCE = int(os.environ.get("HCRM_SILENCE") or 300)


class Odoo:
    """Writes the configuration and runs Odoo's command."""

    def __init__(self, settings, tree, postgres, name="odoo.conf", env=None):
        self.settings = settings
        self.more_env = env or {}
        self.tree = tree
        self.postgres = postgres
        self.conf = settings.state / name

    def write_conf(self):
        """The repository's odoo.conf plus what is only known here."""
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(ROOT / "odoo.conf")
        options = {
            "addons_path": ",".join(map(str, [*self.tree.addons_paths, self.settings.addons])),
            "data_dir": self.settings.data_dir,
            "db_host": self.postgres.host,
            "db_port": self.postgres.port,
            "db_user": self.postgres.user,
            "http_port": self.settings.port,
        }
        if self.postgres.own and self.postgres.own.password:
            options["db_password"] = self.postgres.own.password
        for name, value in options.items():
            parser.set("options", name, str(value))
        text = io.StringIO()
        parser.write(text)
        shellout.write_atomically(self.conf, text.getvalue(), mode=0o600)

    def env(self):
        """Our PDF program, browser and fonts come first."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        env["PATH"] = f"{self.settings.bin}:{env.get('PATH', '/usr/bin:/bin')}"
        env["HCRM_MLLP_PORT"] = str(self.settings.mllp_port)
        fonts = self.settings.state / "fonts.conf"
        if fonts.exists():
            env["FONTCONFIG_FILE"] = str(fonts)
        env.setdefault("LANG", "C.UTF-8")
        env["PYTHONUNBUFFERED"] = "1"
        return env | self.more_env

    def command(self, *arguments):
        """Command line with the pinned Python; a subcommand is the first argument."""
        odoo = self.settings.state / "venv" / "bin" / "odoo"
        return [str(part) for part in (self.settings.venv_python, odoo, *arguments)]

    def subcommand(self, name, *arguments):
        """A command that an addon brings: Odoo wants the addons path before its name."""
        paths = ",".join(map(str, [*self.tree.addons_paths, self.settings.addons]))
        return self.command(f"--addons-path={paths}", name, *arguments)

    def update(self, what, db, log, *arguments, ticker=None, env=None):
        """Install or upgrade, then stop; returns the log's text."""
        command = self.command(
            *("-c", self.conf, "-d", db, "--stop-after-init", "--no-http"), *arguments
        )
        code = self.watch(command, log, ticker, env=env)
        text = log.read_text(errors="replace")
        if code:
            raise Trouble(f"{what} failed: {reason(text)} (whole log: {log})")
        return text

    def watch(self, command, log, ticker=None, on_line=None, env=None):
        """Run with its output in a log, passing each line on; returns the exit code.

        A process that says nothing for long is stuck: it shows its stacks and is killed.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as handle:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env={**self.env(), **(env or {})},
                preexec_fn=shellout.die_with_parent,
            )
            watchdog = Watchdog(process)
            try:
                for row in process.stdout:
                    watchdog.hear()
                    handle.write(row)
                    if on_line:
                        on_line(row.rstrip("\n"))
                    if ticker and LOADING in row:
                        ticker.detail = row.split(LOADING)[1].strip()
                return process.wait()
            finally:
                watchdog.cancel()
                stop(process)

    def shell(self, db, script, log=None):
        """Run a script in Odoo's shell; returns what it printed."""
        done = subprocess.run(
            self.command("shell", "-c", self.conf, "-d", db, "--no-http"),
            input=script,
            capture_output=True,
            text=True,
            errors="replace",
            env=self.env(),
            preexec_fn=shellout.die_with_parent,
            check=False,
        )
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(done.stdout + done.stderr)
        if done.returncode:
            raise Trouble(f"Odoo's shell failed: {shellout.last_words(done.stderr)}")
        return done.stdout


class Watchdog:
    """Ends a silent process: Odoo writes its threads' stacks on SIGQUIT, then SIGKILL follows."""

    def __init__(self, process, patience=SILENCE):
        self.process = process
        self.patience = patience
        self.heard = time.monotonic()
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def hear(self):
        """The process said something: the time starts anew."""
        self.heard = time.monotonic()

    def cancel(self):
        """No more watching."""
        self._over.set()

    def _watch(self):
        while not self._over.wait(1):
            if time.monotonic() - self.heard > self.patience:
                self.process.send_signal(signal.SIGQUIT)
                self._over.wait(3)
                self.process.kill()
                return


def reason(text):
    """The most telling line of an Odoo log.

    >>> reason("x ERROR db a: boom\\nTraceback\\nKeyError: 'y'\\n2026 INFO z")
    "KeyError: 'y'"
    """
    rows = [row for row in text.splitlines() if row.strip()]
    plain = [row for row in rows if not row[:4].isdigit() and not row.startswith((" ", "Trace"))]
    errors = [row for row in plain if ": " in row and " " not in row.split(": ")[0]]
    return (errors or plain or rows or ["no output"])[-1].strip()[:300]


def stop(process, patience=20):
    """Ask politely, then insist."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(condition, seconds, pause=0.2):
    """Poll; False when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(pause)
    return False
