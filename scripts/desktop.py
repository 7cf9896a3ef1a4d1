"""Programs Odoo calls: wkhtmltopdf with patched Qt, Chromium, and a Chinese font for both."""

import shutil

from scripts import shellout, unpacked
from scripts.say import Trouble
from scripts.unpacked import starts, version

RECIPE = 1
PDF_LIBRARIES = ["libxrender1", "libfontconfig1", "libfreetype6", "libxext6", "libx11-6"]
# the release's own Chromium: the security archive's 156 crashes on saving a mailing
BROWSER = ["chromium", "chromium-common"]
BROWSER_NAMES = ("google-chrome", "chromium", "chromium-browser")
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
            unpacked.lay_out(apt, apt.with_dependencies(PDF_LIBRARIES), libraries)
        unpacked.wrap(self.bin / "wkhtmltopdf", program, libraries)
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

    # browser -----------------------------------------------------------------------------------

    def browser_present(self):
        """Is our wrapper there?"""
        return (self.bin / BROWSER_NAMES[0]).exists()

    def add_browser(self, apt, ticker):
        """Unpack Chromium with what it needs; nothing is installed, so no root is needed."""
        root = self.settings.state / "chromium"
        ticker.detail = "downloading 90 MB"
        try:
            unpacked.lay_out(apt, [*BROWSER, *apt.with_dependencies(BROWSER)], root)
            program = root / "usr/lib/chromium/chromium"
            unpacked.wrap(self.bin / BROWSER_NAMES[0], program, root)
        except Trouble:
            other = next(filter(None, map(shutil.which, BROWSER_NAMES)), None)
            if not other:
                raise
            unpacked.wrap(self.bin / BROWSER_NAMES[0], other)
        ticker.detail = version(self.bin / BROWSER_NAMES[0])
        if not ticker.detail:
            (self.bin / BROWSER_NAMES[0]).unlink()
            raise Trouble("Chromium does not start: apt-get install chromium, then run again")
