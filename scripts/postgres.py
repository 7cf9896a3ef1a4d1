"""PostgreSQL 18 from its wheel, or the server that PGHOST names: start, stop and ask."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time

from scripts import shellout
from scripts.locks import Users, only_one
from scripts.pg_home import PgHome
from scripts.say import Trouble

ADMIN = "hcrm_admin"
ROLE = "hcrm"
MAJOR = "18"
SETTINGS = """\
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = {shared_mb}MB
work_mem = 16MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
random_page_cost = 1.1
jit = off
log_min_messages = warning
"""


def shared_mb():
    """An eighth of the memory, at most 2 GB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    return max(128, min(2048, total // 8))


class Postgres:
    """Both kinds of server behind one face; `embedded` tells which one it is."""

    def __init__(self, settings, name="pg"):
        self.settings = settings
        self.own = settings.own_postgres
        self.embedded = self.own is None
        self.home = PgHome(settings, name)
        self._users = None

    # where and who -------------------------------------------------------------------------

    @property
    def host(self):
        """Socket folder or host name."""
        return self.own.host if self.own else str(self.home.socket_dir)

    @property
    def port(self):
        """Also part of the socket's file name."""
        return self.own.port if self.own else "5432"

    @property
    def user(self):
        """Odoo's role."""
        return self.own.user if self.own else ROLE

    def env(self, user=None):
        """Environment for libpq programs."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        env.update(PGHOST=self.host, PGPORT=self.port, PGUSER=user or self.user)
        if self.own and self.own.password:
            env["PGPASSWORD"] = self.own.password
        return env

    def program(self, name):
        """Client programs come from the wheel in either case."""
        return self.home.installed / "bin" / name

    # life ----------------------------------------------------------------------------------

    def open(self):
        """Start if needed and hold the server for this process."""
        if self.embedded:
            self.home.prepare()
            self._users = Users(self.home.folder / "users.lock")
            with only_one(self.home.folder / "start.lock"):
                self.start()
        self._check_version()
        return self

    def close(self):
        """Stop the embedded server unless another command still works with it."""
        if not self._users:
            return
        with only_one(self.home.folder / "start.lock"):  # who comes now waits, and starts it anew
            if self._users.leave():
                self._control("stop", "-m", "fast", "-t", "60", check=False)

    def start(self):
        """Idempotent; mends what a killed server left behind."""
        data = self.home.data
        if not (data / "PG_VERSION").exists():
            self._init()
        version = (data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise Trouble(
                f"the database in {data} was made by PostgreSQL {version}, HCRM brings {MAJOR}: "
                f"dump it with the old version, remove {data} and run again"
            )
        if not self._comes_alive():
            self.home.remove_stale_locks()
            conf = SETTINGS.format(shared_mb=shared_mb())
            conf += f"unix_socket_directories = '{self.home.socket_dir}'\n"
            self.home.write("data/hcrm.conf", conf)
            log = self.home.folder / "postgres.log"
            self._launch(log)
        self._make_role()

    def _launch(self, log, seconds=60):
        """Start the server; a dead one's memory may be held a moment after its processes are gone,
        by whoever was just looking at them.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                return self._control("start", "-w", "-t", "120", "-l", log)
            except Trouble as error:
                if "shared memory block" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def alive(self):
        """Does it answer on its socket?"""
        probe = [self.program("pg_isready"), "-q", "-t", "5"]
        return subprocess.run(probe, env=self.env(), check=False).returncode == 0

    def _comes_alive(self, seconds=60):
        """True if it answers, after its recovery too; False once nothing is left of an old one.

        A killed server's children hold its memory for a moment: a new one would refuse to start.
        """
        until = time.monotonic() + seconds
        while not (found := self.alive()) and self.home.leftovers() and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def server_runs(self):
        """Is the embedded server's process there? Cheaper than asking it."""
        try:
            pid = int((self.home.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (OSError, ValueError, IndexError):
            return False
        return True

    def _init(self):
        new = self.home.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        self._as_owner(
            "Creating the database cluster",
            *(self.program("initdb"), "-D", new, "-U", ADMIN, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8"),
        )
        with (new / "postgresql.conf").open("a") as conf:
            conf.write("include_if_exists = 'hcrm.conf'\n")
        new.rename(self.home.data)

    def _make_role(self):
        # tests make a user of their own for the hospital's tables: hence CREATEROLE
        self.sql(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN "
            f"CREATE ROLE {ROLE} LOGIN; END IF; ALTER ROLE {ROLE} CREATEDB CREATEROLE; END $$",
            user=ADMIN,
        )

    def _control(self, *arguments, check=True):
        command = [self.program("pg_ctl"), "-D", self.home.data, *arguments]
        try:
            self._as_owner("Starting PostgreSQL", *command)
        except Trouble:
            if check:
                raise

    def _as_owner(self, what, *command):
        # a server must not inherit our pipe: pg_ctl's own output goes to a file
        options = {"cwd": "/", "env": {**os.environ, "LC_ALL": "C.UTF-8"}}
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            done = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                start_new_session=True,
                **options,
                **self.home.as_owner(),
            )
            output.seek(0)
            told = output.read()
        log = shellout.write_log(self.settings, what, command, told)
        if done.returncode:
            raise Trouble(f"{what} failed: {self._reason(told)} (whole output: {log})")

    def _reason(self, told):
        with contextlib.suppress(OSError):
            tail = (self.home.folder / "postgres.log").read_text(errors="replace")[-4000:]
            fatal = re.findall(r"(?:FATAL|PANIC):\s+(.*)", tail)
            if fatal and "initdb" not in told:
                return fatal[-1]
        return shellout.last_words(told)

    def _check_version(self):
        try:
            number = int(self.sql("SHOW server_version_num", db="postgres")[0])
        except Trouble as error:
            if self.embedded:
                raise
            raise Trouble(
                f"PostgreSQL at {self.host}:{self.port} does not let {self.user} in ({error}): "
                "check PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset them to use the embedded one"
            ) from None
        if number < 130000:
            raise Trouble(f"PostgreSQL at {self.host} is too old: Odoo 19 needs 13 or newer")

    # questions and orders ------------------------------------------------------------------

    def sql(self, statement, db="postgres", user=None):
        """Run one statement and return its rows as lines."""
        command = [
            self.program("psql"),
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            db,
            "-c",
            statement,
        ]
        done = subprocess.run(
            [str(part) for part in command],
            env=self.env(user),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Trouble(shellout.last_words(done.stderr).removeprefix("psql: "))
        return done.stdout.splitlines()

    def databases(self, pattern="%"):
        """Names of databases like a pattern."""
        rows = self.sql(f"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}'")
        return set(rows) - {"postgres", "template0", "template1"}

    def exists(self, db):
        """Is there a database of that name?"""
        return db in self.databases()

    def drop(self, db):
        """Remove a database even while somebody is connected to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{db}" WITH (FORCE)')

    def clone(self, source, target):
        """Copy a database; PostgreSQL makes all of it or nothing."""
        self._disconnect(source)
        self.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

    def rename(self, old, new):
        """Give a finished database its real name."""
        self._disconnect(old)
        self.sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def _disconnect(self, db):
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{db}' AND usename = current_user"
        )

    def note(self, db, text):
        """Keep a remark with the database; it vanishes with it."""
        quoted = text.replace("'", "''")
        self.sql(f"COMMENT ON DATABASE \"{db}\" IS '{quoted}'")

    def noted(self, db):
        """The remark kept with a database."""
        rows = self.sql(
            f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{db}'"
        )
        return "\n".join(rows)
