"""Who is spoken about and who is spoken to: a part of ``contact_facts_sql``.

``b`` is the candidate with the person it was asked about.
"""

from odoo.tools import SQL

from ..tools.contact_policy import ADULT
from ..tools.zones import HOSPITAL_ZONE
from . import consent_sql


def zones(at, known):
    """The day it is in each hospital at ``at``, and today."""
    return SQL(
        """
        SELECT company.id, own.tz, local.day, local.today,
               (local.day - make_interval(years => %(adult)s))::date AS adult_since
          FROM res_company company
          JOIN res_partner partner ON partner.id = company.partner_id
          LEFT JOIN resource_calendar calendar ON calendar.id = company.resource_calendar_id
         CROSS JOIN LATERAL (SELECT %(zone)s AS tz) own
         CROSS JOIN LATERAL (
               SELECT (%(at)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE own.tz)::date AS day,
                      (statement_timestamp() AT TIME ZONE own.tz)::date AS today) local
        """,
        adult=ADULT,
        at=at,
        zone=zone("partner", _working_zone(known), known),
    )


def _working_zone(known):
    """That of the working hours; UTC is what Odoo writes there when nobody said anything."""
    named = zone("calendar", SQL("%s", HOSPITAL_ZONE), known)
    return SQL("CASE calendar.tz WHEN 'UTC' THEN %s ELSE %s END", HOSPITAL_ZONE, named)


def zone(alias, otherwise, known):
    """The contact's time zone if it is one that PostgreSQL knows.

    :param known: of ``hcrm.contact.policy._known_zones``
    """
    name = SQL.identifier(alias, "tz")
    return SQL("CASE WHEN %s = ANY (%s::text[]) THEN %s ELSE %s END", name, known, name, otherwise)


def only_if(condition, query):
    """Return ``query``, which gives one line, so that it is run only where ``condition`` holds."""
    return SQL("SELECT * FROM (%s) AS found WHERE %s OFFSET 0", query, SQL(condition))


def question(alias, person):
    """Return what the ledger is asked about a person, for ``consent_sql.answer``."""
    columns = ("company_id", "purpose", "topic_id", "channel", "day")
    return {"partner_id": SQL(person), **{name: SQL.identifier(alias, name) for name in columns}}


def person(asked, at, known, known_at):
    """Candidates with who is spoken about and who is spoken to.

    Most messages speak to somebody about himself, under the only name he ever had; for the others,
    and for children who may have a guardian, ``special`` finds out.
    """
    plain = {
        "recipient_id": "b.subject_id",
        "zone": "b.zone",
        "profiling": "b.mined AND b.profiling_refused",
        "subject_deceased": "b.deceased",
        "recipient_deceased": "b.deceased",
        "address": "b.address",
        "is_other": "FALSE",
        "minor_id": "b.minor_id",
    }
    return SQL(
        """
        SELECT b.ref, b.company_id, b.purpose, b.topic_id, b.channel, b.urgent, b.asked_for,
               b.expires_at, b.day, b.is_special OR b.was_held AS maybe_held,
               COALESCE(s.subject_id, b.subject_id) AS subject_id, %(columns)s,
               s.guardian_id, s.consent, s.consent_id
          FROM (%(base)s) AS b
          LEFT JOIN LATERAL (%(special)s) AS s ON TRUE
        OFFSET 0
        """,
        columns=SQL(
            ", ".join(
                f"CASE WHEN b.is_special THEN s.{name} ELSE {value} END AS {name}"
                for name, value in plain.items()
            )
        ),
        base=_base(asked, known),
        special=only_if("b.is_special", _special(at, known, known_at)),
    )


def _base(asked, known):
    """Candidates, each with the person it was asked about."""
    return SQL(
        """
        SELECT asked.*, zone.day, zone.today, zone.adult_since, zone.tz AS home,
               %(zone)s AS zone,
               subject.profiling_refused IS TRUE AS profiling_refused,
               %(deceased)s AS deceased,
               %(address)s AS address,
               asked.recipient_id <> asked.subject_id
               OR subject.canonical_id IS NOT NULL
               OR COALESCE(subject.birth_date > zone.adult_since, FALSE)
                  AND EXISTS (SELECT FROM hcrm_relationship relation
                               WHERE relation.partner_id = subject.id
                                 AND relation.active AND relation.may_receive_messages)
               OR EXISTS (SELECT FROM res_partner name
                           WHERE name.canonical_id = subject.id AND name.canonical_id IS NOT NULL)
               AS is_special,
               subject.canonical_id IS NOT NULL AS is_merged,
               CASE WHEN subject.birth_date > zone.adult_since THEN subject.id END AS minor_id,
               EXISTS (SELECT FROM hcrm_contact_hold hold
                        WHERE hold.partner_id = subject.id AND hold.active) AS was_held
          FROM (%(asked)s) AS asked
          JOIN zone ON zone.id = asked.company_id
          JOIN res_partner subject ON subject.id = asked.subject_id
        OFFSET 0
        """,
        asked=asked,
        zone=zone("subject", SQL("zone.tz"), known),
        deceased=deceased("subject", "zone"),
        address=reachable("subject", "asked", "asked.asked_address"),
    )


