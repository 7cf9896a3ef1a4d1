"""The decision in SQL: what ``tools/contact_policy.py`` does with facts, for any number of them."""

from odoo.tools import SQL

from ..tools.contact_policy import CODES, DELAYABLE, HOLDS, PURPOSES

#: Effects as numbers, the stronger the larger; up to ``_MILD`` the message may go.
_NUMBERS = {"allow": 1, "guardian": 2, "sandbox": 3, "delay": 4, "next_channel": 5, "refuse": 6}
_NAMES = {number: name for name, number in _NUMBERS.items()}
_OTHER = 7
_MILD = 3
_DELAY = 4
#: Columns of a rule row besides the effects: name, code, field of ``Rule``, type.
_PARAMETERS = (
    *((f"{code}_days", code, "days", "int") for code in ("loss_topic", "loss_greeting", *HOLDS)),
    *((f"{code}_hours", code, "hours", "int") for code in ("admitted", *HOLDS)),
    ("cap_days", "cap", "days", "int"),
    ("cap_maximum", "cap", "maximum", "int"),
    ("quiet_from", "quiet_hours", "hour_from", "float8"),
    ("quiet_to", "quiet_hours", "hour_to", "float8"),
    *((f"u_{code}", code, "urgent_passes", "bool") for code in DELAYABLE),
    ("asked_passes", "consent_unknown", "asked_passes", "bool"),
)


def decisions(facts, rules, at):
    """Return SQL of (ref, verdict, until, recipient_id, address, reasons).

    :param facts: SQL with the columns of ``Facts``
    :param rules: {(company id, code, purpose): Rule}
    """
    return SQL(
        """
        WITH rule AS MATERIALIZED (%(rules)s),
        weighed AS MATERIALIZED (%(weighed)s),
        placed AS (%(placed)s)
        SELECT ref, %(verdict)s AS verdict,
               CASE WHEN verdict = %(delay)s THEN %(until)s END AS until,
               recipient_id, address, %(reasons)s AS reasons
          FROM (%(settled)s OFFSET 0) AS settled
        """,
        rules=_rule_rows(rules),
        weighed=_weighed(facts, at),
        placed=_PLACED,
        settled=_settled(at),
        verdict=SQL(
            "(ARRAY['allow', 'allow', 'allow', 'delay', 'next_channel', 'refuse'])[verdict]"
        ),
        delay=_DELAY,
        until=_out_of_quiet(SQL("until")),
        reasons=_reasons(),
    )


# RULES


def _rule_rows(rules):
    """One row for each hospital and purpose; effects that do not apply are NULL."""
    companies = sorted({company_id for company_id, _code, _purpose in rules})
    rows = [
        SQL("(%s)", SQL(", ").join(_rule_row(rules, company_id, purpose)))
        for company_id in companies
        for purpose in PURPOSES
    ]
    names = [
        *("company_id", "purpose"),
        *(f"e_{code}" for code in CODES),
        *(f"t_{code}" for code in CODES),
        *(name for name, *_rest in _PARAMETERS),
    ]
    return SQL(
        "SELECT * FROM (VALUES %s) AS rule (%s)", SQL(", ").join(rows), SQL(", ".join(names))
    )


def _rule_row(rules, company_id, purpose):
    yield SQL("%s::int", company_id)
    yield SQL("%s::text", purpose)
    of_purpose = [rules.get((company_id, code, purpose)) for code in CODES]
    for rule in of_purpose:
        yield SQL("%s::smallint", rule and _NUMBERS.get(rule.effect, _OTHER))
    for rule in of_purpose:
        yield SQL("%s::bool", bool(rule and rule.leaves_task))
    yield from (
        SQL(f"%s::{kind}", _parameter(rules.get((company_id, code, purpose)), name))
        for _column, code, name, kind in _PARAMETERS
    )


def _parameter(rule, name):
    return getattr(rule, name) if rule else None


# EFFECTS

#: When a reason holds; ``f`` are the facts, ``r`` the rules of company and purpose.
_CONDITIONS = {
    "consent_unknown": "f.consent = 'unknown'",
    "consent_withdrawn": "f.consent = 'withdrawn'",
    "subject_deceased": "f.subject_deceased",
    "recipient_deceased": "f.recipient_deceased",
    "minor": "f.minor_id IS NOT NULL",
    "admitted": "f.admitted",
    "loss_topic": "f.about_child AND f.loss_on + r.loss_topic_days > f.now::date",
    "loss_greeting": "f.greeting AND f.loss_on + r.loss_greeting_days > f.now::date",
    **{
        code: f"(f.{code}_held OR f.{code}_until + make_interval(days => r.{code}_days) > f.now)"
        for code in HOLDS
    },
    "cap": "r.cap_maximum > 0 AND COALESCE(cardinality(f.sent), 0) >= r.cap_maximum",
    "blacklist": "f.blacklisted",
    "profiling": "f.profiling",
    "address_missing": "COALESCE(f.address, '') = ''",
    "address_dead": "f.address <> '' AND f.dead_since IS NOT NULL",
    "expired": "f.expires_at <= f.now",
    "sandbox": "f.sandbox",
}


