"""Entry of every make target: `python3 -m scripts COMMAND`.

This file speaks old Python on purpose: it must start under any Python 3 to say which one is needed.
"""

import os
import shutil
import sys

OLDEST = (3, 10)
NEWEST = (3, 13)
NAMES = ["python3.11", "python3.12", "python3.13", "python3.10", "/usr/bin/python3"]


def usable(version):
    """Odoo 19 and the pinned packages are known to work on these versions only."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def find_other_python():
    """A machine whose `python3` is too new or too old often has a fitting one beside it."""
    if os.environ.get("HCRM_PYTHON_TRIED"):
        return None
    for name in NAMES:
        path = shutil.which(name)
        if path and os.path.realpath(path) != os.path.realpath(sys.executable):
            probe = "import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))"
            if os.spawnv(os.P_WAIT, path, [path, "-c", probe]) == 0:
                return path
    return None


def main():
    """Run the command here, or hand it over to a Python that can."""
    if usable(sys.version_info):
        from scripts.commands import run_command

        return run_command(sys.argv[1:])
    other = find_other_python()
    if other:
        os.environ["HCRM_PYTHON_TRIED"] = "1"
        os.execv(other, [other, "-m", "scripts"] + sys.argv[1:])
    sys.stderr.write(
        "HCRM needs Python 3.10 to 3.13, this is %s.%s: install one (Debian: apt-get install "
        "python3) or name it, make PYTHON=/path/to/python3.11\n" % tuple(sys.version_info[:2])
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