def _special(at, known, known_at):
    """Who is meant and who is reached, after merges and guardians, and whether they agreed.

    What subject or recipient refuses is refused. Else the subject's answer counts where the
    recipient stands for the subject, and the stricter of both where not.
    """
    return SQL(
        """
        SELECT subject.id AS subject_id, reached.id AS recipient_id,
               reached.id <> subject.id AS is_other,
               CASE WHEN recipient.birth_date > b.adult_since THEN recipient.id END AS minor_id,
               guardian.id AS guardian_id,
               %(zone)s AS zone,
               b.mined AND (subject.profiling_refused IS TRUE OR reached.profiling_refused IS TRUE)
               AS profiling,
               %(subject_deceased)s AS subject_deceased,
               %(recipient_deceased)s AS recipient_deceased,
               %(address)s AS address,
               CASE WHEN own.status = 'withdrawn' OR other.status = 'withdrawn' THEN 'withdrawn'
                    WHEN stands.yes THEN own.status
                    WHEN own.status = 'granted' AND other.status = 'granted' THEN 'granted'
                    ELSE 'unknown' END AS consent,
               CASE WHEN own.status = 'withdrawn' THEN own.consent_id
                    WHEN other.status = 'withdrawn' THEN other.consent_id
                    WHEN stands.yes OR (own.status = 'granted' AND other.status = 'granted')
                    THEN own.consent_id END AS consent_id
          FROM (SELECT found.id AS subject_id,
                       CASE WHEN b.recipient_id = b.subject_id THEN found.id
                            ELSE %(recipient_root)s END AS recipient_id
                  FROM (SELECT CASE WHEN b.is_merged THEN %(subject_root)s
                                    ELSE b.subject_id END AS id OFFSET 0) AS found
                OFFSET 0) AS named
          JOIN res_partner subject ON subject.id = named.subject_id
          JOIN res_partner recipient ON recipient.id = named.recipient_id
          LEFT JOIN LATERAL (%(guardian)s) AS guardian ON TRUE
          JOIN res_partner reached ON reached.id = COALESCE(guardian.id, recipient.id)
         CROSS JOIN LATERAL (SELECT %(stands)s AS yes OFFSET 0) AS stands
         CROSS JOIN LATERAL (%(own)s) AS own
          LEFT JOIN LATERAL (%(other)s) AS other ON TRUE
        """,
        subject_root=_root("b.subject_id"),
        recipient_root=_root("b.recipient_id"),
        zone=zone("reached", SQL("b.home"), known),
        subject_deceased=deceased("subject", "b"),
        recipient_deceased=deceased("reached", "b"),
        address=reachable("reached", "b", "CASE WHEN guardian.id IS NULL THEN b.asked_address END"),
        guardian=only_if("recipient.birth_date > b.adult_since", _guardian()),
        stands=_STANDS,
        own=consent_sql.answer(question("b", "subject.id"), at, known_at),
        other=only_if(
            "reached.id <> subject.id",
            consent_sql.answer(question("b", "reached.id"), at, known_at),
        ),
    )


def _root(person):
    """The person behind a name, at the end of its chain of merges."""
    return SQL(
        f"""
        COALESCE((
            WITH RECURSIVE chain (id) AS (
                SELECT canonical_id FROM res_partner WHERE id = {person}
                 UNION
                SELECT next.canonical_id FROM chain JOIN res_partner next ON next.id = chain.id
            )
            SELECT last.id
              FROM chain
              JOIN res_partner last ON last.id = chain.id AND last.canonical_id IS NULL
        ), {person})
        """
    )


