"""Checks of the machine, with the machine's answers replaced."""

import platform
import subprocess
import sys
from collections import namedtuple

import pytest

from scripts import __main__ as entry
from scripts import checks, locks, sources
from scripts.addons import read
from scripts.pg_home import SOCKET_DIR_LIMIT, PgHome
from scripts.postgres import Postgres
from scripts.say import Trouble
from scripts.settings import ROOT, load

Version = namedtuple("Version", "major minor")


@pytest.mark.parametrize("version", [(3, 9), (3, 14), (2, 7)])
def test_wrong_python(monkeypatch, capsys, version):
    """The entry names the Python it needs and how to choose one."""
    monkeypatch.setattr(entry.sys, "version_info", version)
    monkeypatch.setattr(entry, "find_other_python", lambda: None)
    assert entry.main() == 2
    told = capsys.readouterr().err
    assert "3.10 to 3.13" in told and "PYTHON=" in told and told.count("\n") == 1


def test_entry_is_read_by_old_python():
    """No syntax in the entry file that Python 3.5 would stumble over."""
    import ast

    ast.parse((ROOT / "scripts" / "__main__.py").read_text(), feature_version=(3, 5))


@pytest.mark.parametrize(
    ("system", "machine", "libc"),
    [("darwin", "arm64", ""), ("linux", "riscv64", "glibc"), ("linux", "x86_64", "")],
)
def test_wrong_platform(monkeypatch, system, machine, libc):
    """Other systems are refused at once."""
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))
    with pytest.raises(Trouble, match="Debian 12"):
        checks.check_platform()


def test_no_sources(monkeypatch, tmp_path):
    """A machine whose apt knows no archive."""
    monkeypatch.setattr(sources, "ETC_APT", tmp_path)
    monkeypatch.setattr(sources.subprocess, "run", lambda *a, **k: namedtuple("D", "stdout")(""))
    with pytest.raises(Trouble, match="no Debian archive is configured"):
        sources.find_mirror()


def test_sources_before_the_first_update(tmp_path):
    """Both file formats are read; side suites and disabled entries are passed over."""
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "a.list").write_text("deb http://m/debian-security bookworm-security main\n")
    (folder / "b.sources").write_text(
        "Types: deb\nEnabled: no\nURIs: http://off/debian\nSuites: bookworm\nComponents: main\n\n"
        "# a remark\nTypes: deb deb-src\nURIs: http://m/debian\n"
        "Suites: bookworm-updates bookworm\nComponents: main contrib\n"
    )
    mirror = sources.from_sources(tmp_path)
    assert (mirror.site, mirror.codename) == ("http://m/debian", "bookworm")
    assert mirror.source_line("sid").endswith("http://m/debian sid main")


def test_second_run_is_told(tmp_path):
    """The lock names the process that holds it."""
    script = (
        "import sys, time, pathlib; from scripts import locks\n"
        "with locks.only_one(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "lock"], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Trouble, match=f"process {holder.pid}"):
            with locks.only_one(tmp_path / "lock", "busy: process {pid}"):
                pass
    finally:
        holder.kill()
        holder.wait()
    with locks.only_one(tmp_path / "lock", "busy: process {pid}"):
        pass


def test_server_stops_only_while_nobody_can_come(monkeypatch, tmp_path):
    """Who starts while the last one leaves finds a server that stays."""
    postgres = Postgres(load({"HCRM_STATE": str(tmp_path)}))
    postgres.home.folder.mkdir(parents=True)
    postgres._users = locks.Users(postgres.home.folder / "users.lock")
    stopped = []

    def leave():
        with pytest.raises(Trouble), locks.only_one(postgres.home.folder / "start.lock", "busy"):
            pass
        return True

    monkeypatch.setattr(postgres._users, "leave", leave)
    monkeypatch.setattr(postgres, "_control", lambda *args, **_: stopped.append(args[0]))
    postgres.close()
    assert stopped == ["stop"]


def test_hidden_files_change_no_addon(tmp_path):
    """A linter's cache is no reason to upgrade a database."""
    addon = tmp_path / "some"
    addon.mkdir()
    (addon / "__manifest__.py").write_text("{'name': 'Some'}")
    before = read(addon).fingerprint()
    (addon / ".ruff_cache").mkdir()
    (addon / ".ruff_cache" / "CACHEDIR.TAG").write_text("x")
    assert read(addon).fingerprint() == before
    (addon / "models.py").write_text("x = 1")
    assert read(addon).fingerprint() != before


def test_socket_path_is_short(tmp_path):
    """A deep state folder gets a socket folder elsewhere."""
    deep = tmp_path / ("d" * 100)
    home = PgHome(load({"HCRM_STATE": str(deep)}))
    assert len(str(home.socket_dir)) <= SOCKET_DIR_LIMIT
    near = PgHome(load({"HCRM_STATE": "/srv/h"}))
    assert str(near.socket_dir) == "/srv/h/pg/run"
