"""Doctests of pure code: set-up scripts, and every addon's tools without loading the addon."""

import doctest
import importlib
import sys
import types

import pytest

from scripts import settings
from scripts.settings import ROOT

# the name of an exception's module depends on how the code was imported
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
ADDONS = settings.load().addons


def scripts():
    """Set-up's own modules."""
    return [f"scripts.{path.stem}" for path in sorted((ROOT / "scripts").glob("[a-z]*.py"))]


def rigs():
    """The stand-ins for the outside world."""
    folder = ROOT / "tests" / "support"
    paths = [*sorted(folder.glob("servers/[a-z]*.py")), folder / "kannel.py", folder / "rigs.py"]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]


def tools():
    """Modules under addons/*/tools."""
    names = []
    for path in sorted(ADDONS.glob("*/tools/**/*.py")):
        parts = path.relative_to(ADDONS).with_suffix("").parts
        if ">>> " in path.read_text(encoding="utf-8"):
            names.append("odoo.addons." + ".".join(parts).removesuffix(".__init__"))
    return names


def load(name):
    """Import a tool with empty stand-ins for the addons: no model is loaded."""
    if name.startswith("odoo.addons."):
        for folder in ADDONS.glob("*/tools"):  # tools of one addon may use those of another
            addon = f"odoo.addons.{folder.parent.name}"
            if addon not in sys.modules:
                stand_in = types.ModuleType(addon)
                stand_in.__path__ = [str(folder.parent)]
                sys.modules[addon] = stand_in
    return importlib.import_module(name)


@pytest.mark.parametrize("name", scripts() + rigs() + tools())
def test_examples(name):
    """Examples in the documentation are true."""
    outcome = doctest.testmod(load(name), optionflags=FLAGS)
    assert outcome.failed == 0, f"{outcome.failed} of {outcome.attempted} examples are wrong"
