"""Kannel and Postfix's tools: unpacked, or as installed, or one line that says what is wrong."""

import os
import subprocess
from dataclasses import replace

import pytest

from scripts import gateways
from scripts.gateways import Gateways, kannel_version
from scripts.say import Ticker, Trouble
from scripts.settings import load

OFFLINE = "Debian's archive is out of reach: check the network, or set ODOO_PATH to an Odoo 19"
LOST = "error while loading shared libraries: libct.so.4: cannot open shared object file"


class OfflineApt:
    """A mirror that does not answer."""

    def with_dependencies(self, _packages):
        """As the private apt does."""
        raise Trouble(OFFLINE)


def fake_programs(folder, text):
    """Programs of the right names."""
    folder.mkdir()
    for name in gateways.PROGRAMS:
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


@pytest.fixture
def step(tmp_path):
    """The step in an empty state, without a network."""
    made = Gateways(replace(load(), state=tmp_path / "state"))
    return lambda: made.build(OfflineApt(), Ticker("Kannel")) or made


def test_programs_start(stack):
    """Every wrapper finds its libraries, whoever calls it from wherever."""
    assert kannel_version(stack.settings.bin / "bearerbox") == "Kannel 1.4.5"
    for name in gateways.PROGRAMS:
        done = subprocess.run(
            [stack.settings.bin / name, "--version"],
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "shared libraries" not in done.stderr, done.stderr


def test_offline(step, monkeypatch):
    """One line, with what helps here."""
    monkeypatch.setattr(gateways.shutil, "which", lambda *_args, **_more: None)
    with pytest.raises(Trouble) as caught:
        step()
    told = str(caught.value)
    assert told == f"Debian's archive is out of reach: {gateways.HINT}"
    assert "\n" not in told


def test_installed_programs_do(step, monkeypatch, tmp_path):
    """Without a network those of the system are taken."""
    fake_programs(tmp_path / "sbin", 'echo "Kannel bearerbox version \\`9.9\'."')
    monkeypatch.setenv("PATH", f"{tmp_path / 'sbin'}:{os.environ['PATH']}")
    made = step()
    assert made.present()
    assert kannel_version(made.bin / "bearerbox") == "Kannel 9.9"


def test_missing_library(step, monkeypatch, tmp_path):
    """Its name is told, and the step does not count as done."""
    fake_programs(tmp_path / "sbin", f"echo 'x: {LOST}' >&2; exit 127")
    monkeypatch.setenv("PATH", f"{tmp_path / 'sbin'}:{os.environ['PATH']}")
    with pytest.raises(Trouble, match="libct.so.4"):
        step()
