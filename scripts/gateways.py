"""Real servers for tests: the SMS gateway Kannel, and Postfix's fast mail sink and mail source."""

import os
import re
import shutil
import subprocess

from scripts import unpacked
from scripts.say import Trouble

RECIPE = 1
PACKAGES = ["kannel", "kannel-extras", "postfix"]
#: Where the packages keep what we want of them; nothing else of them is ever started.
PROGRAMS = {
    "bearerbox": "usr/sbin/bearerbox",
    "smsbox": "usr/sbin/smsbox",
    "smtp-sink": "usr/sbin/smtp-sink",
    "smtp-source": "usr/sbin/smtp-source",
}
HINT = "check the network, or apt-get install kannel kannel-extras"


class Gateways:
    """Unpacked in the state folder, started by wrappers that name the libraries.

    The programs are linked to libraries that a small machine lacks: FreeTDS (libct4), hiredis,
    MariaDB's and PostgreSQL's clients, PCRE, SQLite, libxml2, OpenSSL and PAM for Kannel, Berkeley
    DB, ICU and libnsl for Postfix, whose own libraries lie outside the usual folders. Which of them
    are missing is asked of apt; they are unpacked beside the programs.
    """

    def __init__(self, settings):
        self.bin = settings.bin
        self.root = settings.state / "gateways"

    def inputs(self):
        """The wrappers hold paths."""
        return f"{RECIPE} {self.bin} {' '.join(PACKAGES)}"

    def present(self):
        """Are the gateway's wrappers there?"""
        return all((self.bin / name).exists() for name in ("bearerbox", "smsbox"))

    def build(self, apt, ticker):
        """Debian's archive first, programs that somebody installed when it is out of reach."""
        ticker.detail = "downloading 10 MB"
        try:
            missing = only_libraries(apt.with_dependencies(PACKAGES))
            unpacked.lay_out(apt, [*PACKAGES, *missing], self.root)
        except Trouble as error:
            if not self._wrap_installed():
                raise Trouble(f"{without_hint(error)}: {HINT}") from None
        else:
            for name, path in PROGRAMS.items():
                unpacked.wrap(self.bin / name, self.root / path, self.root)
        self._check()
        ticker.detail = kannel_version(self.bin / "bearerbox")

    def _wrap_installed(self):
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        found = {name: shutil.which(name, path=path) for name in PROGRAMS}
        for name, program in found.items():
            if program and not program.startswith(str(self.bin)):
                unpacked.wrap(self.bin / name, program)
        return bool(found["bearerbox"] and found["smsbox"])

    def _check(self):
        for name in PROGRAMS:
            told = (self.bin / name).exists() and complaint(self.bin / name)
            if told:
                (self.bin / name).unlink(missing_ok=True)
                raise Trouble(f"{name} does not start ({told}): apt-get install kannel postfix")


def only_libraries(names):
    """Programs and services that packages bring along stay away.

    >>> only_libraries(["libct4", "adduser", "postfix", "libperl5.36", "libc6", "mysql-common"])
    ['libct4']
    """
    return [name for name in names if re.match(r"lib(?!perl|c6$|c-)", name)]


def without_hint(error):
    """The cause alone; what helps is said for this step.

    >>> without_hint("Debian's archive is out of reach: check the network, or set ODOO_PATH")
    "Debian's archive is out of reach"
    """
    return str(error).split(": check the network")[0]


def complaint(program):
    """The dynamic linker's words about a missing library; empty when all is there."""
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"error while loading shared libraries: ([^:]+)", done.stderr)
    return found.group(1) if found else ""


def kannel_version(program):
    """'Kannel 1.4.5', from what bearerbox says of itself."""
    found = re.search(r"version `([^']+)'", unpacked.version(program))
    return f"Kannel {found.group(1)}" if found else "Kannel"
