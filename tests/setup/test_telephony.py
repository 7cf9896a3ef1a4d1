"""Asterisk, espeak-ng and sox: unpacked, or as installed, or one line that says what is wrong."""

import os
import subprocess
from dataclasses import replace

import pytest

from scripts.apt import is_whole
from scripts.say import Ticker, Trouble
from scripts.settings import load
from scripts.telephony import Speech, Telephony, asterisk_version, wrap_installed

OFFLINE = "Debian's archive is out of reach: check the network, or set ODOO_PATH to an Odoo 19"


class OfflineApt:
    """A mirror that does not answer."""

    def with_dependencies(self, _packages):
        """As the private apt does."""
        raise Trouble(OFFLINE)

    def whole_tree(self, _packages, _release):
        """As the private apt does."""
        raise Trouble(OFFLINE)


@pytest.fixture(params=[Speech, Telephony])
def step(request, tmp_path):
    """A step in an empty state, without a network."""
    made = request.param(replace(load(), state=tmp_path / "state"))
    return lambda: made.build(OfflineApt(), Ticker("x")) or made


def fake(folder, name, text):
    """A program of this name."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_programs_start(stack):
    """Whoever calls them from wherever."""
    config = stack.settings
    assert asterisk_version(config.bin / "asterisk").startswith("Asterisk ")
    environment = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [config.bin / "espeak-ng", "-v", "cmn", "--stdout", "您好"],
        cwd="/",
        env=environment,
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"RIFF") and len(done.stdout) > 10_000
    modules = Telephony(config).directories()["astmoddir"]
    assert (modules / "res_fax_spandsp.so").exists()


def test_offline(step, monkeypatch):
    """One line, with what helps here."""
    monkeypatch.setattr("scripts.telephony.shutil.which", lambda *_args, **_more: None)
    with pytest.raises(Trouble) as caught:
        step()
    told = str(caught.value)
    assert told.startswith("Debian's archive is out of reach: check the network, or apt-get")
    assert "\n" not in told and "ODOO_PATH" not in told


def test_installed_programs_do(step, monkeypatch, tmp_path):
    """Without a network those of the system are taken."""
    for name in ("espeak-ng", "sox", "asterisk"):
        fake(tmp_path / "sbin", name, 'echo "Asterisk 99.1"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'sbin'}:{os.environ['PATH']}")
    assert step().present()


def test_broken_program(step, monkeypatch, tmp_path):
    """One that does not start counts as not there."""
    for name in ("espeak-ng", "sox", "asterisk"):
        fake(tmp_path / "sbin", name, "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'sbin'}:{os.environ['PATH']}")
    with pytest.raises(Trouble, match="does not start"):
        step()


def test_half_is_not_enough(monkeypatch, tmp_path):
    """All programs of a step or none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not wrap_installed(tmp_path / "bin", ("no-such-program",))


def test_a_damaged_download_is_fetched_again(tmp_path):
    """A file of the cache is used if it is the one that the archive means."""
    deb = tmp_path / "a_1_all.deb"
    assert not is_whole(deb, "SHA256:00")
    deb.write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert is_whole(deb, f"SHA256:{digest}")
    deb.write_bytes(b"ab")
    assert not is_whole(deb, f"SHA256:{digest}")
