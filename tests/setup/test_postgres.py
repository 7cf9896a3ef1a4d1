"""The embedded PostgreSQL comes back after anything."""

import os
import shutil
import signal
import threading
from dataclasses import replace

import pytest

from scripts.postgres import Postgres


@pytest.fixture
def cluster(stack):
    """A server of its own."""
    made = Postgres(replace(stack.settings, own_postgres=None), name="pg-killed")
    shutil.rmtree(made.home.folder, ignore_errors=True)
    try:
        yield made.open()
    finally:
        made.close()
        shutil.rmtree(made.home.folder, ignore_errors=True)


def test_start_waits_for_children_of_a_killed_server(cluster):
    """A child that still writes holds the memory of the old server; a new one would refuse it."""
    first, *children = sorted(cluster.home.leftovers(), key=lambda pid: pid != _postmaster(cluster))
    assert first == _postmaster(cluster)
    assert children
    os.kill(children[0], signal.SIGSTOP)
    os.kill(first, signal.SIGKILL)
    end = threading.Timer(2, os.kill, (children[0], signal.SIGCONT))
    end.start()
    try:
        cluster.start()
    finally:
        end.join()
    assert cluster.sql("SELECT 1") == ["1"]


def _postmaster(cluster):
    return int((cluster.home.data / "postmaster.pid").read_text().split()[0])
