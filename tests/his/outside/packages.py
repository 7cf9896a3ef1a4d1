"""Installs the packages that hold or make patients, away from Odoo's own environment."""

import shutil
from pathlib import Path

from scripts.stamps import fingerprint

PINS = Path(__file__).with_name("requirements.txt")


def install(stack):
    """Return the folder of the packages, filled when a pin changed."""
    final = stack.settings.state / f"outside-{fingerprint(PINS, stack.venv.inputs())}"
    if final.is_dir():
        return final
    for old in stack.settings.state.glob("outside-*"):
        shutil.rmtree(old)
    building = stack.settings.state / "outside-new"
    stack.venv.install("--no-deps", "--target", str(building), "-r", str(PINS))
    building.rename(final)
    return final
