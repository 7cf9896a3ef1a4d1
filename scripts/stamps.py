"""Remembers which step was finished with which inputs, and how long set-up took."""

import hashlib
import json
import time
from pathlib import Path

from scripts import say
from scripts.shellout import write_atomically


def fingerprint(*parts):
    """Short digest of anything printable or any file.

    >>> fingerprint("a", 1) == fingerprint("a", 1) != fingerprint("a", 2)
    True
    """
    digest = hashlib.sha256()
    for part in parts:
        is_file = isinstance(part, Path) and part.is_file()
        data = part.read_bytes() if is_file else str(part).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


class Stamps:
    """One small file per step, written after the step's result is in place."""

    def __init__(self, state):
        self.folder = state / "stamps"
        self.times = {}
        self.worked = []
        self.started = time.monotonic()

    def valid(self, name, inputs, present=True):
        """True when this step was finished with the same inputs and its result is there."""
        try:
            stamp = json.loads((self.folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            return False
        return bool(present) and stamp.get("inputs") == inputs

    def write(self, name, inputs, seconds):
        """To be called last: before this line the step counts as not done."""
        text = json.dumps({"inputs": inputs, "seconds": round(seconds, 2)})
        write_atomically(self.folder / f"{name}.json", text)

    def forget(self, name):
        """Make a step run again."""
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def step(self, name, title, inputs, work, present=True):
        """Do `work(ticker)` unless its stamp is valid; True when it was done now."""
        if self.valid(name, inputs, present):
            return False
        with say.step(title) as ticker:
            work(ticker)
            self.write(name, inputs, ticker.seconds)
        self.note(name, ticker.seconds)
        return True

    def note(self, name, seconds):
        """Count a step as worked in this run."""
        self.times[name] = round(seconds, 2)
        self.worked.append(name)

    def save_run(self, path):
        """Keep the set-up times that `make bench` prints: cold (all steps) and warm (none)."""
        try:
            kept = json.loads(path.read_text())
        except (OSError, ValueError):
            kept = {}
        total = round(time.monotonic() - self.started, 2)
        if {"venv", "odoo", "demo"} <= set(self.worked):
            kept["cold_s"], kept["cold_steps"] = total, self.times
        elif not self.worked:
            kept["warm_s"] = total
        write_atomically(path, json.dumps(kept, indent=1))
        return total
