"""Fixtures of the black-box tests; run by `make test`, or by hand with the state's Python."""

import os

import pytest

from scripts import settings
from scripts.setup import Stack
from tests.support import rig_fixtures
from tests.support.hospital import CrashHospital, Hospital
from tests.support.soak import Soak

# the outside world: `smsc`, `kannel`, `smtp_sink`, `http_provider`, `telephones`
programs = rig_fixtures.programs
session_smsc, smsc = rig_fixtures.session_smsc, rig_fixtures.smsc
session_kannel, kannel = rig_fixtures.session_kannel, rig_fixtures.kannel
session_sink, smtp_sink = rig_fixtures.session_sink, rig_fixtures.smtp_sink
session_telephones, telephones = rig_fixtures.session_telephones, rig_fixtures.telephones
session_provider, http_provider = rig_fixtures.session_provider, rig_fixtures.http_provider


def pytest_collection_modifyitems(items):
    """What needs root is skipped with a reason and counted, never hidden."""
    for item in items:
        if item.get_closest_marker("root") and os.getuid():
            item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture(scope="session")
def soak():
    """Sizes, seed and report: `soak.size(10, 100)`, `soak.seed`, `soak.report("HL7", lost=0)`."""
    kept = Soak()
    yield kept
    kept.write()


@pytest.fixture(scope="session")
def stack():
    """The set-up machine: programs, PostgreSQL, prepared databases."""
    with Stack(settings.load()) as prepared:
        prepared.prepare(tests=True)
        yield prepared


@pytest.fixture(scope="session")
def hospital(stack):
    """A running server over the demonstration hospital, shared by the whole session."""
    db = f"{stack.settings.db}__live"
    with stack.lock():
        stack.databases.clone(stack.databases.ensure_demo(), db)
    running = Hospital(stack, db)
    try:
        yield running.start()
    finally:
        running.close()


@pytest.fixture(scope="session")
def rpc(hospital):
    """`rpc("admin").call("res.partner", "search_count", domain=[])`."""
    return hospital.rpc


@pytest.fixture(scope="session")
def mllp(hospital):
    """The HL7 listener of the shared hospital; `mllp.kill()` and `mllp.restart()` are allowed."""
    return hospital.mllp.start()


@pytest.fixture(scope="module")
def crash_hospital(stack):
    """A hospital with its own PostgreSQL: everything in it may be killed. Nothing is started."""
    running = CrashHospital(stack, f"{stack.settings.db}__crash")
    try:
        yield running
    finally:
        running.close()
