"""P11: the contact policy over many candidates beside bare SQL of the same joins.

Ours decides with all reasons, as the outbox asks it. Bare SQL reads the same tables by joins
written by hand (newest answers of the ledger, guardians, stays, losses, holds, caps, blacklists,
dead addresses) and gives the facts, without rules, verdict or reasons. Both fill a table, in turns.
"""

import json
import statistics
import time
from datetime import datetime
from pathlib import Path

from benchmarks import data

ID = "P11"
USUAL = 1_000_000
ROUNDS = 3
#: Noon in Shanghai: quiet hours hold nobody back.
HOUR = 4
SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from benchmarks import p11_policy
print("MEASURED " + json.dumps(p11_policy.measure(env, {size})))
env.cr.rollback()
"""


def run(ctx):
    """Rows for N/16, N/4 and N candidates."""
    n = ctx.size(USUAL)
    root = str(Path(__file__).resolve().parent.parent)
    rows = []
    for size in (max(1, n // 16), max(1, n // 4), n):
        db = ctx.database(demo=True, name=f"_{size}")
        data.load(ctx, db, customers=size, encounters=size, facts=("hcrm.diagnosis",))
        told = ctx.shell(db, FILL.format(root=root, size=size))
        assert "FILLED" in told, told
        ctx.sql(db, "VACUUM ANALYZE")
        told = ctx.shell(db, SCRIPT.format(root=root, size=size))
        line = next(line for line in told.splitlines() if "MEASURED " in line)
        measured = json.loads(line.split("MEASURED ", 1)[1])
        beside = {"bare SQL": measured["bare"]}
        rows.append(ctx.row("decide", size, measured["ours"], beside, "<= 1.5"))
    return rows


FILL = """
import sys
sys.path.insert(0, {root!r})
from benchmarks import p11_policy
p11_policy.fill(env, {size})
env.cr.commit()
print("FILLED")
"""


def fill(env, size):
    """Three answers for each customer, holds, guardians, a year of messages."""
    cr, company = env.cr, env.company.id
    cr.execute(
        """
        INSERT INTO hcrm_consent (partner_id, company_id, purpose, channel, status, method,
                                  decided_at, recorded_at, user_id)
        SELECT id, %(company)s, said.purpose, said.channel, said.status, 'import',
               date_trunc('second', now() AT TIME ZONE 'UTC')
               - make_interval(days => 1 + (id * 7) %% 300), now() AT TIME ZONE 'UTC', 1
          FROM res_partner
          JOIN (VALUES ('care', NULL, 'granted', 3), ('marketing', NULL, 'granted', 2),
                       ('marketing', 'sms', 'withdrawn', 9), ('education', NULL, 'granted', 2),
                       ('survey', NULL, 'granted', 2), ('care', 'sms', 'withdrawn', 50))
               AS said (purpose, channel, status, share) ON id %% said.share = 0
         WHERE is_customer_person IS TRUE AND canonical_id IS NULL
        """,
        {"company": company},
    )
    cr.execute(
        """
        INSERT INTO hcrm_contact_hold (partner_id, company_id, code, since, active)
        SELECT id, %s, 'complaint', now() AT TIME ZONE 'UTC' - interval '2 days', TRUE
          FROM res_partner WHERE is_customer_person IS TRUE AND id %% 500 = 0
        """,
        (company,),
    )
    cr.execute(
        """
        INSERT INTO phone_blacklist (number, active)
        SELECT DISTINCT phone_stored, TRUE FROM res_partner
         WHERE phone_stored LIKE '+%' AND id % 40 = 0
            ON CONFLICT DO NOTHING
        """
    )
    cr.execute(
        """
        INSERT INTO hcrm_communication (
               subject_id, recipient_id, company_id, purpose, message_class, priority,
               idempotency_key, ref, due_at, next_at, shown_at, channel, state, sent_at)
        SELECT id, id, %s, 'marketing', 'marketing', 90, 'bench/' || n || '/' || id,
               md5('bench' || n || '/' || id), at, at, at, 'sms', 'sent', at
          FROM res_partner, generate_series(1, 3) AS n,
               LATERAL (SELECT now() AT TIME ZONE 'UTC' - make_interval(days => n * 9) AS at) moment
         WHERE is_customer_person IS TRUE AND id %% 4 = 0 AND canonical_id IS NULL
        """,
        (company,),
    )


def measure(env, size):
    """Return {"ours": seconds, "bare": seconds}, medians of rounds in turns."""
    cr = env.cr
    cr.execute("SET LOCAL jit = off")
    cr.execute(
        """
        CREATE TEMPORARY TABLE p11_asked AS
        SELECT row_number() OVER (ORDER BY id) AS ref, %s AS company_id, id AS subject_id,
               id AS recipient_id,
               (ARRAY['care', 'care', 'service', 'education', 'survey', 'marketing'])[1 + id %% 6]
               AS purpose,
               (SELECT min(id) FROM hcrm_message_topic WHERE purpose = 'care') AS topic_id,
               'sms'::text AS channel, FALSE AS urgent, FALSE AS asked_for, FALSE AS mined,
               FALSE AS exempt_survey, NULL::timestamp AS expires_at, NULL::text AS address
          FROM res_partner
         WHERE is_customer_person IS TRUE AND canonical_id IS NULL
         LIMIT %s
        """,
        (env.company.id, size),
    )
    cr.execute("ANALYZE p11_asked")
    at = datetime.now().replace(hour=HOUR, minute=0, second=0, microsecond=0)
    ours = env["hcrm.contact.policy"]._decision_sql(_asked(), at)
    calls = {
        "ours": lambda: cr.execute(_into("p11_ours", ours)),
        "bare": lambda: cr.execute(f"CREATE TEMPORARY TABLE p11_bare AS {BARE}", {"at": at}),
    }
    spent = {name: [] for name in calls}
    for number in range(ROUNDS + 1):
        for name, call in calls.items():
            cr.execute(f"DROP TABLE IF EXISTS p11_{name}")
            started = time.perf_counter()
            call()
            if number:
                spent[name].append(time.perf_counter() - started)
    cr.execute(
        "SELECT (SELECT count(*) FROM p11_ours), (SELECT count(*) FROM p11_bare),"
        " (SELECT count(*) FROM p11_asked)"
    )
    [counts] = cr.fetchall()
    assert len(set(counts)) == 1, counts
    return {name: statistics.median(times) for name, times in spent.items()}


def _asked():
    from odoo.tools import SQL

    return SQL("SELECT * FROM p11_asked")


def _into(table, query):
    from odoo.tools import SQL

    return SQL("CREATE TEMPORARY TABLE %s AS %s", SQL.identifier(table), query)


BARE = """
SELECT asked.ref, asked.recipient_id, person.phone_stored AS address,
       answer.*, stay.id AS stay_id, hold.since, sent.moments, listed.id AS listed_id,
       dead.since AS dead_since, guardian.related_partner_id, topic.is_about_child,
       person.is_deceased, person.birth_date, person.tz, person.profiling_refused,
       lost.lost_on
  FROM p11_asked asked
  JOIN res_partner person ON person.id = asked.recipient_id
  JOIN res_partner subject ON subject.id = asked.subject_id
  LEFT JOIN hcrm_message_topic topic ON topic.id = asked.topic_id
  LEFT JOIN (
       SELECT asked.ref AS answer_ref,
              max(consent.decided_at) FILTER (WHERE consent.status = 'granted') AS yes,
              max(consent.decided_at) FILTER (WHERE consent.status = 'withdrawn') AS no
         FROM p11_asked asked
         JOIN hcrm_consent consent
              ON consent.partner_id = asked.subject_id
                 AND consent.company_id = asked.company_id
                 AND consent.purpose = asked.purpose
                 AND (consent.topic_id IS NULL OR consent.topic_id = asked.topic_id)
                 AND (consent.channel IS NULL OR consent.channel = asked.channel)
                 AND consent.decided_at <= %(at)s
        GROUP BY asked.ref) answer ON answer.answer_ref = asked.ref
  LEFT JOIN (
       SELECT DISTINCT ON (partner_id, company_id) id, partner_id, company_id
         FROM hcrm_encounter
        WHERE encounter_class = 'inpatient' AND state = 'in_progress' AND started_at <= %(at)s
       ) stay ON stay.partner_id = asked.subject_id AND stay.company_id = asked.company_id
  LEFT JOIN (
       SELECT partner_id, company_id, max(since) AS since
         FROM hcrm_contact_hold
        WHERE active AND since <= %(at)s AND (until IS NULL OR until > %(at)s)
        GROUP BY partner_id, company_id
       ) hold ON hold.partner_id = asked.subject_id AND hold.company_id = asked.company_id
  LEFT JOIN (
       SELECT recipient_id, company_id, purpose, array_agg(sent_at ORDER BY sent_at) AS moments
         FROM hcrm_communication
        WHERE state IN ('claimed', 'uncertain', 'sent', 'delivered')
          AND purpose <> 'care' AND sent_at > %(at)s::timestamp - interval '30 days'
        GROUP BY recipient_id, company_id, purpose
       ) sent ON sent.recipient_id = asked.recipient_id AND sent.purpose = asked.purpose
                 AND sent.company_id = asked.company_id
  LEFT JOIN phone_blacklist listed ON listed.number = person.phone_stored AND listed.active
  LEFT JOIN hcrm_dead_address dead
         ON dead.address = person.phone_stored AND dead.channel = asked.channel AND dead.active
  LEFT JOIN (
       SELECT DISTINCT ON (relation.partner_id) relation.partner_id, relation.related_partner_id
         FROM hcrm_relationship relation
         JOIN res_partner grown ON grown.id = relation.related_partner_id
        WHERE relation.active AND relation.may_receive_messages
        ORDER BY relation.partner_id, relation.id
       ) guardian ON guardian.partner_id = asked.recipient_id
                     AND person.birth_date > CURRENT_DATE - interval '14 years'
  LEFT JOIN (
       SELECT diagnosis.partner_id, max(diagnosis.recorded_at)::date AS lost_on
         FROM hcrm_diagnosis diagnosis
         JOIN hcrm_contact_code code
              ON code.kind = 'loss' AND starts_with(diagnosis.code, code.prefix)
        GROUP BY diagnosis.partner_id
       ) lost ON lost.partner_id = asked.subject_id AND topic.is_about_child
"""