def _weighed(facts, at):
    """What each reason does (``x_<code>``); the cap as if the message were first of the call."""
    effects = SQL(", ").join(
        SQL("CASE WHEN %s THEN %s END AS %s", _condition(code), _settle(code), SQL(f"x_{code}"))
        for code in CODES
    )
    worst = SQL(f"GREATEST({', '.join(f'x_{code}' for code in CODES)})")
    return SQL(
        """
        SELECT f.*, COALESCE(caps AND %s <= %s, FALSE) AS is_counted, %s AS worst
          FROM (SELECT f.*, r.cap_maximum > 0 AND r.e_cap <> 1 AS caps, %s
                  FROM (SELECT fact.*, %s::timestamp AS now
                          FROM (%s) AS fact) f
                  JOIN rule r ON r.company_id = f.company_id AND r.purpose = f.purpose
                OFFSET 0) f
        """,
        SQL("COALESCE(%s, 0)", worst),
        _MILD,
        worst,
        effects,
        at,
        facts,
    )


def _condition(code):
    if code == "quiet_hours":
        return _is_quiet(SQL("f.now"), "f", "r")
    return SQL(_CONDITIONS[code])


def _settle(code):
    """What the rule does here: some effects ask one thing more."""
    asked = "WHEN r.asked_passes AND f.asked_for THEN 1" if code == "consent_unknown" else ""
    urgent = f"WHEN r.e_{code} = 4 AND f.urgent AND r.u_{code} THEN 1" if code in DELAYABLE else ""
    return SQL(
        f"""
        CASE WHEN r.e_{code} = 7 THEN CASE WHEN f.is_other THEN 1 ELSE 6 END
             WHEN r.e_{code} = 2 THEN CASE WHEN f.guardian_id IS NOT NULL THEN 2 ELSE 6 END
             {urgent} {asked}
             ELSE r.e_{code} END::smallint
        """
    )


#: The place of a message among those of the call that would count for the same cap. No join: the
#: planner takes what is left of many conditions for a row or two and would loop.
_PLACED = SQL(
    """
    SELECT *, 1 AS place FROM weighed WHERE NOT is_counted
     UNION ALL
    SELECT *, row_number() OVER (PARTITION BY company_id, recipient_id, purpose ORDER BY ref)
      FROM weighed
     WHERE is_counted
    """
)


def _settled(at):
    """The verdict with the place in the call, and when all delays are over."""
    delays = SQL(", ").join(
        SQL(f"CASE WHEN x_{code} = 4 THEN {until} END") for code, until in _UNTILS.items()
    )
    kept = [
        *("ref", "recipient_id", "address", "urgent", "zone", "now", "consent_id", "minor_id"),
        *("guardian_id", "loss_on", "dead_since", "expires_at"),
        *(f"x_{code}" for code in CODES if code != "cap"),
        *(f"{code}_until" for code in HOLDS),
        *(f"{code}_held" for code in HOLDS),
    ]
    of_rule = [
        *(f"t_{code}" for code in CODES),
        *(name for name, *_rest in _PARAMETERS),
        "e_quiet_hours",
    ]
    return SQL(
        """
        SELECT s.*, GREATEST(worst, x_cap, 1) AS verdict, GREATEST(%(delays)s) AS until
          FROM (SELECT c.*,
                       CASE WHEN before > 0 THEN %(settle)s END AS x_cap,
                       CASE WHEN before <= sent_count THEN sent[before] ELSE now END
                       + make_interval(days => cap_days) AS cap_until
                  FROM (SELECT %(kept)s, w.worst, w.sent, %(rule)s, r.e_cap,
                               COALESCE(cardinality(w.sent), 0) AS sent_count,
                               (COALESCE(cardinality(w.sent), 0) + w.place
                                - NULLIF(r.cap_maximum, 0))::int AS before,
                               CASE WHEN w.x_quiet_hours = 4 THEN %(quiet_end)s END AS quiet_until
                          FROM placed w
                          JOIN rule r ON r.company_id = w.company_id AND r.purpose = w.purpose
                       ) c) s
        """,
        delays=delays,
        settle=SQL("CASE WHEN e_cap = 4 AND urgent AND u_cap THEN 1 ELSE e_cap END::smallint"),
        kept=SQL(", ".join(f"w.{name}" for name in kept)),
        rule=SQL(", ".join(f"r.{name}" for name in of_rule)),
        quiet_end=_quiet_end(SQL("w.now"), "w", "r"),
    )


