"""`make run`: keeps PostgreSQL, Odoo, the HL7 listener and the voice process alive until Ctrl-C."""

import signal
import time

from scripts import checks, locks, say
from scripts.odoo import reason
from scripts.say import Trouble
from scripts.servers import ServerProcess, answers

HL7_ADDON, VOICE_ADDON = "hcrm_his", "hcrm_communication"
LISTENER, WORKER, VOICE = "hcrm_mllp", "hcrm_his_worker", "hcrm_voice"
ALREADY = "already running here (process {pid}): stop it or use another HCRM_STATE"
FIRST_PAUSE, LONGEST_PAUSE, CALM = 1, 30, 60


class Child(ServerProcess):
    """A process that is started again when it dies, later each time while it keeps dying."""

    def __init__(self, name, command, env, log):
        super().__init__(command, env, log)
        self.name = name
        self.pause = FIRST_PAUSE
        self.started = self.due = 0.0

    def start(self):
        """Open a new log at the first start, append afterwards."""
        if self.process is None and self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        self.launch()
        self.started = time.monotonic()
        self.due = 0.0

    def watch(self):
        """Called again and again: notice a death, start anew when its pause is over."""
        now = time.monotonic()
        if self.process.poll() is None:
            return
        if not self.due:
            if now - self.started > CALM:
                self.pause = FIRST_PAUSE
            self.due = now + self.pause
            say.line(
                f"  ! {self.name} ended ({self.process.returncode}), starts again in "
                f"{self.pause} s (log: {self.log})"
            )
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        elif now >= self.due:
            self.start()


class Supervisor:
    """Starts the children in order and ends them all."""

    def __init__(self, stack):
        self.stack = stack
        self.settings = stack.settings
        self.children = []
        self.ending = False

    def run(self):
        """Serve until a signal arrives."""
        with locks.only_one(self.settings.state / "run.lock", ALREADY):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._end)
            try:
                self._serve()
            finally:
                self._stop_children()

    def _end(self, *_):
        self.ending = True

    def _serve(self):
        checks.check_port(self.settings.port, "HCRM_PORT")
        server = self._add("Odoo", self._server_command(), "odoo.log")
        if self._has(LISTENER):
            checks.check_port(self.settings.mllp_port, "HCRM_MLLP_PORT")
            self._add("HL7 listener", self._addon_command(LISTENER), "mllp.log")
        if self._has(WORKER):
            self._add("HL7 worker", self._addon_command(WORKER), "his-worker.log")
        if self._has(VOICE, VOICE_ADDON):
            self._add("voice", self._addon_command(VOICE), "voice.log")
        self._wait_for_server(server)
        if self.ending:
            return
        self._tell()
        while not self.ending:
            time.sleep(0.5)
            self._keep_database()
            for child in self.children:
                child.watch()

    def _add(self, name, command, log):
        child = Child(name, command, self.stack.odoo.env(), self.settings.logs / log)
        child.start()
        self.children.append(child)
        return child

    def _server_command(self):
        odoo = self.stack.odoo
        return odoo.command("-c", odoo.conf, "-d", self.settings.db)

    def _has(self, command, addon=HL7_ADDON):
        """Does the addon, if it is installed, bring this command?"""
        is_there = (self.settings.addons / addon / "cli" / f"{command}.py").exists()
        return is_there and addon in self.stack.databases.names

    def _addon_command(self, name):
        odoo = self.stack.odoo
        return odoo.subcommand(name, "-c", odoo.conf, "-d", self.settings.db)

    def _wait_for_server(self, server):
        with say.step("Starting Odoo"):
            while not self.ending and not answers(self.settings.port):
                if not server.alive():
                    told = reason(server.told())
                    raise Trouble(f"Odoo did not start: {told} (log: {server.log})")
                time.sleep(0.2)

    def _tell(self):
        seconds = self.stack.finish()
        say.line()
        say.line(f"HCRM is ready after {say.duration(seconds)}; Ctrl-C ends it.")
        say.line(f"  open   http://127.0.0.1:{self.settings.port}")
        say.line("  login  admin / admin, or a role: nurse / nurse, officer / officer … (README)")
        if self._has(LISTENER):
            say.line(f"  HL7    127.0.0.1:{self.settings.mllp_port} (MLLP)")
        say.line(f"  logs   {self.settings.logs}")

    def _keep_database(self):
        """A killed PostgreSQL comes back; Odoo and the listener reconnect by themselves."""
        postgres = self.stack.postgres
        if postgres.embedded and not postgres.server_runs():
            say.line("  ! PostgreSQL ended, starting it again")
            try:
                postgres.start()
            except Trouble as error:
                say.line(f"  ! {error}")
                time.sleep(2)

    def _stop_children(self):
        if self.children:
            say.line("\nStopping …")
        for child in reversed(self.children):
            if child.alive():
                child.process.terminate()
        for child in reversed(self.children):
            child.stop()


def check_ports_early(config):
    """A taken port is told in the first second, not after the set-up."""
    running = config.state / "run.lock"
    if running.exists():
        with locks.only_one(running, ALREADY):
            pass
    checks.check_port(config.port, "HCRM_PORT")
    if (config.addons / HL7_ADDON / "cli").is_dir():
        checks.check_port(config.mllp_port, "HCRM_MLLP_PORT")
