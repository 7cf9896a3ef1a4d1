"""Programs of Debian packages that are unpacked, not installed, and how they find libraries."""

import subprocess
from pathlib import Path

from scripts import shellout

WRAPPER = """#!/bin/sh
export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "{program}" "$@"
"""
PLAIN = """#!/bin/sh
exec "{program}" "$@"
"""


def lay_out(apt, packages, root):
    """Fetch packages and unpack them into a folder that is there whole or not at all."""
    new = shellout.fresh_folder(root.with_name(root.name + ".new"))
    apt.unpack(apt.download(list(dict.fromkeys(packages))), new)
    shellout.replace_folder(new, root)


def wrap(path, program, root=None):
    """Write a script that starts a program with the libraries unpacked under ``root``."""
    libraries = ":".join(map(str, library_folders(root))) if root else ""
    text = WRAPPER if libraries else PLAIN
    shellout.write_atomically(path, text.format(program=program, libraries=libraries), mode=0o755)


def library_folders(root):
    """Where an unpacked package keeps shared libraries."""
    return sorted({path.parent for path in Path(root).rglob("*.so*") if "lib" in path.parts})


def starts(program):
    """Can the dynamic linker find everything?"""
    return bool(version(program))


def version(program):
    """What a program says of itself; empty when it does not start."""
    try:
        done = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