def _guardian():
    """One who gets the child's messages: with an address on the channel if there is one, parents
    and guardians before others, the first recorded."""
    return SQL(
        """
        SELECT grown.id
          FROM hcrm_relationship relation
          JOIN res_partner grown ON grown.id = relation.related_partner_id
         WHERE relation.partner_id = recipient.id
           AND %(may_stand)s
           AND (grown.birth_date IS NULL OR grown.birth_date <= b.adult_since)
           AND NOT %(dead)s
         ORDER BY %(address)s IS NULL,
               relation.relation NOT IN ('parent', 'guardian'),
               relation.id
         LIMIT 1
        """,
        may_stand=_MAY_STAND,
        dead=deceased("grown", "b"),
        address=address("grown", "b"),
    )


#: A relation by which messages about one person go to another, that day.
_MAY_STAND = SQL(
    """
    relation.active
    AND relation.may_receive_messages
    AND (relation.date_start IS NULL OR relation.date_start <= b.day)
    AND (relation.date_end IS NULL OR relation.date_end >= b.day)
    """
)
#: Who gets the messages about the subject answers for the subject's consent, not for the own one.
_STANDS = SQL(
    """
    reached.id = subject.id
    OR guardian.id IS NOT NULL
    OR EXISTS (
        SELECT FROM hcrm_relationship relation
         WHERE relation.partner_id = subject.id AND relation.related_partner_id = reached.id
           AND %s)
    """,
    _MAY_STAND,
)


def deceased(alias, dated):
    """The mark or a date alone will do. On a past day who died later was alive; a date to come is
    a slip of the pen and says nothing about when."""
    return SQL(
        f"(({alias}.is_deceased IS TRUE OR {alias}.death_date IS NOT NULL)"
        f" AND ({alias}.death_date > {dated}.day AND {alias}.death_date <= {dated}.today)"
        " IS NOT TRUE)"
    )


def address(alias, message):
    """Where a message goes on its channel; a fax to a number that was typed twice only. Portal: see
    :func:`reachable`."""
    phones = (f"{alias}.phone_stored", f"{alias}.phone_other_stored")
    return SQL(
        f"""
        CASE {message}.channel
             WHEN 'email' THEN {alias}.email_normalized
             WHEN 'sms' THEN CASE {_first(_TAKES_SMS, phones)} END
             WHEN 'voice' THEN CASE {_first("{phone} LIKE '+%%'", phones)} END
             WHEN 'fax' THEN CASE WHEN {alias}.fax_confirmed_at IS NOT NULL
                                  THEN {alias}.fax_stored END
             WHEN 'letter' THEN CASE WHEN {alias}.street <> '' AND {alias}.city <> ''
                                     THEN concat_ws(', ', {alias}.street, {alias}.city) END
             WHEN 'wechat' THEN (
                  SELECT account.openid FROM hcrm_platform_account account
                    JOIN hcrm_gateway gateway ON gateway.id = account.gateway_id AND gateway.active
                   WHERE account.partner_id = {alias}.id AND account.active
                     AND account.company_id = {message}.company_id
                     AND account.unfollowed_at IS NULL
                ORDER BY COALESCE(account.last_inbound_at, account.bound_at) DESC,
                         account.id DESC LIMIT 1)
             END
        """
    )


#: Chinese mobile numbers, and all that are not Chinese; a regular expression takes twice as long.
_TAKES_SMS = """rtrim({phone}, '0123456789') = '+'
    AND CASE WHEN {phone} LIKE '+86%%'
             THEN {phone} LIKE '+861__________' AND substr({phone}, 5, 1) COLLATE "C" >= '3'
             ELSE {phone} LIKE '+_%%' END"""


def _first(condition, values):
    return " ".join(f"WHEN {condition.format(phone=one)} THEN {one}" for one in values)


def reachable(alias, message, asked):
    """The address of a person: on the portal the login; else one that was asked for, on the channel
    it is of, before the usual one."""
    return SQL(
        f"""
        CASE WHEN {alias}.active IS NOT TRUE THEN NULL
             WHEN {message}.channel = 'portal' THEN (
                  SELECT min(login.login) FROM res_users login
                   WHERE login.partner_id = {alias}.id AND login.active AND login.share)
             WHEN {message}.asked_address IS NULL THEN %(usual)s
             ELSE COALESCE(
                  CASE WHEN {asked} LIKE '%%@%%' AND {message}.channel = 'email'
                       THEN lower({asked})
                       WHEN {asked} NOT LIKE '%%@%%'
                            AND {message}.channel IN ('sms', 'voice')
                       THEN {asked} END,
                  %(usual)s) END
        """,
        usual=address(alias, message),
    )
