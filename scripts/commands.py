"""The make targets."""

import errno
import os
import signal
import subprocess
import sys

from scripts import say, settings, shellout
from scripts.say import Trouble


def run(config):
    """Set up and serve."""
    from scripts.setup import Stack
    from scripts.supervise import Supervisor, check_ports_early

    check_ports_early(config)
    with Stack(config) as stack:
        stack.prepare()
        stack.main_database()
        Supervisor(stack).run()


def setup(config):
    """Set up and stop: what `make run` would need."""
    from scripts.setup import Stack

    with Stack(config) as stack:
        stack.prepare()
        stack.main_database()
        say.line(f"HCRM is set up after {say.duration(stack.finish())}: make run")


def shell(config):
    """Odoo's shell on the database; a script may come from standard input."""
    from scripts.setup import Stack

    with Stack(config) as stack:
        with say.to_stderr():
            stack.prepare()
            stack.main_database()
        odoo = stack.odoo
        command = odoo.command("shell", "-c", odoo.conf, "-d", config.db, "--no-http")
        return subprocess.run(command, env=odoo.env(), check=False).returncode


def test(config):
    """All tests."""
    from scripts.testing import run_tests

    return run_tests(config)


def soak(config):
    """The full counts."""
    from scripts.testing import run_soak

    return run_soak(config)


def lint(config):
    """Style and Odoo's own lint tests."""
    from scripts.lint import run_lint

    return run_lint(config)


def bench(config):
    """Benchmarks run on the set-up machine with the environment's Python."""
    from scripts.testing import run_bench

    return run_bench(config)


def pictures(config):
    """The pictures of the README."""
    from scripts.pictures import run_pictures
    from scripts.setup import Stack

    with Stack(config) as stack:
        run_pictures(stack)


def rigs(config):
    """Kannel, an SMS centre and a mail server to look at beside `make run`."""
    from scripts.setup import Stack

    with Stack(config) as stack:
        stack.prepare_rigs()
        command = [str(config.venv_python), "-B", "-m", "tests.support.rigs"]
        return shellout.follow(command, stack.odoo.env(), cwd=settings.ROOT)


COMMANDS = {f.__name__: f for f in (run, setup, shell, test, soak, lint, bench, pictures, rigs)}


def run_command(arguments):
    """Dispatch; every foreseeable trouble ends in one line and a code other than 0."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.stderr.write(f"usage: python3 -m scripts {'|'.join(COMMANDS)}\n")
        return 2
    _follow_make()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return COMMANDS[arguments[0]](settings.load()) or 0
    except Trouble as error:
        return _tell(str(error))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _tell("the disk is full: make room or set HCRM_STATE to a larger disk")
        return _tell(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))


def _tell(text):
    if "No space left on device" in text:
        text = "the disk is full: make room, or set HCRM_STATE to a folder on a larger disk"
    sys.stdout.flush()
    sys.stderr.write(f"HCRM: {text}\n")
    return 1


def _interrupt(*_):
    raise KeyboardInterrupt


def _follow_make():
    """When make is killed, end as if by Ctrl-C instead of living on unseen."""
    if os.environ.get("MAKELEVEL"):
        from scripts.shellout import die_with_parent

        die_with_parent()
