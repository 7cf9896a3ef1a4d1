"""P1: a complaint registered: number, clocks, routing, acknowledgement; beside two peers.

Ours is `_take_in` with all rules on: intake number and PIN, first row of the custody ledger, the
sealed statement, clocks by the hospital's pack, the rules of the ladder, the contact hold and the
receipt in the outbox. Beside it OCA's `helpdesk.ticket.create` and Odoo's `crm.lead.create` with a
contact, a text and their defaults, as their users make them: chatter, tracking and what is sent at
creation are on for all as shipped (ours writes its ledger instead of a line in chatter, and asks
the outbox for a message). Each batch is committed, singly or in hundreds.

The peers get PEER rows and rates are compared.
"""

import json
from pathlib import Path

from benchmarks import data
from scripts import aside

ID = "P1"
USUAL = 20_000
PEER = 2_000
#: Singly is measured on a part: a round trip and a commit each.
SINGLY = 20
ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p01_complaints
print("MEASURED " + json.dumps(p01_complaints.{call}(env, {size})))
"""


def run(ctx):
    """Rows for N/16, N/4 and N cases, in hundreds and singly."""
    n = ctx.size(USUAL)
    peers = ctx.database(ours=False, name="_peers")
    others = aside.install(ctx.stack, "peers", ROOT / "requirements-peers.txt")
    env = {"PYTHONPATH": str(others)}
    log = ctx.stack.settings.logs / "bench-peers.log"
    options = ("-i", "crm,helpdesk_mgmt")
    ctx.stack.odoo.update("Installing the peers", peers, log, *options, env=env)
    rows = []
    for size in (max(100, n // 16), max(100, n // 4), n):
        db = ctx.database(demo=True, name=f"_{size}")
        # a person for each case: the third one of a person climbs the ladder, which is other work
        data.load(ctx, db, customers=size + size // SINGLY + 500)
        ctx.sql(db, "VACUUM ANALYZE")
        rates = _shell(ctx, db, "measure", size)
        # at each size, so that both find the machine as busy
        beside = _shell(ctx, peers, "measure_peers", min(size, PEER), env)
        for way in ("in hundreds", "singly"):
            told = {name: size / rate for name, rate in beside[way].items()}
            ratio = rates[way] / max(beside[way].values())
            rows.append(ctx.row(way, size, size / rates[way], told, ">= 2", ratio=ratio))
    return rows


def _shell(ctx, db, call, size, env=None):
    odoo = ctx.stack.odoo
    before, odoo.more_env = odoo.more_env, odoo.more_env | (env or {})
    try:
        told = ctx.shell(db, SCRIPT.format(root=str(ROOT), call=call, size=size))
    finally:
        odoo.more_env = before
    line = next(line for line in told.splitlines() if "MEASURED " in line)
    return json.loads(line.split("MEASURED ", 1)[1])


def measure(env, size):
    """Return cases a second, in hundreds and singly."""
    persons = env["res.partner"].search(
        [("is_customer_person", "=", True), ("is_deceased", "=", False)], order="id DESC"
    )
    persons = iter(persons.ids)
    department = env["hr.department"].search([("hcrm_class", "=", "clinical")], limit=1)
    topic = env.ref("hcrm_complaint.topic_waiting")
    cases = env["hcrm.complaint"]

    def make(first, count):
        cases._take_in(
            [
                {
                    "kind": "complaint",
                    "channel": "web",
                    "text": f"等了三个小时，没有人解释。{number}",
                    "key": f"bench/{first + number}",
                    "partner_id": next(persons),
                    "department_id": department.id,
                    "topic_id": topic.id,
                }
                for number in range(count)
            ]
        )

    return _measure_both(env, make, size)


def measure_peers(env, size):
    """Return {way: {peer: rows a second}}."""
    partners = env["res.partner"].create(
        [{"name": f"Person {n}", "email": f"p{n}@patients.test"} for n in range(1000)]
    )
    told = {"in hundreds": {}, "singly": {}}
    for name, model, values in (
        ("OCA helpdesk.ticket", "helpdesk.ticket", {"description": "<p>等了三个小时</p>"}),
        ("Odoo crm.lead", "crm.lead", {"description": "<p>等了三个小时</p>", "type": "lead"}),
    ):

        def make(first, count, model=model, values=values):
            env[model].create(
                [
                    {
                        "name": f"等太久 {first + number}",
                        "partner_id": partners[(first + number) % len(partners)].id,
                        **values,
                    }
                    for number in range(count)
                ]
            )

        for way, rate in _measure_both(env, make, size).items():
            told[way][name] = rate
    return told


def _measure_both(env, make, size):
    """Return rows a second, in hundreds and singly, each batch committed."""
    from time import perf_counter  # noqa: PLC0415

    def timed(count, batch, first):
        started = perf_counter()
        for offset in range(0, count, batch):
            make(first + offset, min(batch, count - offset))
            env.cr.commit()
            env.clear()
        return count / (perf_counter() - started)

    timed(100, 100, 10_000_000)  # warms caches
    singly = max(100, size // SINGLY)
    return {
        "in hundreds": timed(size, 100, 0),
        "singly": timed(singly, 1, 20_000_000),
    }
