"""Millions of customers with history for benchmarks, in a database that has the demonstration.

    data.load(ctx, db, customers=1_000_000, encounters=10_000_000, facts=("hcrm.charge",))

``benchmarks.fill`` does it, inside Odoo: this file is imported without it.
"""

import json
from pathlib import Path

FACTS = (
    "hcrm.diagnosis",
    "hcrm.observation",
    "hcrm.prescription",
    "hcrm.charge",
)
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks.fill import fill
told = fill(env, {customers}, {encounters}, {facts!r}, {seed})
env.cr.commit()
print("FILLED " + json.dumps(told))
"""


def load(ctx, db, customers, encounters=0, facts=(), seed=1):
    """Fill ``db`` from outside, through Odoo's shell; return rows by table.

    :param facts: facts of the visits wanted too, out of ``FACTS``
    """
    root = str(Path(__file__).resolve().parent.parent)
    script = SCRIPT.format(
        root=root, customers=customers, encounters=encounters, facts=tuple(facts), seed=seed
    )
    told = ctx.shell(db, script)
    line = next(line for line in told.splitlines() if "FILLED " in line)
    return json.loads(line.split("FILLED ", 1)[1])
