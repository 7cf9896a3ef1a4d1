"""Python packages that only some tests need, in folders of their own beside the environment."""

import shutil

from scripts.stamps import fingerprint


def install(stack, name, pins):
    """Return the folder that holds what the file ``pins`` names, and nothing those need."""
    state = stack.settings.state
    final = state / f"{name}-{fingerprint(pins, stack.venv.inputs())}"
    if final.is_dir():
        return final
    for old in state.glob(f"{name}-*"):
        shutil.rmtree(old)
    building = state / f"{name}-new"
    stack.venv.install("--no-deps", "--target", str(building), "-r", str(pins))
    building.rename(final)
    return final
