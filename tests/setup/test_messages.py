"""Trouble is told in one clear line that says what to do, with an exit code and no traceback."""

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

from scripts.settings import ROOT

BASIC = {"PATH", "HOME", "LANG"}


@pytest.fixture
def make_setup(tmp_path):
    """Run set-up in an empty state and return its code and what it said."""

    def run(command="setup", path=None, **variables):
        env = {key: value for key, value in os.environ.items() if key in BASIC}
        env["HCRM_STATE"] = str(tmp_path / "state")
        env.update({"HCRM_CACHE": str(tmp_path / "cache"), **variables})
        if path is not None:
            env["PATH"] = str(path)
        done = subprocess.run(
            [sys.executable, "-B", "-m", "scripts", command],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done

    return run


def one_line(done, *words):
    """Exactly one line of complaint, and it contains what helps."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode != 0
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for word in words:
        assert word in lines[0], lines[0]
    return lines[0]


def fake_program(folder, name, text):
    """A program that behaves as told."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("HCRM_PORT", "http", "is not a port"),
        ("HCRM_PORT", "70000", "1 to 65535"),
        ("HCRM_DB", "My Hospital", "small letters"),
        ("HCRM_STATE", "/tmp/a,b", "comma"),
        ("ODOO_PATH", "/nonexistent", "19.0"),
    ],
)
def test_bad_settings(make_setup, variable, value, hint):
    """A wrong override is named."""
    one_line(make_setup(**{variable: value}), variable, hint)


def test_postgres_role(make_setup):
    """Odoo's refusal of the role postgres is told before anything is done."""
    one_line(make_setup(PGHOST="localhost", PGUSER="postgres"), "PGUSER", "createuser")


def test_port_taken(make_setup):
    """Another program's port: told in the first second, with another one to use."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one_line(make_setup("run", HCRM_PORT=str(port)), str(port), f"HCRM_PORT={port + 1}")


def test_no_apt(make_setup, tmp_path):
    """A machine without apt is pointed to its own checkout."""
    one_line(make_setup(path=tmp_path), "apt-get", "ODOO_PATH")


def test_no_network(make_setup, tmp_path):
    """apt that reaches nothing."""
    bin_folder = fake_program(
        tmp_path / "bin",
        "apt-get",
        'case "$*" in *indextargets*) echo "http://mirror.invalid/debian|bookworm|Debian|main";;\n'
        '*update*) echo "E: Could not resolve mirror.invalid"; exit 100;; esac',
    )
    fake_program(bin_folder, "dpkg-deb", "exit 0")
    done = make_setup(path=f"{bin_folder}:/usr/bin:/bin")
    one_line(done, "check the network", "ODOO_PATH", "Could not resolve")


def test_no_odoo_package(make_setup, tmp_path):
    """A mirror that has no Odoo."""
    bin_folder = fake_program(
        tmp_path / "bin",
        "apt-get",
        'case "$*" in *indextargets*) echo "http://mirror.invalid/debian|bookworm|Debian|main";;\n'
        '*download*) echo "E: Unable to locate package odoo-19"; exit 100;; esac',
    )
    fake_program(bin_folder, "dpkg-deb", "exit 0")
    one_line(make_setup(path=f"{bin_folder}:/usr/bin:/bin"), "odoo-19", "ODOO_PATH")


def test_disk_full_while_working(make_setup, tmp_path):
    """A program that meets a full disk."""
    bin_folder = fake_program(
        tmp_path / "bin",
        "apt-get",
        'case "$*" in *indextargets*) echo "http://mirror.invalid/debian|bookworm|Debian|main";;\n'
        '*update*) echo "E: write (28: No space left on device)"; exit 100;; esac',
    )
    fake_program(bin_folder, "dpkg-deb", "exit 0")
    done = make_setup(path=f"{bin_folder}:/usr/bin:/bin")
    one_line(done, "disk is full", "HCRM_STATE")


def test_wrong_odoo(make_setup, tmp_path):
    """Another Odoo than 19.0."""
    (tmp_path / "own" / "odoo").mkdir(parents=True)
    (tmp_path / "own" / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final', 0)\n")
    one_line(make_setup(ODOO_PATH=str(tmp_path / "own")), "18.0", "ODOO_PATH")


def test_foreign_state(make_setup, tmp_path):
    """A folder with somebody's files is not touched."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "thesis.txt").write_text("mine")
    one_line(make_setup(), "did not make", "HCRM_STATE")
    assert (tmp_path / "state" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("mark", "hint"),
    [
        ({"format": 0}, "another version"),
        ({"format": 1, "path": "/elsewhere"}, "cannot be moved"),
        ("{", "damaged"),
    ],
)
def test_old_state(make_setup, tmp_path, mark, hint):
    """A state of another version, a moved one and a damaged one."""
    (tmp_path / "state").mkdir()
    text = mark if isinstance(mark, str) else json.dumps(mark)
    (tmp_path / "state" / "hcrm-state.json").write_text(text)
    one_line(make_setup(), hint)


def test_state_cannot_be_written(make_setup):
    """A place where nobody may write."""
    one_line(make_setup(HCRM_STATE="/proc/hcrm"), "HCRM_STATE")


@pytest.mark.root
def test_state_of_another_user(make_setup, tmp_path):
    """Root's run and a user's run do not share a folder."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "hcrm-state.json").write_text(
        json.dumps({"format": 1, "path": str(tmp_path / "state")})
    )
    shutil.chown(tmp_path / "state", 12345)
    one_line(make_setup(), "belongs to user number 12345", "HCRM_STATE")


@pytest.mark.root
def test_small_disk(make_setup, tmp_path):
    """A disk that is too small is noticed before the download."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", small], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this root may not mount")
    try:
        one_line(make_setup(HCRM_STATE=str(small / "state")), "GB are needed", "HCRM_STATE")
    finally:
        subprocess.run(["umount", small], check=True)


def test_unknown_command():
    """A typing error shows the commands."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "scripts", "rum"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    one_line(done, "usage", "run")
