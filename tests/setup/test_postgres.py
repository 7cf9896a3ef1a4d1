"""The embedded PostgreSQL comes back after anything."""

import ctypes
import os
import shutil
import signal
import threading
import time
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


def test_start_waits_for_the_memory_of_a_killed_server(cluster):
    """It may be held a moment longer than the processes are seen: by whoever looks at them."""
    block = int((cluster.home.data / "postmaster.pid").read_text().splitlines()[6].split()[1])
    holder = os.fork()
    if not holder:  # only calls that a fork with threads allows
        libc = ctypes.CDLL(None)
        libc.shmat.restype = ctypes.c_void_p
        held = libc.shmat(block, None, 0)
        time.sleep(60 if held else 0)
        os._exit(0)
    time.sleep(0.5)
    os.kill(_postmaster(cluster), signal.SIGKILL)
    end = threading.Timer(6, os.kill, (holder, signal.SIGKILL))
    end.start()
    try:
        cluster.start()
    finally:
        end.join()
        os.waitpid(holder, 0)
    assert cluster.sql("SELECT 1") == ["1"]


def _postmaster(cluster):
    return int((cluster.home.data / "postmaster.pid").read_text().split()[0])