_UNTILS = {
    "admitted": "now + make_interval(hours => COALESCE(NULLIF(admitted_hours, 0), 24))",
    **{
        code: f"CASE WHEN {code}_held"
        f" THEN now + make_interval(hours => COALESCE(NULLIF({code}_hours, 0), 24))"
        f" ELSE {code}_until + make_interval(days => {code}_days) END"
        for code in HOLDS
    },
    "quiet_hours": "quiet_until",
    "cap": "cap_until",
}


# QUIET HOURS


def _hour(moment, zone):
    """The local hour with its fraction, without parts of a second."""
    return SQL(
        "(date_part('hour', %(local)s) + date_part('minute', %(local)s) / 60"
        " + trunc(date_part('second', %(local)s)) / 3600)",
        local=_local(moment, zone),
    )


def _local(moment, zone):
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", moment, SQL(f"{zone}.zone"))


def _is_quiet(moment, fact, rule):
    hour = _hour(moment, fact)
    return SQL(
        """
        CASE WHEN %(from)s > %(to)s THEN NOT (%(hour)s >= %(to)s AND %(hour)s < %(from)s)
             ELSE %(hour)s >= %(from)s AND %(hour)s < %(to)s END
        """,
        hour=hour,
        to=SQL(f"{rule}.quiet_to"),
        **{"from": SQL(f"{rule}.quiet_from")},
    )


def _quiet_end(moment, fact, rule):
    return SQL(
        """
        ((%(local)s::date
          + CASE WHEN %(from)s > %(to)s AND %(hour)s >= %(from)s THEN 1 ELSE 0 END)::timestamp
         + make_interval(mins => round(%(to)s * 60)::int))
        AT TIME ZONE %(zone)s AT TIME ZONE 'UTC'
        """,
        local=_local(moment, fact),
        hour=_hour(moment, fact),
        to=SQL(f"{rule}.quiet_to"),
        zone=SQL(f"{fact}.zone"),
        **{"from": SQL(f"{rule}.quiet_from")},
    )


def _out_of_quiet(moment):
    return SQL(
        """
        CASE WHEN settled.e_quiet_hours = 4
                  AND NOT (settled.urgent AND COALESCE(settled.u_quiet_hours, FALSE))
                  AND %(is_quiet)s
             THEN %(end)s ELSE %(moment)s END
        """,
        moment=moment,
        is_quiet=_is_quiet(moment, "settled", "settled"),
        end=_quiet_end(moment, "settled", "settled"),
    )


# REASONS

_VALUES = {
    "consent_unknown": "'consent', consent_id",
    "consent_withdrawn": "'consent', consent_id",
    "minor": "'child', minor_id, 'guardian', guardian_id",
    "loss_topic": "'on', loss_on::text",
    "loss_greeting": "'on', loss_on::text",
    "quiet_hours": "'zone', zone",
    "cap": "'sent', sent_count, 'maximum', cap_maximum, 'days', cap_days",
    "address_dead": "'since', dead_since::text",
    "expired": "'at', to_char(expires_at, 'YYYY-MM-DD HH24:MI:SS')",
}
_EFFECT_NAMES = "(ARRAY['allow', 'guardian', 'sandbox', 'delay', 'next_channel', 'refuse'])"


def _reasons():
    each = ", ".join(_reason(code) for code in CODES)
    return SQL(f"to_jsonb(array_remove(ARRAY[{each}], NULL))")


def _reason(code):
    """[code, values] of a reason that holds; a constant where there is nothing to fill in."""
    values = [f"'effect', {_EFFECT_NAMES}[x_{code}]"]
    values.append(f"'task', CASE WHEN t_{code} AND x_{code} >= 5 THEN TRUE END")
    if code in _VALUES:
        values.append(_VALUES[code])
    if code in DELAYABLE:
        until = f"CASE WHEN x_{code} = 4 THEN to_char({_UNTILS[code]}, 'YYYY-MM-DD HH24:MI:SS') END"
        values.append(f"'until', {until}")
    return (
        f"CASE WHEN x_{code} IS NOT NULL THEN jsonb_build_array('{code}',"
        f" jsonb_strip_nulls(jsonb_build_object({', '.join(values)}))) END"
    )
