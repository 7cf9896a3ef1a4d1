"""Asterisk for tests, and the programs that speak: espeak-ng and sox.

Asterisk is in Debian's sid only and wants a newer libc than this machine may have: it is unpacked
with sid's own libraries and started by sid's own dynamic linker. No root, no chroot, no service.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from scripts import shellout, unpacked
from scripts.gateways import without_hint
from scripts.say import Trouble

RECIPE = 1
ASTERISK = ["asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "libc6"]
SPEECH = ["espeak-ng", "espeak-ng-data", "sox", "libsox-fmt-base"]
#: Libraries of modules that nobody here loads (snmp, ODBC, video and music codecs, calendars,
#: unbound …): two thirds of the download.
NOT_LOADED = re.compile(
    r"lib(icu|codec2|opus|perl|snmp|glib|gnutls|gcrypt|c-gconv|samplerate|db5|unbound|gmp|p11|ltdl"
    r"|asound|gpgme|hogweed|nettle|pcre|sepol|jack|ical|pq|magic|lua|sybdb|odbc|neon|portaudio"
    r"|radcli|iksemel|vorbis|sndfile|semanage|selinux|mount|blkid|gdbm|pam|sensors|pci|nl-|ksba"
    r"|tasn1|udev|ncursesw|readline|speex|dbus|pulse)"
)
PLAIN = """#!/bin/sh
exec "{linker}" --library-path "{libraries}" "{program}" "$@"
"""
TALKING = """#!/bin/sh
export ESPEAK_DATA_PATH="{data}"
export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "{program}" "$@"
"""
HINT = "check the network, or apt-get install {names}"


class Speech:
    """espeak-ng and sox of the machine's own release."""

    programs = ("espeak-ng", "sox")

    def __init__(self, settings):
        self.bin = settings.bin
        self.root = settings.state / "speech"

    def inputs(self):
        """The wrappers hold paths."""
        return f"{RECIPE} {self.bin} {' '.join(SPEECH)}"

    def present(self):
        """Are the wrappers there?"""
        return all((self.bin / name).exists() for name in self.programs)

    def build(self, apt, ticker):
        """Debian's archive first, programs that somebody installed when it is out of reach."""
        ticker.detail = "downloading 6 MB"
        try:
            needed = [name for name in apt.with_dependencies(SPEECH) if name.startswith("lib")]
            unpacked.lay_out(apt, [*SPEECH, *needed], self.root)
        except Trouble as error:
            if not wrap_installed(self.bin, self.programs):
                hint = HINT.format(names="espeak-ng sox")
                raise Trouble(f"{without_hint(error)}: {hint}") from None
        else:
            self._wrap()
        ticker.detail = unpacked.version(self.bin / "espeak-ng").partition("  Data")[0]
        for name in self.programs:
            if not unpacked.starts(self.bin / name):
                (self.bin / name).unlink()
                raise Trouble(f"{name} does not start: apt-get install espeak-ng sox")

    def _wrap(self):
        libraries = ":".join(map(str, unpacked.library_folders(self.root)))
        data = next(self.root.glob("usr/lib/*/espeak-ng-data"), self.root)
        for name in self.programs:
            text = TALKING.format(
                data=data.parent, libraries=libraries, program=self.root / "usr/bin" / name
            )
            shellout.write_atomically(self.bin / name, text, mode=0o755)


class Telephony:
    """Asterisk with what its modules need, in a folder of the state."""

    programs = ("asterisk",)

    def __init__(self, settings):
        self.bin = settings.bin
        self.root = settings.state / "telephony"

    def inputs(self):
        """The wrapper holds paths."""
        return f"{RECIPE} {self.bin} {' '.join(ASTERISK)}"

    def present(self):
        """Is the wrapper there?"""
        return (self.bin / "asterisk").exists()

    def build(self, apt, ticker):
        """Debian's sid first, an installed Asterisk when it is out of reach."""
        ticker.detail = "downloading 28 MB"
        try:
            needed = only_libraries(apt.whole_tree(ASTERISK, "sid"))
            lay_out(apt, [*ASTERISK, *needed], self.root)
        except Trouble as error:
            if not wrap_installed(self.bin, self.programs):
                hint = HINT.format(names="asterisk")
                raise Trouble(f"{without_hint(error)}: {hint}") from None
            shutil.rmtree(self.root, ignore_errors=True)
        else:
            self._wrap()
        ticker.detail = asterisk_version(self.bin / "asterisk")
        if not ticker.detail:
            (self.bin / "asterisk").unlink()
            raise Trouble("Asterisk does not start: apt-get install asterisk, then run again")

    def _wrap(self):
        linker = next(self.root.glob("usr/lib/*/ld-linux*.so.*"))
        text = PLAIN.format(
            linker=linker, libraries=linker.parent, program=self.root / "usr/sbin/asterisk"
        )
        shellout.write_atomically(self.bin / "asterisk", text, mode=0o755)

    def directories(self):
        """What `asterisk.conf` says of where modules, sounds and descriptions are."""
        root = self.root if self.root.exists() else Path("/")
        modules = [*root.glob("usr/lib/*/asterisk/modules"), *root.glob("usr/lib/asterisk/modules")]
        return {
            "astmoddir": modules[0],
            # descriptions of options: a module without them does not load
            "astvarlibdir": root / "usr/share/asterisk",
            "astdatadir": root / "usr/share/asterisk",
        }


def lay_out(apt, packages, root):
    """As :func:`scripts.unpacked.lay_out`, of sid."""
    new = shellout.fresh_folder(root.with_name(root.name + ".new"))
    apt.unpack(apt.download(list(dict.fromkeys(packages)), "sid"), new)
    shellout.replace_folder(new, root)


def only_libraries(names):
    """Libraries of modules that are loaded; programs and services stay away.

    >>> only_libraries(["libspandsp2t64", "adduser", "libicu78", "perl-base", "zlib1g", "gpg"])
    ['libspandsp2t64', 'zlib1g']
    """
    return [
        name for name in names if name.startswith(("lib", "zlib1g")) and not NOT_LOADED.match(name)
    ]


def wrap_installed(folder, programs):
    """Start what somebody installed; False where something is missing."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    found = {name: shutil.which(name, path=path) for name in programs}
    for name, program in found.items():
        if program and not program.startswith(str(folder)):
            unpacked.wrap(folder / name, program)
    return all(found.values())


def asterisk_version(program):
    """'Asterisk 22.10.1', or nothing where it does not start."""
    try:
        done = subprocess.run([str(program), "-V"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    found = re.match(r"Asterisk [\d.]+", done.stdout)
    return found.group(0) if found and not done.returncode else ""
