"""The facts of message candidates, gathered from all tables in one statement.

Columns are those of ``Facts`` in ``tools/contact_policy.py``. The statement is one stream of
candidates: nothing is set aside in between, and what few candidates need (another recipient, a
guardian, messages under a cap) is looked up for those few by index. So its cost does not hang on
what the planner believes about conditions it cannot know.
"""

from odoo.tools import SQL

from ..tools.contact_policy import HOLDS
from . import consent_sql
from . import contact_persons_sql as persons
from . import contact_steps_sql as steps


def facts(candidates, at, rules, sandbox, zones, known_at=None):
    """Return SQL of the facts of ``candidates`` at ``at``.

    :param candidates: SQL with the columns of ``hcrm.contact.policy._decide``
    :param rules: {(company id, code, purpose): Rule}: how far back sent messages are counted
    :param sandbox: nothing leaves this database but to sandbox gateways
    :param zones: the time zones that PostgreSQL knows, as the text of an array
    """
    return SQL(
        """
        WITH zone AS MATERIALIZED (%(zones)s),
        capped AS MATERIALIZED (%(capped)s)
        SELECT %(columns)s
          FROM (%(person)s) AS p
          LEFT JOIN LATERAL (%(own)s) AS own ON TRUE
          LEFT JOIN LATERAL (%(held)s) AS held ON TRUE
          LEFT JOIN capped ON capped.company_id = p.company_id AND capped.purpose = p.purpose
          LEFT JOIN hcrm_message_topic topic ON topic.id = p.topic_id
          LEFT JOIN hcrm_dead_address dead
                 ON dead.channel = p.channel AND dead.address = p.address AND dead.active
                    AND dead.since <= %(at)s
        """,
        zones=persons.zones(at, zones),
        capped=steps.capped(rules, at),
        person=persons.person(_asked(candidates), at, zones, known_at),
        own=persons.only_if(
            "p.consent IS NULL",
            consent_sql.answer(
                persons.question("p", "p.subject_id"), at, known_at, has_names=False
            ),
        ),
        held=persons.only_if("p.maybe_held", steps.held(at)),
        columns=_columns(rules, at, sandbox),
        at=at,
    )


def _asked(candidates):
    """An exempt survey (the rating link inside an answer) is service."""
    return SQL(
        """
        SELECT ref, company_id, subject_id, COALESCE(recipient_id, subject_id) AS recipient_id,
               CASE WHEN exempt_survey AND purpose = 'survey' THEN 'service' ELSE purpose END
               AS purpose,
               topic_id, channel, COALESCE(urgent, FALSE) AS urgent,
               COALESCE(asked_for, FALSE) AS asked_for, COALESCE(mined, FALSE) AS mined, expires_at,
               NULLIF(address, '') AS asked_address
          FROM (%s) AS candidate
        """,
        candidates,
    )


def _columns(rules, at, sandbox):
    held = SQL(", ").join(
        SQL(f"COALESCE(held.{code}_held, FALSE) AS {code}_held, held.{code}_until")
        for code in HOLDS
    )
    return SQL(
        """
        p.ref, p.company_id, p.purpose, p.urgent, p.asked_for, p.recipient_id, p.is_other,
        COALESCE(p.consent, own.status) AS consent,
        CASE WHEN p.consent IS NULL THEN own.consent_id ELSE p.consent_id END AS consent_id,
        p.subject_deceased, p.recipient_deceased, p.minor_id, p.guardian_id,
        %(inside)s AS admitted,
        CASE WHEN topic.is_about_child OR topic.is_greeting THEN (%(lost)s) END AS loss_on,
        COALESCE(topic.is_about_child, FALSE) AS about_child,
        COALESCE(topic.is_greeting, FALSE) AS greeting,
        %(held)s,
        p.zone,
        CASE WHEN capped.since IS NOT NULL THEN %(sent)s END AS sent,
        %(listed)s AS blacklisted,
        p.profiling,
        p.address,
        dead.since::date AS dead_since,
        p.expires_at,
        %(sandbox)s AS sandbox
        """,
        inside=steps.inside(at),
        lost=steps.lost(at),
        held=held,
        sent=steps.sent(rules, at),
        listed=steps.LISTED,
        sandbox=sandbox,
    )
