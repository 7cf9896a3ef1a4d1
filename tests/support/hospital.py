"""A running HCRM: its database, its Odoo server, its HL7 listener, and the means to kill them."""

import json
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import replace

from scripts import checks
from scripts.odoo import Odoo, wait_until
from scripts.postgres import Postgres
from scripts.servers import ServerProcess, answers
from tests.support.console import Console
from tests.support.rpc import KEYS_SCRIPT, Rpc

START_SECONDS = 90


class Process(ServerProcess):
    """A server process that a test may kill and start again."""

    pause = 0.2

    def __init__(self, command, env, log, ready):
        super().__init__(command, env, log)
        self.ready = ready

    def start(self):
        """Start and wait until it answers."""
        self.launch()
        if not wait_until(self._ready_or_dead, START_SECONDS, self.pause):
            raise AssertionError(f"not ready after {START_SECONDS} s: {self.log}")
        assert self.alive(), f"ended at once: {self.told()[-3000:]}"
        return self

    def _ready_or_dead(self):
        return not self.alive() or self.ready()

    def kill(self):
        """kill -9, the whole group: no goodbye."""
        if self.alive():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def restart(self):
        """Start again after a kill or instead of a running one."""
        self.stop()
        return self.start()


class Hospital:
    """Servers on free ports over a database cloned from the demonstration hospital."""

    def __init__(self, stack, db, postgres=None, env=None):
        self.stack = stack
        self.settings = stack.settings
        self.db = db
        self.postgres = postgres or stack.postgres
        self.port = checks.free_port()
        self.mllp_port = checks.free_port()
        conf = f"odoo-{db}.conf"
        self.odoo = Odoo(stack.settings, stack.tree, self.postgres, name=conf, env=env)
        self.odoo.write_conf()
        self.url = f"http://127.0.0.1:{self.port}"
        self.console = Console(self.odoo, db, stack.settings.logs / f"{db}-shell.log")
        self._keys = None
        self.server = self._process("server", self._server_command(), self._server_ready)
        self.mllp = self._process("mllp", self._addon_command("hcrm_mllp"), self._mllp_ready)
        worker = self._addon_command("hcrm_his_worker")
        self.worker = self._process("worker", worker, self._worker_ready)

    def _process(self, name, command, ready):
        log = self.settings.logs / f"{self.db}-{name}.log"
        log.unlink(missing_ok=True)
        env = {**self.odoo.env(), "HCRM_MLLP_PORT": str(self.mllp_port)}
        return Process(command, env, log, ready)

    def _server_command(self):
        options = ("-c", self.odoo.conf, "-d", self.db, "--http-port", self.port)
        return self.odoo.command(*options)

    def _addon_command(self, name):
        return self.odoo.subcommand(name, "-c", self.odoo.conf, "-d", self.db)

    def _server_ready(self):
        return answers(self.port)

    def _mllp_ready(self):
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.mllp_port)) == 0

    def _worker_ready(self):
        return "processing HIS messages" in self.worker.told()

    def rpc(self, login="admin"):
        """JSON-2 client of a user; keys for all users are made once."""
        if self._keys is None or login not in self._keys:
            told = self.shell(KEYS_SCRIPT)
            row = next(row for row in told.splitlines() if row.startswith("KEYS "))
            self._keys = json.loads(row.removeprefix("KEYS "))
        return Rpc(self.url, self.db, self._keys[login])

    def shell(self, script):
        """Run a script in Odoo's shell; it must commit by itself. Returns what it printed."""
        return self.console.run(script)

    def sql(self, statement):
        """Rows as lines of text, columns parted by |."""
        return self.postgres.sql(statement, db=self.db)

    def start(self):
        """Start the web server; the listener is started by whoever needs it."""
        self.server.start()
        return self

    def stop(self):
        """Stop all processes."""
        for process in (self.mllp, self.worker, self.server):
            process.stop()

    def close(self):
        """Stop everything and forget the database."""
        self.stop()
        self.console.stop()
        self.stack.databases.drop(self.db)
        self.odoo.conf.unlink(missing_ok=True)


class CrashHospital(Hospital):
    """A hospital with a PostgreSQL of its own, so that a test may kill that too."""

    def __init__(self, stack, db):
        # each its own: fixtures of several folders may live at the same time
        name = f"pg-crash-{db.rpartition('__')[2]}"
        self.cluster = Postgres(_embedded(stack.settings), name=name)
        shutil.rmtree(self.cluster.home.folder, ignore_errors=True)
        self.cluster.open()
        self._copy(stack, db)
        super().__init__(stack, db, self.cluster)

    def _copy(self, stack, db):
        with stack.lock():
            demo = stack.databases.ensure_demo()
        self.cluster.sql(f'CREATE DATABASE "{db}" TEMPLATE template0')
        dump = subprocess.Popen(
            [str(stack.postgres.program("pg_dump")), "-Fp", "--no-owner", demo],
            env=stack.postgres.env(),
            stdout=subprocess.PIPE,
        )
        restore = [str(self.cluster.program("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", db]
        subprocess.run(
            restore,
            env=self.cluster.env(),
            stdin=dump.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        assert dump.wait() == 0
        shutil.rmtree(stack.databases.filestore(db), ignore_errors=True)
        stack.databases.copy_files(demo, db)

    def kill_postgres(self):
        """kill -9 of the server process; its children follow."""
        pid = int((self.cluster.home.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.cluster.alive(), 20)

    def start_postgres(self):
        """Start it again; it recovers from its log."""
        self.cluster.start()

    def close(self):
        """Files of the database go with the cluster."""
        self.stop()
        self.console.stop()
        self.cluster.close()
        shutil.rmtree(self.cluster.home.folder, ignore_errors=True)
        shutil.rmtree(self.stack.databases.filestore(self.db), ignore_errors=True)
        self.odoo.conf.unlink(missing_ok=True)


def _embedded(settings):
    return replace(settings, own_postgres=None)
