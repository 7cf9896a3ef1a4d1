"""Looks at the machine before anything is done, so that trouble is told early and once."""

import errno
import json
import os
import platform
import shutil
import socket
import sys
import uuid

from scripts.say import Trouble
from scripts.shellout import write_atomically

STATE_FORMAT = 1
MARK = "hcrm-state.json"
NEEDED_BYTES = 4 * 1024**3
WARM_BYTES = 300 * 1024**2


def check_platform():
    """The database and PDF programs exist for these platforms only."""
    libc = platform.libc_ver()[0]
    machine = platform.machine()
    if sys.platform != "linux" or machine not in ("x86_64", "aarch64") or libc != "glibc":
        raise Trouble(
            f"HCRM runs on Linux x86_64 or aarch64 with glibc (Debian 12 is tested), this is "
            f"{sys.platform} {machine} {libc or 'without glibc'}: use such a machine or a container"
        )


def check_state(state):
    """Take a new or own folder; refuse one that holds something else."""
    mark = state / MARK
    try:
        state.mkdir(parents=True, exist_ok=True)
        if mark.exists():
            _check_mark(state, json.loads(mark.read_text()))
        elif any(entry.name not in ("cache", "logs") for entry in state.iterdir()):
            raise Trouble(
                f"{state} holds files that HCRM did not make: move them away or set HCRM_STATE "
                "to another folder"
            )
        else:
            write_mark(state)
    except ValueError:
        raise Trouble(f"{mark} is damaged: remove {state} and run again") from None
    except OSError as error:
        raise Trouble(
            f"HCRM cannot write to {state} ({os.strerror(error.errno)}): set HCRM_STATE to a "
            "folder of your own"
        ) from None
    check_owner(state)


def _check_mark(state, found):
    if found.get("format") != STATE_FORMAT:
        raise Trouble(
            f"{state} was made by another version of HCRM (format {found.get('format')}, this one "
            f"needs {STATE_FORMAT}): save what you need from it, remove it and run again"
        )
    if found.get("path") != str(state):
        raise Trouble(
            f"{state} was made at {found.get('path')} and cannot be moved: move it back, or remove "
            "it and run again"
        )


def write_mark(state):
    """Claim the folder."""
    mark = {"format": STATE_FORMAT, "path": str(state), "id": uuid.uuid4().hex}
    write_atomically(state / MARK, json.dumps(mark))


def check_owner(state):
    """A state made by root cannot be used by another user, nor the other way round."""
    uid = state.stat().st_uid
    if uid != os.getuid():
        raise Trouble(
            f"{state} belongs to user number {uid}, you are {os.getuid()}: run as that user or set "
            "HCRM_STATE to a folder of your own"
        )


def check_space(state, cold):
    """A cold set-up unpacks about 2 GB and builds databases beside it."""
    needed = NEEDED_BYTES if cold else WARM_BYTES
    free = shutil.disk_usage(state).free
    if free < needed:
        raise Trouble(
            f"{free / 1024**3:.1f} GB are free where {state} is, {needed / 1024**3:.1f} GB are "
            "needed: make room or set HCRM_STATE to a folder on a larger disk"
        )


def port_is_free(port):
    """Can we listen there? (A closed connection's remains do not count.)"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def check_port(port, variable):
    """Say how to choose another port before any server fails on it."""
    if port_is_free(port):
        return
    if port < 1024 and os.getuid():
        raise Trouble(f"port {port} is for root only: choose another, make run {variable}=18069")
    raise Trouble(
        f"port {port} is taken by another program: stop it or choose another port, "
        f"make run {variable}={port + 1}"
    )


def free_port():
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
