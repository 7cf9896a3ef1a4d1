"""The rigs leave nothing behind, however a test run ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from scripts.settings import ROOT
from tests.support.rig import eventually

#: What a test run does, without pytest around it.
RUN = """
import sys, time
from pathlib import Path
from tests.support.http_provider import HttpProvider
from tests.support.kannel import Kannel
from tests.support.smsc import Smsc
from tests.support.smtp_sink import PostfixSink, SmtpSink
folder, programs = Path(sys.argv[1]), Path(sys.argv[2])
smsc = Smsc(folder / "smsc").start()
kannel = Kannel(folder / "kannel", smsc.port, programs=programs).start().wait_online()
others = [SmtpSink(folder / "smtp").start(), HttpProvider(folder / "http").start()]
others.append(PostfixSink(folder / "postfix", programs).start())
kannel.send("13800138000", "Hi")
print("ready", flush=True)
time.sleep(600)
"""


def children(pid):
    """Process numbers of a process's children."""
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    """A process that is neither gone nor a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_killed_run_leaves_no_process(programs, tmp_path):
    """kill -9 of the run ends every server it started."""
    run = subprocess.Popen(
        [sys.executable, "-B", "-c", RUN, str(tmp_path), str(programs)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        assert run.stdout.readline() == b"ready\n"
        started = children(run.pid)
        assert len(started) == 6 and all(map(alive, started))
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    eventually(lambda: not any(map(alive, started)), "all servers ended")
