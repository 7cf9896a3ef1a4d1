"""P8: refresh of a segment by rule beside bare SQL that leaves the same members.

Bare SQL writes into a copy of the members' table with the same columns, indexes and foreign keys;
its conditions are written by hand, without rights, history or log. Both run in one database, in
turns, each round taken back but for the last.
"""

import json
import statistics
import time
from pathlib import Path

from benchmarks import data

ID = "P8"
USUAL = 1_000_000
ROUNDS = 3
LOGIN = "service_manager"
BASE = "is_customer IS TRUE AND active IS TRUE AND canonical_id IS NULL"
#: Case: the rule as its owner writes it, and the same in SQL.
RULES = {
    "a quarter": (
        "[('sex', '=', 'female'), ('age', '>=', 40), ('is_deceased', '=', False)]",
        f"{BASE} AND sex = 'female' AND birth_date <= now() - interval '40 years'"
        " AND death_date IS NULL AND is_deceased IS NOT TRUE",
    ),
    "everyone": ("[]", BASE),
}
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p08_segments
print("MEASURED " + json.dumps(p08_segments.measure(env)))
"""


def run(ctx):
    """Rows for N/16, N/4 and N customers."""
    n = ctx.size(USUAL)
    root = str(Path(__file__).resolve().parent.parent)
    rows = []
    for size in (max(1, n // 16), max(1, n // 4), n):
        db = ctx.database(demo=True, name=f"_{size}")
        data.load(ctx, db, customers=size)
        ctx.sql(db, "VACUUM ANALYZE")
        told = ctx.shell(db, SCRIPT.format(root=root))
        line = next(line for line in told.splitlines() if "MEASURED " in line)
        for case, (ours, bare) in json.loads(line.split("MEASURED ", 1)[1]).items():
            rows.append(ctx.row(case, size, ours, {"bare SQL": bare}, "<= 1.5"))
    return rows


def measure(env):
    """Return {case: (our seconds, bare seconds)}, medians."""
    env.cr.execute("SET LOCAL jit = off")
    _make_bare_table(env.cr)
    user = env["res.users"].search([("login", "=", LOGIN)])
    found = {}
    for name, (rule, condition) in RULES.items():
        segment = env["hcrm.segment"].create({"name": name, "owner_id": user.id, "domain": rule})
        env.cr.execute("TRUNCATE p08_bare")
        found[f"first refresh, {name}"] = _in_turns(env, segment, condition)
        env.cr.execute(
            "UPDATE res_partner SET sex = CASE sex WHEN 'male' THEN 'female' ELSE 'male' END"
            " WHERE id % 100 = 7"
        )
        env.cr.execute("ANALYZE res_partner, hcrm_segment_member, p08_bare")
        env.invalidate_all()
        found[f"after 1 % changed, {name}"] = _in_turns(env, segment, condition)
    return found


def _make_bare_table(cr):
    cr.execute("CREATE TABLE p08_bare (LIKE hcrm_segment_member INCLUDING ALL)")
    cr.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'hcrm_segment_member'::regclass AND contype = 'f'"
    )
    for (definition,) in cr.fetchall():
        cr.execute(f"ALTER TABLE p08_bare ADD {definition}")


def _in_turns(env, segment, condition):
    """Return the median seconds of both; the first round only warms up, the last one stays."""
    calls = (lambda: _refresh(segment), lambda: _bare(env.cr, segment.id, condition))
    times = [[], []]
    for number in range(ROUNDS + 1):
        for call, spent in zip(calls, times, strict=True):
            env.flush_all()
            env.cr.execute("SAVEPOINT p08")
            started = time.perf_counter()
            call()
            if number:
                spent.append(time.perf_counter() - started)
            if number < ROUNDS:
                env.cr.execute("ROLLBACK TO SAVEPOINT p08")
                env.invalidate_all(flush=False)
    _assert_same(env.cr, segment.id)
    return [statistics.median(spent) for spent in times]


def _refresh(segment):
    segment._refresh()
    segment.env.flush_all()


def _bare(cr, segment_id, condition):
    """Take out who fits no more, add who fits and is not in."""
    cr.execute(
        f"""
        UPDATE p08_bare SET left_at = now()
         WHERE segment_id = %(id)s AND left_at IS NULL AND active IS TRUE
           AND NOT EXISTS (
               SELECT FROM res_partner WHERE id = p08_bare.partner_id AND {condition})
        """,
        {"id": segment_id},
    )
    cr.execute(
        f"""
        INSERT INTO p08_bare (segment_id, partner_id, entered_at, active)
        SELECT %(id)s, id, now(), TRUE
          FROM res_partner
         WHERE {condition}
           AND NOT EXISTS (
               SELECT FROM p08_bare kept
                WHERE kept.segment_id = %(id)s AND kept.partner_id = res_partner.id
                  AND kept.left_at IS NULL AND kept.active IS TRUE)
        """,
        {"id": segment_id},
    )


def _assert_same(cr, segment_id):
    """Both must have the same persons in, or the times say nothing."""
    cr.execute(
        """
        SELECT count(*)
          FROM (SELECT partner_id FROM hcrm_segment_member
                 WHERE segment_id = %(id)s AND left_at IS NULL AND active) ours
          FULL JOIN (SELECT partner_id FROM p08_bare
                 WHERE segment_id = %(id)s AND left_at IS NULL AND active) bare
         USING (partner_id)
         WHERE ours.partner_id IS NULL OR bare.partner_id IS NULL
        """,
        {"id": segment_id},
    )
    [(different,)] = cr.fetchall()
    if different:
        raise AssertionError(f"{different} members differ from those of bare SQL")
