"""How long set-up took is what `make bench` prints: tests and halves of a set-up do not count."""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from scripts import testing
from scripts.odoo_log import Result
from scripts.stamps import Stamps


@pytest.fixture
def stamps(tmp_path):
    """A run of set-up that has just begun."""
    return Stamps(tmp_path)


def kept(tmp_path):
    """What was written down."""
    file = tmp_path / "setup.json"
    return json.loads(file.read_text()) if file.exists() else {}


def work(stamps, *names):
    """Steps that were done now."""
    for name in names:
        stamps.note(name, 1.5)


def test_cold_and_warm(stamps, tmp_path):
    """All steps are a cold set-up, none a warm one."""
    stamps.save_run(tmp_path / "setup.json")
    assert list(kept(tmp_path)) == ["warm_s"]
    work(stamps, "odoo", "venv", "demo")
    stamps.save_run(tmp_path / "setup.json")
    assert set(kept(tmp_path)) == {"warm_s", "cold_s", "cold_steps"}


def test_half_a_set_up_is_neither(stamps, tmp_path):
    """An upgrade of the database alone says nothing about either."""
    work(stamps, "demo")
    stamps.save_run(tmp_path / "setup.json")
    assert kept(tmp_path) == {}


@pytest.mark.parametrize("worked", [("odoo", "venv", "demo"), ()])
def test_tests_are_no_set_up(stamps, tmp_path, monkeypatch, worked):
    """`make test` as first command sets everything up, and takes much longer."""
    stack = SimpleNamespace(
        prepare=lambda tests: work(stamps, *worked),
        finish=lambda: stamps.save_run(tmp_path / "setup.json"),
    )
    monkeypatch.setattr(testing, "Stack", lambda _config: nullcontext(stack))
    done = SimpleNamespace(run=lambda: Result(passed=1))
    for name in ("OdooTests", "BridgeTests", "NeighbourTests"):
        monkeypatch.setattr(testing, name, lambda *_arguments: done)
    monkeypatch.setattr(testing, "run_pytest", lambda *_arguments: Result(passed=1))
    assert testing.run_tests(SimpleNamespace(ci=False)) == 0
    assert kept(tmp_path) == {}
