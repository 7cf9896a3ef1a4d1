"""Odoo 19 out of Debian's package, complete again: its fonts, libraries and one lost script."""

import os
import re
import shutil
import tarfile
from pathlib import Path

from scripts import say, shellout
from scripts.say import Trouble

RECIPE = 1
DIST_PACKAGES = Path("usr/lib/python3/dist-packages")
# packages that Odoo's files link to
LINKED = [
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
# a Chinese font for PDF and browser, if the machine has none
CHINESE_FONT = "fonts-wqy-microhei"
# Debian leaves this script out because it is built, not written
LOST_SCRIPT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
LOST_SCRIPT_PACKAGE = "@mediapipe/selfie_segmentation@0.1.1675465747"
PLACEHOLDER = (
    "// Placeholder: npm was not there at set-up. Only the background blur of video calls needs\n"
    "// the real script (npm package @mediapipe/selfie_segmentation).\n"
)


class OdooTree:
    """Where Odoo's code lies and which version it is."""

    def __init__(self, settings):
        self.settings = settings
        self.root = settings.state / "odoo"

    @property
    def python_path(self):
        """Folder that holds the `odoo` package."""
        return self.settings.odoo_path or self.root / DIST_PACKAGES

    @property
    def addons_paths(self):
        """Folders of Odoo's addons; a checkout has two, the package a second, empty shell."""
        core, more = self.python_path / "odoo" / "addons", self.python_path / "addons"
        return [core, more] if (more / "web" / "__manifest__.py").exists() else [core]

    def version(self):
        """(19, 0), read without importing Odoo; None when there is no Odoo."""
        try:
            text = (self.python_path / "odoo" / "release.py").read_text()
        except OSError:
            return None
        found = re.search(r"(?m)^version_info\s*=\s*\(\s*'?([\w~]+)'?\s*,\s*(\d+)", text)
        return (found.group(1), int(found.group(2))) if found else None

    def inputs(self):
        """Not the package's version: a second run must not ask the network."""
        return f"{RECIPE} {self.root}"

    def present(self):
        """Is a usable tree there?"""
        return (self.python_path / "odoo" / "release.py").is_file()

    def check_version(self):
        """Only 19.0 will do."""
        version = self.version()
        if version != ("19", 0):
            told = ".".join(map(str, version)) if version else "no Odoo at all"
            hint = "ODOO_PATH must be" if self.settings.odoo_path else "please report it; or set"
            hint += " a folder with Odoo 19.0's `odoo` package in it"
            raise Trouble(f"{self.python_path} holds {told}: {hint}")

    def build(self, apt, ticker):
        """Download, unpack and mend beside the final place, then rename."""
        debs = self._fetch(apt, ticker)
        new = shellout.fresh_folder(self.root.with_name("odoo.new"))
        ticker.detail = "unpacking"
        apt.unpack(debs, new)
        ticker.detail = "mending"
        mend_links(new)
        mended = self._add_lost_script(new / DIST_PACKAGES / "odoo")
        shellout.replace_folder(new, self.root)
        self.check_version()
        package = next(Path(deb).name for deb in debs if "odoo-19_" in str(deb))
        ticker.detail = package.split("_")[1].replace("%3a", ":") + ("" if mended else ", no npm")

    def _fetch(self, apt, ticker):
        wanted = ["odoo-19", *LINKED, CHINESE_FONT]
        ticker.detail = "downloading 140 MB"
        try:
            return apt.download(wanted)
        except Trouble:
            kept = [apt.cached(name) for name in wanted]
            if not all(kept):
                raise
            say.line("  ! Debian's archive is out of reach: using the packages kept in the cache")
            return kept

    def _add_lost_script(self, odoo):
        target = odoo / LOST_SCRIPT
        if target.exists():
            return True
        target.parent.mkdir(parents=True, exist_ok=True)
        script = self._script_from_npm()
        target.write_bytes(script or PLACEHOLDER.encode())
        return bool(script)

    def _script_from_npm(self):
        """The package's archive is read, nothing of it is run."""
        if not shutil.which("npm"):
            return None
        folder = shellout.fresh_folder(self.settings.state / "npm.new")
        try:
            command = ["npm", "pack", "--silent", LOST_SCRIPT_PACKAGE]
            shellout.run(self.settings, "Fetching from npm", command, cwd=folder, timeout=120)
            with tarfile.open(next(folder.glob("*.tgz"))) as archive:
                return archive.extractfile("package/selfie_segmentation.js").read()
        except (Trouble, OSError, StopIteration, KeyError, tarfile.TarError):
            return None
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def mend_links(root):
    """Point absolute links into the unpacked root, relatively, so that no install is needed."""
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = Path(folder, name)
            if not path.is_symlink():
                continue
            target = os.readlink(path)
            inside = root / target.lstrip("/")
            if target.startswith("/") and os.path.lexists(inside):
                path.unlink()
                path.symlink_to(os.path.relpath(inside, path.parent))


def broken_links(root):
    """Links that lead nowhere, for the tests."""
    return [
        Path(folder, name)
        for folder, folders, files in os.walk(root)
        for name in folders + files
        if os.path.islink(os.path.join(folder, name))
        and not os.path.exists(os.path.join(folder, name))
    ]
