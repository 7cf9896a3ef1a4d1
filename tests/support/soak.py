"""Counts of long fault tests, and the report that `make soak` leaves in docs/soak.md."""

import os
import subprocess
import time

from scripts import settings
from scripts.settings import ROOT

REPORT = ROOT / "docs" / "soak.md"
USUAL_SEED = 20260101


class Soak:
    """One object for a session; a test asks it for sizes and tells it what was counted."""

    def __init__(self):
        self.full = bool(os.environ.get("HCRM_SOAK"))
        self.seed = int(os.environ.get("HCRM_SEED") or USUAL_SEED)
        #: A rehearsal, `make soak HCRM_SOAK_PART=0.1`: a tenth of the counts; its report is a log.
        self.part = float(os.environ.get("HCRM_SOAK_PART") or 1)
        self.started = time.time()
        self.rows = []

    def size(self, small, full):
        """The small number in `make test`, the full one in `make soak`."""
        return max(small, int(full * self.part)) if self.full else small

    def report(self, title, **counts):
        """Keep a result, for example `report("HL7 kills", messages=20000, kills=100, lost=0)`."""
        told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in counts.items())
        self.rows.append(f"| {title} | {told} |")
        print(f"soak: {title}: {told}")

    def write(self):
        """Only full counts are worth keeping beside the code."""
        if not (self.full and self.rows):
            return
        report = REPORT if self.part >= 1 else settings.load().logs / "soak-part.md"
        day = time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.started))
        minutes = (time.time() - self.started) / 60
        head = (
            "# Soak report\n\nWritten by `make soak`; the same seed gives the same faults.\n\n"
            f"- commit {commit()}\n- seed {self.seed} (`make soak HCRM_SEED={self.seed}`)\n"
            f"- {day} UTC, {minutes:.0f} minutes, {os.cpu_count()} processors\n\n"
            "| what | counted |\n|---|---|\n"
        )
        report.write_text(head + "\n".join(self.rows) + "\n", encoding="utf-8")


def commit():
    """Commit id, marked when files differ from it."""

    def git(*arguments):
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return (git("rev-parse", "HEAD") or "unknown") + (" with local changes" if changed else "")
