"""The steps by which the facts of message candidates are gathered: each one a CTE of
``contact_facts_sql``."""

from odoo.tools import SQL

from ..tools.contact_policy import ADULT, HOLDS
from ..tools.zones import HOSPITAL_ZONE

#: States of ``hcrm.communication`` that count for a cap.
COUNTED = ("claimed", "sent", "delivered", "uncertain")
#: After a loss a new pregnancy ends the silence, if it is recorded at least so many days later.
NEW_PREGNANCY_DAYS = 28
LONGEST_LOSS = 1000
_MOBILE = r"^\+(861[3-9][0-9]{9}|(?!86)[0-9]+)$"


MERGED = SQL(
    """
    SELECT absorbed.id, absorbed.canonical_id
      FROM res_partner absorbed
     WHERE absorbed.canonical_id IS NOT NULL
       AND (absorbed.id IN (SELECT subject_id FROM asked)
            OR absorbed.id IN (SELECT recipient_id FROM asked))
     UNION ALL
    SELECT merged.id, next.canonical_id
      FROM merged
      JOIN res_partner next ON next.id = merged.root AND next.canonical_id IS NOT NULL
    """
)


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


NAMED = SQL(
    """
    SELECT asked.ref, asked.company_id, asked.purpose, asked.topic_id, asked.channel, asked.urgent,
           asked.asked_for, asked.mined, asked.expires_at,
           COALESCE(subject.root, asked.subject_id) AS subject_id,
           COALESCE(recipient.root, asked.recipient_id) AS recipient_id,
           asked.address, zone.tz, zone.day, zone.today, zone.adult_since
      FROM asked
      JOIN zone ON zone.id = asked.company_id
      LEFT JOIN (SELECT merged.id, merged.root
                   FROM merged
                   JOIN res_partner last ON last.id = merged.root AND last.canonical_id IS NULL
           ) subject ON subject.id = asked.subject_id
      LEFT JOIN (SELECT merged.id, merged.root
                   FROM merged
                   JOIN res_partner last ON last.id = merged.root AND last.canonical_id IS NULL
           ) recipient ON recipient.id = asked.recipient_id
    """
)
MINOR = SQL(
    """
    SELECT named.ref, named.recipient_id, named.channel, named.day, named.today, named.adult_since
      FROM named
      JOIN res_partner child ON child.id = named.recipient_id
     WHERE child.birth_date > named.adult_since
    """
)


def guardian():
    """One who gets the child's messages: with an address on the channel if there is one, parents
    and guardians before others, the first recorded."""
    return SQL(
        """
        SELECT DISTINCT ON (minor.ref) minor.ref, grown.id
          FROM minor
          JOIN hcrm_relationship relation ON relation.partner_id = minor.recipient_id
          JOIN res_partner grown ON grown.id = relation.related_partner_id
         WHERE relation.active
           AND relation.may_receive_messages
           AND (relation.date_start IS NULL OR relation.date_start <= minor.day)
           AND (relation.date_end IS NULL OR relation.date_end >= minor.day)
           AND (grown.birth_date IS NULL OR grown.birth_date <= minor.adult_since)
           AND NOT %(dead)s
         ORDER BY minor.ref,
               %(address)s IS NULL,
               relation.relation NOT IN ('parent', 'guardian'),
               relation.id
        """,
        dead=deceased("grown", "minor"),
        address=address("grown", "minor.channel"),
    )


