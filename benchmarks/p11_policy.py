"""P11: the contact policy over many candidates beside bare SQL of the same joins.

Ours decides with all reasons, as the outbox asks it, by the rules a hospital may set. The peer is
one statement that makes the same joins and decides by the shipped rules written into it
(``p11_bare``); every row of both is compared. Its joins alone, without effects, verdict and
reasons, are a second, harder peer. All fill a table, in turns, without
parallel workers; what counts is the time of the processor, so that neighbours on the machine do
not.
"""

import json
import statistics
import time
from datetime import datetime
from pathlib import Path

from benchmarks import data, p11_bare, p11_data

ID = "P11"
USUAL = 1_000_000
ROUNDS = 3
#: Noon in Shanghai: quiet hours hold nobody back there.
HOUR = 4
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p11_policy
print("MEASURED " + json.dumps(p11_policy.measure(env, {size})))
env.cr.rollback()
"""
FILL = """
import sys
sys.path.insert(0, {root!r})
from benchmarks import p11_data
p11_data.fill(env)
env.cr.commit()
print("FILLED")
"""


def run(ctx):
    """Rows for N/16, N/4 and N candidates."""
    n = ctx.size(USUAL)
    root = str(Path(__file__).resolve().parent.parent)
    rows = []
    for size in (max(1, n // 16), max(1, n // 4), n):
        db = ctx.database(demo=True, name=f"_{size}")
        data.load(ctx, db, customers=size, encounters=size, facts=("hcrm.diagnosis",))
        told = ctx.shell(db, FILL.format(root=root))
        assert "FILLED" in told, told
        ctx.sql(db, "VACUUM ANALYZE")
        told = ctx.shell(db, SCRIPT.format(root=root, size=size))
        line = next(line for line in told.splitlines() if "MEASURED " in line)
        measured = json.loads(line.split("MEASURED ", 1)[1])
        ours, bare, joins = (measured[name] for name in ("ours", "bare", "joins"))
        rows.append(ctx.row("decide", size, ours, {"bare SQL": bare}, "<= 1.5"))
        rows.append(ctx.row("beside joins alone", size, ours, {"its joins": joins}, "<= 1.5"))
    return rows


def measure(env, size):
    """Return {"ours": seconds, "bare": …, "joins": …}, medians of rounds in turns."""
    cr = env.cr
    env["hcrm.safety.switch"].action_open()  # a copied database would only rehearse
    cr.execute("SET LOCAL jit = off")
    cr.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    cr.execute(
        f"CREATE TEMPORARY TABLE p11_asked AS {p11_data.ASKED}",
        {"company": env.company.id, "size": size},
    )
    cr.execute("ANALYZE p11_asked")
    at = datetime.now().replace(hour=HOUR, minute=0, second=0, microsecond=0)
    known = {"at": at}
    ours = env["hcrm.contact.policy"]._decision_sql(_asked(), at)
    calls = {
        "ours": lambda: cr.execute(_into("p11_ours", ours)),
        "bare": lambda: cr.execute(f"CREATE TEMPORARY TABLE p11_bare AS {p11_bare.BARE}", known),
        "joins": lambda: cr.execute(f"CREATE TEMPORARY TABLE p11_joins AS {p11_bare.JOINS}", known),
    }
    clock = _clock(cr)
    spent = {name: [] for name in calls}
    for number in range(ROUNDS + 1):
        for name, call in calls.items():
            cr.execute(f"DROP TABLE IF EXISTS p11_{name}")
            started = clock()
            call()
            if number:
                spent[name].append(clock() - started)
    _compare(cr)
    return {name: statistics.median(times) for name, times in spent.items()}


def _clock(cr):
    """Seconds of the processor that our session of PostgreSQL has had; else those on the wall."""
    cr.execute("SELECT pg_backend_pid()")
    [(pid,)] = cr.fetchall()
    told = Path(f"/proc/{pid}/schedstat")
    if not told.exists():
        return time.perf_counter
    return lambda: int(told.read_text().split()[0]) / 1e9


def _compare(cr):
    """Ours and the peer say the same about every candidate, and all verdicts occur."""
    columns = "ref, verdict, until, recipient_id, address, reasons"
    cr.execute(
        f"""
        SELECT 'ours', * FROM (SELECT {columns} FROM p11_ours EXCEPT ALL
                               SELECT {columns} FROM p11_bare) AS ours
         UNION ALL
        SELECT 'bare', * FROM (SELECT {columns} FROM p11_bare EXCEPT ALL
                               SELECT {columns} FROM p11_ours) AS bare
         ORDER BY 2, 1 LIMIT 20
        """
    )
    differing = cr.fetchall()
    assert not differing, "\n".join(map(str, differing))
    cr.execute("SELECT verdict, count(*) FROM p11_ours GROUP BY verdict")
    counts = dict(cr.fetchall())
    assert {"allow", "delay", "refuse", "next_channel"} <= counts.keys(), counts


def _asked():
    from odoo.tools import SQL

    return SQL("SELECT * FROM p11_asked")


def _into(table, query):
    from odoo.tools import SQL

    return SQL("CREATE TEMPORARY TABLE %s AS %s", SQL.identifier(table), query)
