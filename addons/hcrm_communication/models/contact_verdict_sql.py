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


def decisions(facts, rules, at, zones):
    """Return SQL of (ref, verdict, until, recipient_id, address, reasons).

    :param facts: SQL with the columns of ``Facts``
    :param rules: {(company id, code, purpose): Rule}
    :param zones: the time zones that PostgreSQL knows, as the text of an array
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
        rules=_rule_rows(rules, at, zones),
        weighed=_weighed(facts, at),
        placed=_PLACED,
        settled=_settled(at),
        verdict=SQL(
            "(ARRAY['allow', 'allow', 'allow', 'delay', 'next_channel', 'refuse'])[verdict]"
        ),
        delay=_DELAY,
        until=_out_of_quiet(SQL("until")),
        reasons=SQL(
            "('[' || concat_ws(', ', reasons_before, %s, reasons_after) || ']')::jsonb",
            SQL(_reason("cap")),
        ),
    )


# RULES


def _rule_rows(rules, at, zones):
    """One row for each hospital and purpose; effects that do not apply are NULL.

    Whether it is quiet at the hospital, and so at nearly all persons', is worked out here once.
    """
    companies = sorted({company_id for company_id, _code, _purpose in rules})
    cells = [(company_id, purpose) for company_id in companies for purpose in PURPOSES]
    rows = [
        SQL("(%s, %s)", number, SQL(", ").join(_rule_row(rules, *cell)))
        for number, cell in enumerate(cells)
    ]
    names = [
        *("number", "company_id", "purpose"),
        *(f"e_{code}" for code in CODES),
        *(f"t_{code}" for code in CODES),
        *(name for name, *_rest in _PARAMETERS),
    ]
    moment, home = SQL("%s::timestamp", at), SQL("partner.tz")
    return SQL(
        """
        SELECT rule.*, partner.tz AS home, %(is_quiet)s AS home_is_quiet, %(end)s AS home_quiet_end
          FROM (VALUES %(rows)s) AS rule (%(names)s)
          LEFT JOIN res_company company ON company.id = rule.company_id
          LEFT JOIN res_partner partner
                 ON partner.id = company.partner_id AND partner.tz = ANY (%(zones)s::text[])
        """,
        is_quiet=_is_quiet(moment, home, "rule"),
        end=_quiet_end(moment, home, "rule"),
        rows=SQL(", ").join(rows),
        names=SQL(", ".join(names)),
        zones=zones,
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


#: Columns of a rule row that words of reasons need, and those that only the cap and what comes
#: after it do.
_SAID = (
    *(f"t_{code}" for code in CODES if code != "cap"),
    *(name for name, code, field, _type in _PARAMETERS if field == "hours" or code in HOLDS),
)
_CAPPING = (
    *("t_cap", "e_cap", "u_cap", "cap_days", "cap_maximum"),
    *("e_quiet_hours", "u_quiet_hours", "quiet_from", "quiet_to"),
)


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
    """What each reason does (``x_<code>``), what they come to, and their words.

    Only the cap is left open, as it hangs on the other messages of the call: it counts as if the
    message were the first. All rows have rules; where none were, none would go. They are no
    condition of the join, so that the planner expects as many rows as there are candidates.
    """
    effects = SQL(", ").join(
        SQL("CASE WHEN %s THEN %s END AS %s", _condition(code), _settle(code), SQL(f"x_{code}"))
        for code in CODES
    )
    cap = CODES.index("cap")
    return SQL(
        """
        SELECT ref, number, recipient_id, address, urgent, zone, sent,
               %(worst)s AS worst, GREATEST(%(delays)s) AS until,
               NULLIF(concat_ws(', ', %(before)s), '') AS reasons_before,
               NULLIF(concat_ws(', ', %(after)s), '') AS reasons_after,
               COALESCE(caps AND COALESCE(GREATEST(%(worst)s, x_cap), 0) <= %(mild)s, FALSE)
               AS is_counted
          FROM (SELECT f.*, r.number, r.cap_maximum > 0 AND r.e_cap <> 1 AS caps, %(rule)s,
                       %(effects)s, %(quiet_until)s AS quiet_until
                  FROM (SELECT fact.*, %(at)s::timestamp AS now FROM (%(facts)s) AS fact) f
                  LEFT JOIN rule r ON r.company_id = f.company_id AND r.purpose = f.purpose
                OFFSET 0) w
        """,
        worst=SQL(
            f"GREATEST({', '.join(f'x_{code}' for code in CODES if code != 'cap')},"
            " CASE WHEN number IS NULL THEN 6 END)"
        ),
        delays=SQL(
            ", ".join(
                f"CASE WHEN x_{code} = 4 THEN {until} END"
                for code, until in _UNTILS.items()
                if code != "cap"
            )
        ),
        before=SQL(", ".join(_reason(code) for code in CODES[:cap])),
        after=SQL(", ".join(_reason(code) for code in CODES[cap + 1 :])),
        mild=_MILD,
        rule=SQL(", ".join(f"r.{name}" for name in _SAID)),
        effects=effects,
        quiet_until=SQL(
            "CASE WHEN f.zone = r.home THEN r.home_quiet_end ELSE %s END",
            _quiet_end(SQL("f.now"), SQL("f.zone"), "r"),
        ),
        at=at,
        facts=facts,
    )


def _condition(code):
    if code == "quiet_hours":
        return SQL(
            "CASE WHEN f.zone = r.home THEN r.home_is_quiet ELSE %s END",
            _is_quiet(SQL("f.now"), SQL("f.zone"), "r"),
        )
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
    SELECT *, row_number() OVER (PARTITION BY number, recipient_id ORDER BY ref)
      FROM weighed
     WHERE is_counted
    """
)