FINAL = SQL(
    """
    SELECT named.ref, named.company_id, named.purpose, named.topic_id, named.channel, named.urgent,
           named.asked_for, named.mined, named.expires_at, named.subject_id, named.tz, named.day,
           named.today, COALESCE(guardian.id, named.recipient_id) AS recipient_id,
           CASE WHEN guardian.id IS NULL THEN named.address END AS asked_address,
           minor.recipient_id AS minor_id, guardian.id AS guardian_id
      FROM named
      LEFT JOIN minor ON minor.ref = named.ref
      LEFT JOIN guardian ON guardian.ref = named.ref
    """
)
#: Who gets the messages about the subject answers for the subject's consent, not for the own one.
STANDS = SQL(
    """
    SELECT DISTINCT final.ref
      FROM final
      JOIN hcrm_relationship relation
           ON relation.partner_id = final.subject_id
              AND relation.related_partner_id = final.recipient_id
     WHERE final.recipient_id <> final.subject_id
       AND relation.active
       AND relation.may_receive_messages
       AND (relation.date_start IS NULL OR relation.date_start <= final.day)
       AND (relation.date_end IS NULL OR relation.date_end >= final.day)
    """
)


def inside(at):
    """Who lies in hospital: a stay that has begun and not ended."""
    return SQL(
        """
        SELECT DISTINCT final.ref
          FROM final
          JOIN hcrm_encounter stay
               ON stay.partner_id = final.subject_id AND stay.company_id = final.company_id
         WHERE stay.encounter_class = 'inpatient'
           AND stay.started_at <= %(at)s
           AND ((stay.state = 'in_progress' AND (stay.ended_at IS NULL OR stay.ended_at > %(at)s))
                OR (stay.state = 'finished' AND stay.ended_at > %(at)s))
        """,
        at=at,
    )


def lost(at):
    """The last loss of a pregnancy that no new one followed; asked for few topics only."""
    return SQL(
        """
        SELECT final.ref, max(loss.recorded_at)::date AS on
          FROM final
          JOIN hcrm_message_topic topic ON topic.id = final.topic_id
          JOIN hcrm_diagnosis loss
               ON loss.partner_id = final.subject_id AND loss.company_id = final.company_id
          JOIN hcrm_contact_code code
               ON code.kind = 'loss' AND code.active AND starts_with(loss.code, code.prefix)
         WHERE (topic.is_about_child OR topic.is_greeting)
           AND loss.recorded_at <= %(at)s
           AND loss.recorded_at > %(at)s::timestamp - make_interval(days => %(longest)s)
           AND NOT EXISTS (
               SELECT FROM hcrm_diagnosis later
                 JOIN hcrm_contact_code pregnant
                      ON pregnant.kind = 'pregnancy' AND pregnant.active
                         AND starts_with(later.code, pregnant.prefix)
                WHERE later.partner_id = final.subject_id
                  AND later.company_id = final.company_id
                  AND later.recorded_at >= loss.recorded_at + make_interval(days => %(again)s)
                  AND later.recorded_at <= %(at)s)
         GROUP BY final.ref
        """,
        at=at,
        longest=LONGEST_LOSS,
        again=NEW_PREGNANCY_DAYS,
    )


