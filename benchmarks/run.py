"""`make bench`: runs the chosen benchmarks, prints a table and writes .hcrm/bench.json.

A benchmark is a module `benchmarks/p4_hl7.py` with `ID = "P4"` and `run(ctx) -> list[dict]`;
it builds its rows with `ctx.row(...)`.
"""

import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

from benchmarks.context import Context
from scripts import say, settings
from scripts.say import Trouble
from scripts.setup import Stack
from scripts.shellout import write_atomically

COLUMNS = ("id", "case", "n", "ours_s", "beside", "ratio", "target", "ok")


def discover(wanted):
    """Modules in the order of their numbers; all when none is named."""
    folder = Path(__file__).parent
    modules = [importlib.import_module(f"benchmarks.{p.stem}") for p in folder.glob("p*.py")]
    known = {module.ID: module for module in modules if hasattr(module, "ID")}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise Trouble(f"BENCH={' '.join(unknown)}: there are {' '.join(sorted(known)) or 'none'}")
    chosen = wanted or known
    return [known[name] for name in sorted(chosen, key=lambda name: int(name.lstrip("P")))]


def size(env=os.environ):
    """N=1000000 or N=1_000_000; None leaves each benchmark its own."""
    text = env.get("N", "").replace("_", "")
    if text and not text.isdigit():
        raise Trouble(f"N={text} is not a number of rows")
    return int(text) if text else None


def measure(module, context):
    """A benchmark that fails is a row that is not ok; the others still run."""
    try:
        return module.run(context)
    except Exception as error:
        traceback.print_exc()
        row = dict.fromkeys(COLUMNS)
        row.update(id=module.ID, case=f"failed: {error}"[:80], beside={}, ok=False)
        return [row]
    finally:
        context.close()


def cell(value):
    """How a value looks in the table."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:.3g} s" for name, number in value.items())
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:.3g}"
    return "" if value is None else str(value)


def show(rows):
    """Print rows in columns."""
    table = [COLUMNS, *[[cell(row.get(name)) for name in COLUMNS] for row in rows]]
    widths = [max(len(line[index]) for line in table) for index in range(len(COLUMNS))]
    for line in table:
        text = "  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True))
        say.line(text.rstrip())


def show_setup(state):
    """Set-up time belongs to the benchmarks, too."""
    try:
        times = json.loads((state / "setup.json").read_text())
    except (OSError, ValueError):
        times = {}
    for kind in ("cold", "warm"):
        seconds = times.get(f"{kind}_s")
        told = say.duration(seconds) if seconds is not None else "not measured in this state"
        say.line(f"set-up {kind}: {told}")


def keep(path, rows):
    """Rows of benchmarks that did not run this time stay in the file."""
    try:
        old = json.loads(path.read_text())
    except (OSError, ValueError):
        old = []
    ran = {row["id"] for row in rows}
    rows = [row for row in old if row["id"] not in ran] + rows
    write_atomically(path, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def main():
    """Measure what BENCH names; 1 when a row missed its target."""
    rows = []
    with Stack(settings.load()) as stack:
        stack.prepare(tests=True)
        for module in discover(os.environ.get("BENCH", "").split()):
            say.line(f"\n{module.ID}: {(module.__doc__ or '').strip().splitlines()[0]}")
            started = time.monotonic()
            rows += measure(module, Context(stack, module.ID, size()))
            say.line(f"  {module.ID} took {say.duration(time.monotonic() - started)}")
            keep(stack.settings.state / "bench.json", rows)
        say.line()
        show(rows)
        show_setup(stack.settings.state)
    return int(not all(row["ok"] for row in rows))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as error:
        sys.exit(f"HCRM: {error}")
