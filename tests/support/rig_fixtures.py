"""The stand-ins for the outside world, one of each for a session; rules do not outlive a test."""

import pytest

from scripts import settings
from tests.support.asterisk import Telephones
from tests.support.http_provider import HttpProvider
from tests.support.kannel import Kannel
from tests.support.smsc import Smsc
from tests.support.smtp_sink import SmtpSink

#: What Kannel passes on of a text: sender, receiver, text, number of the centre.
INBOUND = "?from=%p&to=%P&text=%b&id=%I&charset=%C"


@pytest.fixture(scope="session")
def programs():
    """Where Kannel and Postfix's tools are; set-up puts them there."""
    folder = settings.load().bin
    if not (folder / "bearerbox").exists():
        pytest.fail(f"no Kannel in {folder}: `make test HCRM_TEST=tests/rigs` sets it up")
    return folder


def _running(rig):
    try:
        yield rig.start()
    finally:
        rig.stop()


@pytest.fixture(scope="session")
def session_smsc(tmp_path_factory):
    """Use `smsc`."""
    yield from _running(Smsc(tmp_path_factory.mktemp("smsc")))


@pytest.fixture(scope="session")
def session_provider(tmp_path_factory):
    """Use `http_provider`."""
    yield from _running(HttpProvider(tmp_path_factory.mktemp("provider")))


@pytest.fixture(scope="session")
def session_sink(tmp_path_factory):
    """Use `smtp_sink`."""
    folder = tmp_path_factory.mktemp("sink")
    yield from _running(SmtpSink(folder, "--login", "hcrm", "--password", "secret"))


@pytest.fixture(scope="session")
def session_kannel(programs, session_smsc, session_provider, tmp_path_factory):
    """Use `kannel`."""
    gateway = Kannel(
        tmp_path_factory.mktemp("kannel"),
        session_smsc.port,
        inbound=f"{session_provider.url}/inbound{INBOUND}",
        programs=programs,
    )
    yield from _running(gateway)


@pytest.fixture(scope="session")
def session_telephones(tmp_path_factory):
    """Use `telephones`."""
    if not (settings.load().bin / "asterisk").exists():
        pytest.fail("no Asterisk here: `make test HCRM_TEST=tests/rigs` sets it up")
    yield from _running(Telephones(tmp_path_factory.mktemp("telephones")))


@pytest.fixture
def telephones(session_telephones):
    """The hospital's Asterisk and everybody outside; the book of calls begins with this test."""
    yield from _fresh(session_telephones)
    for side in (session_telephones.hospital, session_telephones.public):
        side.command("channel request hangup all")
        side.wait_idle()


@pytest.fixture
def smsc(session_smsc):
    """An SMS centre without rules; its journal begins with this test."""
    yield from _fresh(session_smsc)


@pytest.fixture
def http_provider(session_provider):
    """A web server that answers everything by 200; its journal begins with this test."""
    yield from _fresh(session_provider)


@pytest.fixture
def smtp_sink(session_sink):
    """A mail server that takes everything; its journal begins with this test."""
    yield from _fresh(session_sink)


def _fresh(rig):
    rig.forget()
    rig.begin()
    yield rig
    rig.forget()


@pytest.fixture
def kannel(session_kannel, smsc, http_provider):
    """Kannel bound to `smsc`, texts from patients go to `http_provider` at /inbound."""
    session_kannel.wait_online()
    yield session_kannel
    # what a test left in it must not reach the next one
    smsc.forget()
    session_kannel.wait_idle()
