"""The facts of message candidates, gathered from all tables in one statement.

Columns are those of ``Facts`` in ``tools/contact_policy.py``. What only few candidates have (a
stay, a hold, a guardian) is found by joins of its own and hung on by ``ref``, so that one candidate
walks indexes and a million are hashed.
"""

from odoo.tools import SQL

from ..tools.contact_policy import HOLDS
from . import consent_sql
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
        WITH RECURSIVE asked AS MATERIALIZED (%(asked)s),
        merged (id, root) AS (%(merged)s),
        zone AS MATERIALIZED (%(zones)s),
        named AS (%(named)s),
        minor AS MATERIALIZED (%(minor)s),
        guardian AS (%(guardian)s),
        final AS MATERIALIZED (%(final)s),
        stands AS (%(stands)s),
        inside AS (%(inside)s),
        lost AS (%(lost)s),
        held AS (%(held)s),
        capped AS (%(capped)s),
        known_sent AS (%(sent)s),
        portal AS (%(portal)s),
        person AS (%(person)s)
        SELECT %(columns)s
          FROM person p
          LEFT JOIN (%(own)s) own ON own.ref = p.ref
          LEFT JOIN (%(other)s) other ON other.ref = p.ref
          LEFT JOIN stands ON stands.ref = p.ref
          LEFT JOIN inside ON inside.ref = p.ref
          LEFT JOIN lost ON lost.ref = p.ref
          LEFT JOIN held ON held.ref = p.ref
          LEFT JOIN known_sent ON known_sent.ref = p.ref
          LEFT JOIN hcrm_message_topic topic ON topic.id = p.topic_id
          LEFT JOIN mail_blacklist mails
                 ON p.channel = 'email' AND mails.email = p.address AND mails.active
          LEFT JOIN phone_blacklist phones
                 ON p.channel IN ('sms', 'voice', 'fax') AND phones.number = p.address
                    AND phones.active
          LEFT JOIN hcrm_dead_address dead
                 ON dead.channel = p.channel AND dead.address = p.address AND dead.active
                    AND dead.since <= %(at)s
        """,
        asked=_asked(candidates),
        merged=steps.MERGED,
        zones=steps.zones(at, zones),
        named=steps.NAMED,
        minor=steps.MINOR,
        guardian=steps.guardian(),
        final=steps.FINAL,
        stands=steps.STANDS,
        inside=steps.inside(at),
        lost=steps.lost(at),
        held=steps.held(at),
        capped=steps.capped(rules),
        sent=steps.sent(at),
        portal=steps.PORTAL,
        person=steps.person(zones),
        own=consent_sql.answers(steps.question("subject_id", at), known_at),
        other=consent_sql.answers(
            SQL("%s WHERE recipient_id <> subject_id", steps.question("recipient_id", at)), known_at
        ),
        columns=_columns(sandbox),
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
               NULLIF(address, '') AS address
          FROM (%s) AS candidate
        """,
        candidates,
    )


def _columns(sandbox):
    held = SQL(", ").join(
        SQL(f"COALESCE(held.{code}_held, FALSE) AS {code}_held, held.{code}_until")
        for code in HOLDS
    )
    return SQL(
        """
        p.ref, p.company_id, p.purpose, p.urgent, p.asked_for, p.recipient_id,
        p.recipient_id <> p.subject_id AS is_other,
        %(consent)s AS consent,
        %(consent_id)s AS consent_id,
        p.subject_deceased, p.recipient_deceased, p.minor_id, p.guardian_id,
        inside.ref IS NOT NULL AS admitted,
        lost.on AS loss_on,
        COALESCE(topic.is_about_child, FALSE) AS about_child,
        COALESCE(topic.is_greeting, FALSE) AS greeting,
        %(held)s,
        p.zone,
        known_sent.moments AS sent,
        mails.id IS NOT NULL OR phones.id IS NOT NULL AS blacklisted,
        p.mined AND p.profiling_refused AS profiling,
        p.address,
        dead.since::date AS dead_since,
        p.expires_at,
        %(sandbox)s AS sandbox
        """,
        consent=_CONSENT,
        consent_id=_CONSENT_ID,
        held=held,
        sandbox=sandbox,
    )


#: What subject or recipient refuses is refused. Else the subject's answer counts where the
#: recipient stands for the subject, and the stricter of both where not.
_CONSENT = SQL(
    """
    CASE WHEN own.status = 'withdrawn' OR other.status = 'withdrawn' THEN 'withdrawn'
         WHEN p.recipient_id = p.subject_id OR p.guardian_id IS NOT NULL OR stands.ref IS NOT NULL
         THEN COALESCE(own.status, 'unknown')
         WHEN own.status = 'granted' AND other.status = 'granted' THEN 'granted'
         ELSE 'unknown' END
    """
)
_CONSENT_ID = SQL(
    """
    CASE WHEN own.status = 'withdrawn' THEN own.consent_id
         WHEN other.status = 'withdrawn' THEN other.consent_id
         WHEN p.recipient_id = p.subject_id OR p.guardian_id IS NOT NULL OR stands.ref IS NOT NULL
              OR (own.status = 'granted' AND other.status = 'granted') THEN own.consent_id
         END
    """
)
