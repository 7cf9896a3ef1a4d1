"""The pinned Python environment."""

import importlib.util
import os
import shutil
import sys

from scripts import shellout, wheel
from scripts.say import Trouble
from scripts.settings import ROOT
from scripts.stamps import fingerprint

UV = "uv==0.13.9"
RECIPE = 1


class Venv:
    """Environment in the state folder; rebuilt when a pin, Python or Odoo's place changes."""

    def __init__(self, settings, tree):
        self.settings = settings
        self.tree = tree
        self.folder = settings.state / "venv"

    def inputs(self):
        """What makes an environment stale."""
        return fingerprint(
            RECIPE,
            ROOT / "requirements.txt",
            sys.version,
            os.path.realpath(sys.executable),
            str(self.folder),
            str(self.tree.python_path),
            UV,
        )

    def tool_inputs(self, name):
        """Tools lie in the same environment, on top."""
        return fingerprint(self.inputs(), self._tools(name))

    def present(self):
        """Does it still start? (A removed system Python leaves a dangling link.)"""
        return self.settings.venv_python.exists()

    def build(self, apt, ticker):
        """A venv cannot be moved, so it is made in place; its stamp says when it is whole."""
        shutil.rmtree(self.folder, ignore_errors=True)
        ticker.detail = "creating"
        self._create(apt)
        ticker.detail = "installing"
        odoo = wheel.build(self.tree.python_path, self.settings.state / "wheel")
        self.install("--no-deps", str(odoo))
        self.install("-r", str(ROOT / "requirements.txt"))
        ticker.detail = f"Python {sys.version.split()[0]}"

    def add_tools(self, name):
        """Install what only some commands need: tests, pictures, benchmarks."""
        self.install("-r", str(self._tools(name)))

    def _tools(self, name):
        return ROOT / f"requirements-{name}.txt"

    def _create(self, apt):
        base = [sys.executable, "-m", "venv", "--without-pip", self.folder]
        shellout.run(self.settings, "Creating the Python environment", base)
        env = dict(os.environ)
        if importlib.util.find_spec("ensurepip"):
            command = ["-m", "ensurepip", "--default-pip"]
            try:
                self._python("Installing pip", *command)
            except Trouble:
                env["PYTHONPATH"] = str(self._pip_from_debian(apt))
        else:
            env["PYTHONPATH"] = str(self._pip_from_debian(apt))
        self._python("Installing uv", "-m", "pip", "install", "-q", UV, env=env)

    def _pip_from_debian(self, apt):
        """Debian splits pip off Python; its wheel can be run where it lies."""
        root = shellout.fresh_folder(self.settings.state / "pip")
        apt.unpack(apt.download(["python3-pip-whl"]), root)
        return next(root.glob("usr/share/python-wheels/pip-*.whl"))

    def _python(self, what, *arguments, **options):
        return shellout.run(self.settings, what, [self.settings.venv_python, *arguments], **options)

    def install(self, *arguments):
        """uv is quick; pip knows every kind of package index configuration."""
        uv = [self.folder / "bin" / "uv", "pip", "install", "--python", self.settings.venv_python]
        env = {**os.environ, "UV_LINK_MODE": os.environ.get("UV_LINK_MODE", "copy")}
        try:
            shellout.run(self.settings, "uv", [*uv, *arguments], env=env)
        except Trouble:
            what = "Installing Python packages"
            try:
                self._python(what, "-m", "pip", "install", "-q", *arguments)
            except Trouble as error:
                raise Trouble(f"{error}: check the network and pip's configuration") from None
