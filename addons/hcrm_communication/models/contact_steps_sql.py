"""What else there is to know of message candidates: parts of ``contact_facts_sql``.

``p`` is the candidate with its persons, of ``contact_persons_sql``.
"""

from odoo.tools import SQL

from ..tools.contact_policy import HOLDS
from ..tools.purposes import UNCAPPED

#: States of ``hcrm.communication`` that count for a cap.
COUNTED = ("claimed", "sent", "delivered", "uncertain")
#: After a loss a new pregnancy ends the silence, if it is recorded at least so many days later.
NEW_PREGNANCY_DAYS = 28
LONGEST_LOSS = 1000


def inside(at):
    """Lies in hospital: a stay that has begun and not ended."""
    return SQL(
        """
        EXISTS (
            SELECT FROM hcrm_encounter stay
             WHERE stay.partner_id = p.subject_id AND stay.company_id = p.company_id
               AND stay.encounter_class = 'inpatient' AND stay.state = 'in_progress'
               AND stay.started_at <= %(at)s
               AND (stay.ended_at IS NULL OR stay.ended_at > %(at)s))
        OR EXISTS (
            SELECT FROM hcrm_encounter stay
             WHERE stay.partner_id = p.subject_id AND stay.company_id = p.company_id
               AND stay.encounter_class = 'inpatient' AND stay.state = 'finished'
               AND stay.started_at <= %(at)s AND stay.ended_at > %(at)s)
        """,
        at=at,
    )


def lost(at):
    """The last loss of a pregnancy that no new one followed; asked for few topics only."""
    return SQL(
        """
        SELECT max(loss.recorded_at)::date AS on
          FROM hcrm_diagnosis loss
          JOIN hcrm_contact_code code
               ON code.kind = 'loss' AND code.active AND starts_with(loss.code, code.prefix)
         WHERE loss.partner_id = p.subject_id
           AND loss.company_id = p.company_id
           AND loss.recorded_at <= %(at)s
           AND loss.recorded_at > %(at)s::timestamp - make_interval(days => %(longest)s)
           AND NOT EXISTS (
               SELECT FROM hcrm_diagnosis later
                 JOIN hcrm_contact_code pregnant
                      ON pregnant.kind = 'pregnancy' AND pregnant.active
                         AND starts_with(later.code, pregnant.prefix)
                WHERE later.partner_id = p.subject_id
                  AND later.company_id = p.company_id
                  AND later.recorded_at >= loss.recorded_at + make_interval(days => %(again)s)
                  AND later.recorded_at <= %(at)s)
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
    return SQL(
        """
        SELECT %s
          FROM hcrm_contact_hold hold
         WHERE hold.partner_id IN (p.subject_id, p.recipient_id)
           AND hold.company_id = p.company_id
           AND hold.active
           AND hold.since <= %s
        """,
        flags,
        at,
    )


LISTED = SQL(
    """
    CASE WHEN p.channel = 'email'
         THEN EXISTS (SELECT FROM mail_blacklist list
                       WHERE list.email = p.address AND list.active)
         WHEN p.channel IN ('sms', 'voice', 'fax')
         THEN EXISTS (SELECT FROM phone_blacklist list
                       WHERE list.number = p.address AND list.active)
         ELSE FALSE END
    """
)


def capped(rules, at):
    """(company_id, purpose, since): how far back messages count for a cap."""
    rows = [
        SQL(
            "(%s::int, %s::text, %s::timestamp - make_interval(days => %s))",
            company_id,
            purpose,
            at,
            rule.days,
        )
        for (company_id, code, purpose), rule in rules.items()
        if code == "cap" and rule.maximum
    ]
    return SQL(
        "SELECT * FROM (VALUES %s) AS cap (company_id, purpose, since)",
        SQL(", ").join(rows or [SQL("(0, '', %s::timestamp)", at)]),
    )


def sent(rules, at):
    """Times of what counts for the cap, the oldest first; what left within this second, too.

    The index for it leaves out what is hardly ever capped, and is the most: where a hospital does
    cap it, the person's messages are looked through.
    """
    is_usual = not any(
        code == "cap" and rule.maximum and purpose in UNCAPPED
        for (_company, code, purpose), rule in rules.items()
    )
    return SQL(
        """
        ARRAY(
            SELECT moment
              FROM (SELECT COALESCE(message.sent_at, message.claimed_at) AS moment
                      FROM hcrm_communication message
                     WHERE message.recipient_id = p.recipient_id
                       AND message.company_id = p.company_id
                       AND message.purpose = p.purpose
                       AND message.state IN %(counted)s %(usual)s) AS told
             WHERE moment > capped.since AND date_trunc('second', moment) <= %(at)s
             ORDER BY moment)
        """,
        counted=COUNTED,
        usual=SQL("AND message.purpose NOT IN %s", UNCAPPED) if is_usual else SQL(),
        at=at,
    )
