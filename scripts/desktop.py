"""Programs Odoo calls: wkhtmltopdf with patched Qt, Chromium, and a Chinese font for both."""

import shutil
import subprocess
from pathlib import Path

from scripts import shellout
from scripts.say import Trouble

RECIPE = 1
PDF_LIBRARIES = ["libxrender1", "libfontconfig1", "libfreetype6", "libxext6", "libx11-6"]
# the release's own Chromium: the security archive's 156 crashes on saving a mailing
BROWSER = ["chromium", "chromium-common"]
BROWSER_NAMES = ("google-chrome", "chromium", "chromium-browser")
WRAPPER = """#!/bin/sh
export LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "{program}" "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


class Desktop:
    """Small wrappers in the state's bin folder, which comes first on Odoo's PATH."""

    def __init__(self, settings):
        self.settings = settings
        self.bin = settings.bin

    def inputs(self):
        """The wrappers hold paths."""
        return f"{RECIPE} {self.bin}"

    # PDF ---------------------------------------------------------------------------------------

    def add_pdf(self, apt, ticker):
        """Debian's own wkhtmltopdf lacks the patches: no header, no footer, a shrunk page."""
        self._write_fonts()
        program = self.settings.state / "venv" / "bin" / "wkhtmltopdf-pack"
        if not program.exists():
            ticker.detail = "no patched wkhtmltopdf for this processor: PDF needs your own"
            return
        program.chmod(0o755)
        libraries = None
        if not starts(program):
            libraries = self.settings.state / "pdf-libraries"
            self._unpack(apt, PDF_LIBRARIES, libraries)
        self._wrap("wkhtmltopdf", program, libraries)
        if not starts(self.bin / "wkhtmltopdf"):
            raise Trouble(
                "wkhtmltopdf does not start: install libxrender1, libfontconfig1 and libxext6 and "
                "run again"
            )
        ticker.detail = "patched Qt"

    def _write_fonts(self):
        fonts = self.settings.state / "odoo" / "usr" / "share" / "fonts"
        cache = self.settings.state / "cache" / "fonts"
        cache.mkdir(parents=True, exist_ok=True)
        text = FONTS.format(fonts=fonts, cache=cache)
        shellout.write_atomically(self.settings.state / "fonts.conf", text)

    def _unpack(self, apt, packages, root):
        new = shellout.fresh_folder(root.with_name(root.name + ".new"))
        apt.unpack(apt.download(apt.with_dependencies(packages)), new)
        shellout.replace_folder(new, root)

    def _wrap(self, name, program, root=None):
        libraries = ":".join(map(str, library_folders(root))) if root else ""
        text = WRAPPER.format(program=program, libraries=libraries)
        if not libraries:
            text = f'#!/bin/sh\nexec "{program}" "$@"\n'
        shellout.write_atomically(self.bin / name, text, mode=0o755)

    # browser -----------------------------------------------------------------------------------

    def browser_present(self):
        """Is our wrapper there?"""
        return (self.bin / BROWSER_NAMES[0]).exists()

    def add_browser(self, apt, ticker):
        """Unpack Chromium with what it needs; nothing is installed, so no root is needed."""
        root = self.settings.state / "chromium"
        ticker.detail = "downloading 90 MB"
        try:
            new = shellout.fresh_folder(root.with_name("chromium.new"))
            wanted = dict.fromkeys([*BROWSER, *apt.with_dependencies(BROWSER)])
            apt.unpack(apt.download(list(wanted)), new)
            shellout.replace_folder(new, root)
            self._wrap(BROWSER_NAMES[0], root / "usr/lib/chromium/chromium", root)
        except Trouble:
            other = next(filter(None, map(shutil.which, BROWSER_NAMES)), None)
            if not other:
                raise
            self._wrap(BROWSER_NAMES[0], other)
        ticker.detail = version(self.bin / BROWSER_NAMES[0])
        if not ticker.detail:
            (self.bin / BROWSER_NAMES[0]).unlink()
            raise Trouble("Chromium does not start: apt-get install chromium, then run again")


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