def _settled(at):
    """The verdict with the place in the call, and when all delays are over."""
    return SQL(
        """
        SELECT s.*, GREATEST(worst, x_cap, 1) AS verdict,
               GREATEST(others_until, CASE WHEN x_cap = 4 THEN cap_until END) AS until
          FROM (SELECT c.*,
                       CASE WHEN before > 0
                            THEN CASE WHEN e_cap = 4 AND urgent AND u_cap THEN 1
                                      ELSE e_cap END::smallint END AS x_cap,
                       CASE WHEN before <= sent_count THEN sent[before] ELSE now END
                       + make_interval(days => cap_days) AS cap_until
                  FROM (SELECT w.ref, w.recipient_id, w.address, w.urgent, w.zone, w.sent, w.worst,
                               w.until AS others_until, w.reasons_before, w.reasons_after,
                               %(at)s::timestamp AS now, %(rule)s,
                               COALESCE(cardinality(w.sent), 0) AS sent_count,
                               (COALESCE(cardinality(w.sent), 0) + w.place
                                - NULLIF(r.cap_maximum, 0))::int AS before
                          FROM placed w
                          LEFT JOIN rule r ON r.number = w.number
                       ) c) s
        """,
        at=at,
        rule=SQL(", ".join(f"r.{name}" for name in _CAPPING)),
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


def _hour(local):
    """The hour with its fraction, without parts of a second."""
    return SQL(
        "(date_part('hour', %(local)s) + date_part('minute', %(local)s) / 60"
        " + trunc(date_part('second', %(local)s)) / 3600)",
        local=local,
    )


def _local(moment, zone):
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", moment, zone)


def _is_quiet(moment, zone, rule):
    return SQL(
        """
        CASE WHEN %(from)s > %(to)s THEN NOT (%(hour)s >= %(to)s AND %(hour)s < %(from)s)
             ELSE %(hour)s >= %(from)s AND %(hour)s < %(to)s END
        """,
        hour=_hour(_local(moment, zone)),
        to=SQL(f"{rule}.quiet_to"),
        **{"from": SQL(f"{rule}.quiet_from")},
    )


def _quiet_end(moment, zone, rule):
    local = _local(moment, zone)
    return SQL(
        """
        ((%(local)s::date
          + CASE WHEN %(from)s > %(to)s AND %(hour)s >= %(from)s THEN 1 ELSE 0 END)::timestamp
         + make_interval(mins => round(%(to)s * 60)::int))
        AT TIME ZONE %(zone)s AT TIME ZONE 'UTC'
        """,
        local=local,
        hour=_hour(local),
        to=SQL(f"{rule}.quiet_to"),
        zone=zone,
        **{"from": SQL(f"{rule}.quiet_from")},
    )


def _out_of_quiet(moment):
    zone = SQL("settled.zone")
    return SQL(
        """
        CASE WHEN settled.e_quiet_hours = 4
                  AND NOT (settled.urgent AND COALESCE(settled.u_quiet_hours, FALSE))
                  AND %(is_quiet)s
             THEN %(end)s ELSE %(moment)s END
        """,
        moment=moment,
        is_quiet=_is_quiet(moment, zone, "settled"),
        end=_quiet_end(moment, zone, "settled"),
    )


# REASONS

_EFFECT_NAMES = "(ARRAY['allow', 'guardian', 'sandbox', 'delay', 'next_channel', 'refuse'])"


def _number(name, value):
    """A part of a JSON object; without a value it falls away."""
    return f"""', "{name}": ' || {value}"""


def _word(name, value):
    return f"""', "{name}": "' || {value} || '"'"""


def _moment(name, value):
    return _word(name, f"to_char({value}, 'YYYY-MM-DD HH24:MI:SS')")


#: What a reason tells besides its effect.
_VALUES = {
    "consent_unknown": [_number("consent", "consent_id")],
    "consent_withdrawn": [_number("consent", "consent_id")],
    "minor": [_number("child", "minor_id"), _number("guardian", "guardian_id")],
    "loss_topic": [_word("on", "loss_on")],
    "loss_greeting": [_word("on", "loss_on")],
    "quiet_hours": [_number("zone", "to_json(zone)")],
    "cap": [
        _number("sent", "sent_count"),
        _number("maximum", "cap_maximum"),
        _number("days", "cap_days"),
    ],
    "address_dead": [_word("since", "dead_since")],
    "expired": [_moment("at", "expires_at")],
}


def _reason(code):
    """[code, values] of a reason that holds, as JSON put together from words: making it from
    values takes several times as long."""
    values = [
        f"""'["{code}", {{"effect": "' || {_EFFECT_NAMES}[x_{code}] || '"'""",
        f"""CASE WHEN t_{code} AND x_{code} >= 5 THEN ', "task": true' END""",
        *_VALUES.get(code, ()),
    ]
    if code in DELAYABLE:
        values.append(f"CASE WHEN x_{code} = 4 THEN {_moment('until', _UNTILS[code])} END")
    return f"CASE WHEN x_{code} IS NOT NULL THEN concat({', '.join(values)}, '}}]') END"