def held(at):
    """Holds of subject or recipient: is one open-ended, when does or did the last other one end."""
    flags = SQL(", ").join(
        SQL(
            f"bool_or(until IS NULL) FILTER (WHERE code = '{code}') AS {code}_held,"
            f" max(until) FILTER (WHERE code = '{code}') AS {code}_until"
        )
        for code in HOLDS
    )
    arms = SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT final.ref, hold.code, hold.until
              FROM final
              JOIN hcrm_contact_hold hold
                   ON hold.partner_id = %s AND hold.company_id = final.company_id
             WHERE hold.active AND hold.since <= %s
            """,
            SQL.identifier("final", name),
            at,
        )
        for name in ("subject_id", "recipient_id")
    )
    return SQL("SELECT ref, %s FROM (%s) AS found GROUP BY ref", flags, arms)


def capped(rules):
    """(company_id, purpose, days) of the caps."""
    rows = [
        SQL("(%s::int, %s::text, %s::int)", company_id, purpose, rule.days)
        for (company_id, code, purpose), rule in rules.items()
        if code == "cap" and rule.maximum
    ]
    return SQL(
        "SELECT * FROM (VALUES %s) AS cap (company_id, purpose, days)",
        SQL(", ").join(rows or [SQL("(0, '', 0)")]),
    )


def sent(at):
    """Times of what counts for the cap, the oldest first."""
    return SQL(
        """
        SELECT final.ref, array_agg(told.moment ORDER BY told.moment) AS moments
          FROM final
          JOIN capped ON capped.company_id = final.company_id AND capped.purpose = final.purpose
          JOIN hcrm_communication message
               ON message.recipient_id = final.recipient_id
                  AND message.company_id = final.company_id
                  AND message.purpose = final.purpose
         CROSS JOIN LATERAL (SELECT COALESCE(message.sent_at, message.claimed_at) AS moment) told
         WHERE message.state IN %(counted)s
           AND told.moment > %(at)s::timestamp - make_interval(days => capped.days)
           AND told.moment <= %(at)s
         GROUP BY final.ref
        """,
        counted=COUNTED,
        at=at,
    )


PORTAL = SQL(
    """
    SELECT final.ref, min(login.login) AS login
      FROM final
      JOIN res_users login ON login.partner_id = final.recipient_id
     WHERE final.channel = 'portal' AND login.active AND login.share
     GROUP BY final.ref
    """
)


def deceased(alias, dated):
    """The mark or a date alone will do. On a past day who died later was alive; a date to come is
    a slip of the pen and says nothing about when."""
    return SQL(
        f"(({alias}.is_deceased IS TRUE OR {alias}.death_date IS NOT NULL)"
        f" AND ({alias}.death_date > {dated}.day AND {alias}.death_date <= {dated}.today)"
        " IS NOT TRUE)"
    )


def address(alias, channel):
    """Where a message of the channel goes; portal: see ``PORTAL``."""
    return SQL(
        f"""
        CASE {channel}
             WHEN 'email' THEN {alias}.email_normalized
             WHEN 'sms' THEN CASE WHEN {alias}.phone_stored ~ %(mobile)s THEN {alias}.phone_stored
                                  WHEN {alias}.phone_other_stored ~ %(mobile)s
                                  THEN {alias}.phone_other_stored END
             WHEN 'voice' THEN CASE WHEN {alias}.phone_stored LIKE '+%%' THEN {alias}.phone_stored
                                    WHEN {alias}.phone_other_stored LIKE '+%%'
                                    THEN {alias}.phone_other_stored END
             WHEN 'letter' THEN CASE WHEN {alias}.street <> '' AND {alias}.city <> ''
                                     THEN concat_ws(', ', {alias}.street, {alias}.city) END
             END
        """,
        mobile=_MOBILE,
    )


#: An address that was asked for goes before the usual one, on the channel it is of.
_ASKED_ADDRESS = SQL(
    """
    CASE WHEN final.asked_address LIKE '%%@%%' AND final.channel = 'email'
         THEN lower(final.asked_address)
         WHEN final.asked_address NOT LIKE '%%@%%' AND final.channel IN ('sms', 'voice', 'fax')
         THEN final.asked_address END
    """
)


def person(known):
    return SQL(
        """
        SELECT final.*,
               %(zone)s AS zone,
               subject.profiling_refused IS TRUE OR recipient.profiling_refused IS TRUE
               AS profiling_refused,
               %(subject)s AS subject_deceased,
               %(recipient)s AS recipient_deceased,
               CASE WHEN recipient.active THEN COALESCE(portal.login, %(asked)s, %(address)s) END
               AS address
          FROM final
          JOIN res_partner subject ON subject.id = final.subject_id
          JOIN res_partner recipient ON recipient.id = final.recipient_id
          LEFT JOIN portal ON portal.ref = final.ref
        """,
        zone=zone("recipient", SQL("final.tz"), known),
        subject=deceased("subject", "final"),
        recipient=deceased("recipient", "final"),
        asked=_ASKED_ADDRESS,
        address=address("recipient", "final.channel"),
    )


def question(person, at):
    return SQL(
        """
        SELECT ref, 0::smallint AS role, %s AS partner_id, company_id, purpose, topic_id, channel,
               %s::timestamp AS at, day
          FROM final
        """,
        SQL.identifier(person),
        at,
    )
