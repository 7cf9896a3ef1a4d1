"""The peer of P11: the decision about every candidate in one statement written by hand.

It knows the shipped rules of one table (POLICY §1) by heart and nothing of rules that a hospital
sets itself, of past days "as known then", of portal logins and letters, of neutralised databases:
what a good SQL author would write for this one question. It makes the same joins, each once for
all candidates: names joined by merges (chains of two), the guardian of a child on that channel,
the ledger by cells under all names without undone merges (of the subject and of another
recipient), stays that run and that end later, losses without a new pregnancy, holds of both,
messages under the cap and those of this call, both blacklists, dead addresses, quiet hours where
the recipient lives. It gives the same columns: verdict, until, recipient, address,
reasons. ``p11_policy`` compares every row.
"""

#: All joins: what is known of each candidate, without a verdict.
FACTS = """
WITH merged AS MATERIALIZED (
    SELECT absorbed.id, COALESCE(root.canonical_id, root.id) AS root_id
      FROM res_partner absorbed
      JOIN res_partner root ON root.id = absorbed.canonical_id
     WHERE absorbed.canonical_id IS NOT NULL
),
hospital AS (
    SELECT company.id, partner.tz, here.day, (here.day - interval '14 years')::date AS adult_since
      FROM res_company company
      JOIN res_partner partner ON partner.id = company.partner_id,
           LATERAL (SELECT (%(at)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE partner.tz)::date
                    AS day) here
),
candidate AS MATERIALIZED (
    SELECT asked.ref, asked.company_id, asked.topic_id, asked.channel, asked.urgent,
           asked.asked_for, asked.mined, asked.expires_at, asked.address,
           CASE WHEN asked.exempt_survey AND asked.purpose = 'survey' THEN 'service'
                ELSE asked.purpose END AS purpose,
           COALESCE(about.root_id, asked.subject_id) AS subject_id,
           COALESCE(named.root_id, asked.recipient_id) AS named_id,
           hospital.tz, hospital.day, hospital.adult_since
      FROM p11_asked asked
      JOIN hospital ON hospital.id = asked.company_id
      LEFT JOIN merged about ON about.id = asked.subject_id
      LEFT JOIN merged named ON named.id = asked.recipient_id
),
guardian AS (
    SELECT DISTINCT ON (candidate.ref) candidate.ref, grown.id
      FROM candidate
      JOIN res_partner child
           ON child.id = candidate.named_id AND child.birth_date > candidate.adult_since
      JOIN hcrm_relationship relation
           ON relation.partner_id = child.id AND relation.active AND relation.may_receive_messages
              AND (relation.date_start IS NULL OR relation.date_start <= candidate.day)
              AND (relation.date_end IS NULL OR relation.date_end >= candidate.day)
      JOIN res_partner grown
           ON grown.id = relation.related_partner_id
              AND (grown.birth_date IS NULL OR grown.birth_date <= candidate.adult_since)
              AND NOT COALESCE(grown.is_deceased, FALSE) AND grown.death_date IS NULL
     ORDER BY candidate.ref,
           CASE candidate.channel
                WHEN 'email' THEN grown.email_normalized
                WHEN 'sms' THEN CASE WHEN grown.phone_stored LIKE '+861%%' THEN grown.phone_stored
                                     WHEN grown.phone_other_stored LIKE '+861%%'
                                     THEN grown.phone_other_stored END
                WHEN 'voice' THEN CASE WHEN grown.phone_stored LIKE '+%%' THEN grown.phone_stored
                                       WHEN grown.phone_other_stored LIKE '+%%'
                                       THEN grown.phone_other_stored END
                END IS NULL,
           relation.relation NOT IN ('parent', 'guardian'), relation.id
),
reached AS MATERIALIZED (
    SELECT candidate.*, guardian.id AS guardian_id, person.id AS recipient_id,
           person.id <> candidate.subject_id AS is_other,
           CASE WHEN guardian.id IS NOT NULL OR person.birth_date > candidate.adult_since
                THEN candidate.named_id END AS minor_id,
           COALESCE(person.tz, candidate.tz) AS zone,
           candidate.mined AND (COALESCE(subject.profiling_refused, FALSE)
                                OR COALESCE(person.profiling_refused, FALSE)) AS profiling,
           (COALESCE(subject.is_deceased, FALSE) OR subject.death_date IS NOT NULL)
           AND COALESCE(subject.death_date <= candidate.day OR subject.death_date > CURRENT_DATE,
                        TRUE) AS subject_deceased,
           (COALESCE(person.is_deceased, FALSE) OR person.death_date IS NOT NULL)
           AND COALESCE(person.death_date <= candidate.day OR person.death_date > CURRENT_DATE,
                        TRUE) AS recipient_deceased,
           CASE WHEN NOT person.active THEN NULL
                WHEN candidate.channel = 'email' THEN person.email_normalized
                ELSE COALESCE(CASE WHEN guardian.id IS NULL THEN candidate.address END,
                              CASE WHEN candidate.channel = 'sms'
                                   THEN CASE WHEN person.phone_stored LIKE '+861%%'
                                             THEN person.phone_stored
                                             WHEN person.phone_other_stored LIKE '+861%%'
                                             THEN person.phone_other_stored END
                                   WHEN person.phone_stored LIKE '+%%' THEN person.phone_stored
                                   WHEN person.phone_other_stored LIKE '+%%'
                                   THEN person.phone_other_stored END) END AS goes_to
      FROM candidate
      JOIN res_partner subject ON subject.id = candidate.subject_id
      LEFT JOIN guardian ON guardian.ref = candidate.ref
      JOIN res_partner person ON person.id = COALESCE(guardian.id, candidate.named_id)
),
question AS (
    SELECT ref, FALSE AS is_of_other, subject_id AS person_id, company_id, purpose, topic_id,
           channel, day
      FROM reached
     UNION ALL
    SELECT ref, TRUE, recipient_id, company_id, purpose, topic_id, channel, day
      FROM reached
     WHERE is_other
),
ledger AS (
    SELECT COALESCE(merged.root_id, consent.partner_id) AS person_id, consent.*
      FROM hcrm_consent consent
      LEFT JOIN merged ON merged.id = consent.partner_id
     WHERE consent.decided_at <= %(at)s
       AND (consent.merge_log_id IS NULL OR consent.merge_log_id NOT IN (
            SELECT id FROM hcrm_merge_log WHERE state = 'undone'))
    OFFSET 0
),
newest AS (
    SELECT ref, is_of_other,
           max(rank) FILTER (WHERE cell = 0) AS l0, max(rank) FILTER (WHERE cell = 1) AS l1,
           max(rank) FILTER (WHERE cell = 2) AS l2, max(rank) FILTER (WHERE cell = 3) AS l3,
           max(rank) FILTER (WHERE cell = 0 AND holds) AS g0,
           max(rank) FILTER (WHERE cell = 1 AND holds) AS g1,
           max(rank) FILTER (WHERE cell = 2 AND holds) AS g2,
           max(rank) FILTER (WHERE cell = 3 AND holds) AS g3,
           max(rank) FILTER (WHERE cell = 0 AND refused) AS w0,
           max(rank) FILTER (WHERE cell = 1 AND refused) AS w1,
           max(rank) FILTER (WHERE cell = 2 AND refused) AS w2,
           max(rank) FILTER (WHERE cell = 3 AND refused) AS w3
      FROM (SELECT question.ref, question.is_of_other,
                   (date_part('epoch', ledger.decided_at)::bigint << 31) | ledger.id AS rank,
                   CASE WHEN ledger.topic_id IS NULL THEN 0 ELSE 2 END
                   + CASE WHEN ledger.channel IS NULL THEN 0 ELSE 1 END AS cell,
                   ledger.status = 'granted'
                   AND (ledger.expires_on IS NULL OR ledger.expires_on >= question.day) AS holds,
                   ledger.status <> 'granted' AS refused
              FROM question
              JOIN ledger
                   ON ledger.person_id = question.person_id
                      AND ledger.company_id = question.company_id
                      AND ledger.purpose = question.purpose
                      AND (ledger.topic_id IS NULL OR ledger.topic_id = question.topic_id)
                      AND (ledger.channel IS NULL OR ledger.channel = question.channel)
           ) said
     GROUP BY ref, is_of_other
),
answer AS (
    SELECT ref, is_of_other,
           GREATEST(CASE WHEN w0 > COALESCE(GREATEST(h0, h1, h2, h3), 0) THEN w0 END,
                    CASE WHEN w1 > COALESCE(GREATEST(h1, h3), 0) THEN w1 END,
                    CASE WHEN w2 > COALESCE(GREATEST(h2, h3), 0) THEN w2 END,
                    CASE WHEN w3 > COALESCE(h3, 0) THEN w3 END) AS no,
           GREATEST(h0, h1, h2, h3) AS yes
      FROM (SELECT ref, is_of_other, w0, w1, w2, w3,
                   CASE WHEN g0 = l0 THEN g0 END AS h0, CASE WHEN g1 = l1 THEN g1 END AS h1,
                   CASE WHEN g2 = l2 THEN g2 END AS h2, CASE WHEN g3 = l3 THEN g3 END AS h3
              FROM newest) standing
),
inside AS (
    SELECT DISTINCT partner_id, company_id
      FROM hcrm_encounter
     WHERE encounter_class = 'inpatient' AND started_at <= %(at)s
       AND (state = 'in_progress' AND (ended_at IS NULL OR ended_at > %(at)s)
            OR state = 'finished' AND ended_at > %(at)s)
),
lost AS (
    SELECT loss.partner_id, loss.company_id, max(loss.recorded_at)::date AS loss_on
      FROM (SELECT DISTINCT reached.subject_id, reached.company_id
              FROM reached
              JOIN hcrm_message_topic topic
                   ON topic.id = reached.topic_id AND (topic.is_about_child OR topic.is_greeting)
           ) AS touched
      JOIN hcrm_diagnosis loss
           ON loss.partner_id = touched.subject_id AND loss.company_id = touched.company_id
      JOIN hcrm_contact_code code
           ON code.kind = 'loss' AND code.active AND starts_with(loss.code, code.prefix)
     WHERE loss.recorded_at <= %(at)s
       AND loss.recorded_at > %(at)s::timestamp - interval '1000 days'
       AND NOT EXISTS (
           SELECT FROM hcrm_diagnosis later
             JOIN hcrm_contact_code pregnant
                  ON pregnant.kind = 'pregnancy' AND pregnant.active
                     AND starts_with(later.code, pregnant.prefix)
            WHERE later.partner_id = loss.partner_id AND later.company_id = loss.company_id
              AND later.recorded_at >= loss.recorded_at + interval '28 days'
              AND later.recorded_at <= %(at)s)
     GROUP BY loss.partner_id, loss.company_id
),
hold AS (
    SELECT partner_id, company_id,
           bool_or(until IS NULL) FILTER (WHERE code = 'complaint') AS complaint_held,
           max(until) FILTER (WHERE code = 'complaint') AS complaint_until,
           bool_or(until IS NULL) FILTER (WHERE code = 'hold') AS hold_held,
           max(until) FILTER (WHERE code = 'hold') AS hold_until,
           bool_or(until IS NULL) FILTER (WHERE code = 'shared_phone') AS shared_held,
           max(until) FILTER (WHERE code = 'shared_phone') AS shared_until
      FROM hcrm_contact_hold
     WHERE active AND since <= %(at)s
     GROUP BY partner_id, company_id
),
sent AS (
    SELECT message.recipient_id, message.company_id, message.purpose,
           array_agg(moment.at ORDER BY moment.at) AS moments
      FROM hcrm_communication message
      JOIN (VALUES ('education', 30), ('survey', 90), ('research', 180), ('marketing', 30))
           AS cap (purpose, days) ON cap.purpose = message.purpose
     CROSS JOIN LATERAL (SELECT COALESCE(message.sent_at, message.claimed_at) AS at) moment
     WHERE message.state IN ('claimed', 'sent', 'delivered', 'uncertain')
       AND moment.at > %(at)s::timestamp - make_interval(days => cap.days) AND moment.at <= %(at)s
     GROUP BY message.recipient_id, message.company_id, message.purpose
),
fact AS (
    SELECT reached.*,
           CASE WHEN own.no IS NOT NULL OR other.no IS NOT NULL THEN 'withdrawn'
                WHEN NOT is_other OR guardian_id IS NOT NULL OR EXISTS (
                     SELECT FROM hcrm_relationship relation
                      WHERE relation.partner_id = reached.subject_id
                        AND relation.related_partner_id = reached.recipient_id
                        AND relation.active AND relation.may_receive_messages
                        AND (relation.date_start IS NULL OR relation.date_start <= reached.day)
                        AND (relation.date_end IS NULL OR relation.date_end >= reached.day))
                THEN CASE WHEN own.yes IS NOT NULL THEN 'granted' ELSE 'unknown' END
                WHEN own.yes IS NOT NULL AND other.yes IS NOT NULL THEN 'granted'
                ELSE 'unknown' END AS consent,
           COALESCE(own.no, other.no) & 2147483647 AS refusal_id,
           inside.partner_id IS NOT NULL AS admitted,
           lost.loss_on, topic.is_about_child, topic.is_greeting,
           COALESCE(held.complaint_held, FALSE) OR COALESCE(other_held.complaint_held, FALSE)
           AS complaint_held,
           GREATEST(held.complaint_until, other_held.complaint_until)
           + make_interval(days => CASE reached.purpose WHEN 'marketing' THEN 14 ELSE 0 END)
           AS complaint_until,
           COALESCE(held.hold_held, FALSE) OR COALESCE(other_held.hold_held, FALSE) AS hold_held,
           GREATEST(held.hold_until, other_held.hold_until) AS hold_until,
           COALESCE(held.shared_held, FALSE) OR COALESCE(other_held.shared_held, FALSE)
           AS shared_held,
           GREATEST(held.shared_until, other_held.shared_until) AS shared_until,
           sent.moments, COALESCE(cardinality(sent.moments), 0) AS sent_count,
           cap.maximum, cap.days AS cap_days,
           reached.purpose = 'marketing'
           AND (number_listed.id IS NOT NULL OR mail_listed.id IS NOT NULL) AS blacklisted,
           dead.since::date AS dead_since,
           here.local, here.local::time >= '21:00' OR here.local::time < '08:00' AS quiet
      FROM reached
     CROSS JOIN LATERAL (SELECT %(at)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE zone AS local)
           here
      LEFT JOIN answer own ON own.ref = reached.ref AND NOT own.is_of_other
      LEFT JOIN answer other ON other.ref = reached.ref AND other.is_of_other
      LEFT JOIN hcrm_message_topic topic ON topic.id = reached.topic_id
      LEFT JOIN inside
             ON inside.partner_id = reached.subject_id AND inside.company_id = reached.company_id
      LEFT JOIN lost
             ON lost.partner_id = reached.subject_id AND lost.company_id = reached.company_id
                AND (topic.is_about_child OR topic.is_greeting)
      LEFT JOIN hold held
             ON held.partner_id = reached.subject_id AND held.company_id = reached.company_id
      LEFT JOIN hold other_held
             ON other_held.partner_id = reached.recipient_id
                AND other_held.company_id = reached.company_id
      LEFT JOIN (VALUES ('education', 8, 30), ('survey', 1, 90), ('research', 1, 180),
                        ('marketing', 4, 30)) AS cap (purpose, maximum, days)
             ON cap.purpose = reached.purpose
      LEFT JOIN sent
             ON sent.recipient_id = reached.recipient_id AND sent.purpose = reached.purpose
                AND sent.company_id = reached.company_id
      LEFT JOIN phone_blacklist number_listed
             ON number_listed.number = reached.goes_to AND number_listed.active
                AND reached.channel IN ('sms', 'voice')
      LEFT JOIN mail_blacklist mail_listed
             ON mail_listed.email = reached.goes_to AND mail_listed.active
                AND reached.channel = 'email'
      LEFT JOIN hcrm_dead_address dead
             ON dead.address = reached.goes_to AND dead.channel = reached.channel
                AND dead.active AND dead.since <= %(at)s
    OFFSET 0
)
"""
#: … and what is made of it.
DECISION = """,
-- effects: 1 goes, 4 delay, 5 next channel, 6 refuse; the cap as if the message were the first
effect AS (
    SELECT fact.*, purpose IN ('care', 'service') AS is_care,
           CASE WHEN consent = 'unknown'
                THEN CASE WHEN purpose IN ('care', 'service') OR purpose = 'education' AND asked_for
                          THEN 1 ELSE 6 END END AS e_unknown,
           CASE WHEN consent = 'withdrawn'
                THEN CASE WHEN purpose IN ('care', 'service') THEN 5 ELSE 6 END END AS e_withdrawn,
           CASE WHEN subject_deceased
                THEN CASE WHEN purpose = 'service' AND is_other THEN 1 ELSE 6 END END AS e_subject,
           CASE WHEN recipient_deceased THEN 6 END AS e_recipient,
           CASE WHEN minor_id IS NOT NULL
                THEN CASE WHEN purpose NOT IN ('research', 'marketing') AND guardian_id IS NOT NULL
                          THEN 1 ELSE 6 END END AS e_minor,
           CASE WHEN admitted
                THEN CASE WHEN purpose = 'service' OR purpose = 'care' AND urgent
                          THEN 1 ELSE 4 END END AS e_admitted,
           CASE WHEN is_about_child AND loss_on + 365 > %(at)s::date
                THEN CASE purpose WHEN 'service' THEN 1 ELSE 6 END END AS e_loss,
           CASE WHEN is_greeting AND purpose = 'marketing' AND loss_on + 180 > %(at)s::date
                THEN 6 END AS e_greeting,
           CASE WHEN complaint_held OR complaint_until > %(at)s
                THEN CASE WHEN purpose IN ('care', 'service', 'education') THEN 1 ELSE 4 END END
           AS e_complaint,
           CASE WHEN hold_held OR hold_until > %(at)s
                THEN CASE WHEN purpose IN ('care', 'service') AND urgent THEN 1 ELSE 4 END END
           AS e_hold,
           CASE WHEN shared_held OR shared_until > %(at)s
                THEN CASE purpose WHEN 'marketing' THEN 4 ELSE 1 END END AS e_shared,
           CASE WHEN quiet
                THEN CASE WHEN purpose IN ('care', 'service') AND urgent THEN 1 ELSE 4 END END
           AS e_quiet,
           CASE WHEN sent_count >= maximum THEN 4 END AS e_cap,
           CASE WHEN blacklisted THEN 6 END AS e_listed,
           CASE WHEN profiling AND purpose NOT IN ('care', 'service') THEN 6 END AS e_profiling,
           CASE WHEN goes_to IS NULL THEN 5 END AS e_missing,
           CASE WHEN goes_to IS NOT NULL AND dead_since IS NOT NULL THEN 5 END AS e_dead,
           CASE WHEN expires_at <= %(at)s THEN 6 END AS e_expired,
           ((local::date + CASE WHEN local::time >= '21:00' THEN 1 ELSE 0 END)::timestamp
            + interval '8 hours') AT TIME ZONE zone AT TIME ZONE 'UTC' AS morning
      FROM fact
    OFFSET 0
),
weighed AS MATERIALIZED (
    SELECT effect.*,
           GREATEST(1, e_unknown, e_withdrawn, e_subject, e_recipient, e_minor, e_admitted, e_loss,
                    e_greeting, e_complaint, e_hold, e_shared, e_quiet, e_listed, e_profiling,
                    e_missing, e_dead, e_expired) AS worst
      FROM effect
),
placed AS (
    SELECT *, 1 AS place FROM weighed WHERE worst > 1 OR e_cap IS NOT NULL OR maximum IS NULL
     UNION ALL
    SELECT *, row_number() OVER (PARTITION BY company_id, recipient_id, purpose ORDER BY ref)
      FROM weighed
     WHERE worst = 1 AND e_cap IS NULL AND maximum IS NOT NULL
),
capped AS (
    SELECT placed.*, sent_count + place > maximum AS is_full,
           CASE WHEN sent_count + place - maximum <= sent_count
                THEN moments[sent_count + place - maximum] ELSE %(at)s::timestamp END
           + make_interval(days => cap_days) AS cap_until
      FROM placed
    OFFSET 0
),
settled AS (
    SELECT capped.*, GREATEST(worst, CASE WHEN is_full THEN 4 END) AS verdict,
           GREATEST(CASE WHEN e_admitted = 4 THEN %(at)s::timestamp + interval '24 hours' END,
                    CASE WHEN e_complaint = 4 AND complaint_held
                         THEN %(at)s::timestamp + interval '24 hours'
                         WHEN e_complaint = 4 THEN complaint_until END,
                    CASE WHEN e_hold = 4 AND hold_held
                         THEN %(at)s::timestamp + interval '24 hours'
                         WHEN e_hold = 4 THEN hold_until END,
                    CASE WHEN e_shared = 4 AND shared_held
                         THEN %(at)s::timestamp + interval '24 hours'
                         WHEN e_shared = 4 THEN shared_until END,
                    CASE WHEN e_quiet = 4 THEN morning END,
                    CASE WHEN is_full THEN cap_until END) AS ends_at
      FROM capped
    OFFSET 0
)
SELECT ref,
       CASE verdict WHEN 1 THEN 'allow' WHEN 4 THEN 'delay' WHEN 5 THEN 'next_channel'
                    ELSE 'refuse' END AS verdict,
       CASE WHEN verdict = 4
            THEN CASE WHEN is_care AND urgent THEN ends_at
                      WHEN (ends_at AT TIME ZONE 'UTC' AT TIME ZONE zone)::time >= '21:00'
                      THEN ((ends_at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date
                            + interval '1 day 8 hours') AT TIME ZONE zone AT TIME ZONE 'UTC'
                      WHEN (ends_at AT TIME ZONE 'UTC' AT TIME ZONE zone)::time < '08:00'
                      THEN ((ends_at AT TIME ZONE 'UTC' AT TIME ZONE zone)::date
                            + interval '8 hours') AT TIME ZONE zone AT TIME ZONE 'UTC'
                      ELSE ends_at END END AS until,
       recipient_id, goes_to AS address,
       ('[' || concat_ws(', ',
           CASE e_unknown WHEN 1 THEN '["consent_unknown", {"effect": "allow"}]'
                          WHEN 6 THEN '["consent_unknown", {"effect": "refuse"}]' END,
           CASE e_withdrawn
                WHEN 5 THEN '["consent_withdrawn", {"effect": "next_channel", "task": true, '
                            || '"consent": ' || refusal_id || '}]'
                WHEN 6 THEN '["consent_withdrawn", {"effect": "refuse", "consent": '
                            || refusal_id || '}]' END,
           CASE e_subject WHEN 1 THEN '["subject_deceased", {"effect": "allow"}]'
                          WHEN 6 THEN '["subject_deceased", {"effect": "refuse"}]' END,
           CASE WHEN e_recipient = 6 THEN '["recipient_deceased", {"effect": "refuse"}]' END,
           CASE WHEN e_minor IS NOT NULL
                THEN concat('["minor", {"effect": "',
                            CASE e_minor WHEN 1 THEN 'guardian' ELSE 'refuse' END, '", "child": ',
                            minor_id, ', "guardian": ' || guardian_id,
                            CASE WHEN e_minor = 6 AND (is_care OR purpose = 'education')
                                 THEN ', "task": true' END, '}]') END,
           CASE e_admitted WHEN 1 THEN '["admitted", {"effect": "allow"}]'
                WHEN 4 THEN '["admitted", {"effect": "delay", "until": "'
                            || to_char(%(at)s::timestamp + interval '24 hours',
                                       'YYYY-MM-DD HH24:MI:SS') || '"}]' END,
           CASE e_loss WHEN 1 THEN '["loss_topic", {"effect": "allow", "on": "' || loss_on || '"}]'
                       WHEN 6 THEN '["loss_topic", {"effect": "refuse", "on": "' || loss_on
                                   || '"}]' END,
           CASE e_greeting WHEN 6 THEN '["loss_greeting", {"effect": "refuse", "on": "' || loss_on
                                       || '"}]' END,
           CASE e_complaint WHEN 1 THEN '["complaint", {"effect": "allow"}]'
                WHEN 4 THEN '["complaint", {"effect": "delay", "until": "'
                            || to_char(CASE WHEN complaint_held
                                            THEN %(at)s::timestamp + interval '24 hours'
                                            ELSE complaint_until END, 'YYYY-MM-DD HH24:MI:SS')
                            || '"}]' END,
           CASE e_hold WHEN 1 THEN '["hold", {"effect": "allow"}]'
                WHEN 4 THEN '["hold", {"effect": "delay", "until": "'
                            || to_char(CASE WHEN hold_held
                                            THEN %(at)s::timestamp + interval '24 hours'
                                            ELSE hold_until END, 'YYYY-MM-DD HH24:MI:SS')
                            || '"}]' END,
           CASE e_shared WHEN 1 THEN '["shared_phone", {"effect": "allow"}]'
                WHEN 4 THEN '["shared_phone", {"effect": "delay", "until": "'
                            || to_char(CASE WHEN shared_held
                                            THEN %(at)s::timestamp + interval '24 hours'
                                            ELSE shared_until END, 'YYYY-MM-DD HH24:MI:SS')
                            || '"}]' END,
           CASE e_quiet WHEN 1 THEN '["quiet_hours", {"effect": "allow", "zone": "' || zone || '"}]'
                WHEN 4 THEN '["quiet_hours", {"effect": "delay", "zone": "' || zone
                            || '", "until": "' || to_char(morning, 'YYYY-MM-DD HH24:MI:SS')
                            || '"}]' END,
           CASE WHEN is_full
                THEN '["cap", {"effect": "delay", "sent": ' || sent_count || ', "maximum": '
                     || maximum || ', "days": ' || cap_days || ', "until": "'
                     || to_char(cap_until, 'YYYY-MM-DD HH24:MI:SS') || '"}]' END,
           CASE e_listed WHEN 6 THEN '["blacklist", {"effect": "refuse"}]' END,
           CASE e_profiling WHEN 6 THEN '["profiling", {"effect": "refuse"}]' END,
           CASE WHEN e_missing = 5
                THEN CASE WHEN is_care
                          THEN '["address_missing", {"effect": "next_channel", "task": true}]'
                          ELSE '["address_missing", {"effect": "next_channel"}]' END END,
           CASE WHEN e_dead = 5
                THEN '["address_dead", {"effect": "next_channel", "since": "' || dead_since || '"'
                     || CASE WHEN is_care THEN ', "task": true}]' ELSE '}]' END END,
           CASE WHEN e_expired = 6
                THEN '["expired", {"effect": "refuse", "at": "'
                     || to_char(expires_at, 'YYYY-MM-DD HH24:MI:SS') || '"'
                     || CASE WHEN is_care THEN ', "task": true}]' ELSE '}]' END END
       ) || ']')::jsonb AS reasons
  FROM settled
"""

_KNOWN = """
    ref, company_id, purpose, urgent, asked_for, recipient_id, is_other, consent, refusal_id,
    subject_deceased, recipient_deceased, minor_id, guardian_id, admitted, loss_on, is_about_child,
    is_greeting, complaint_held, complaint_until, hold_held, hold_until, shared_held, shared_until,
    zone, moments, blacklisted, profiling, goes_to, dead_since, expires_at, quiet
"""
JOINS = f"{FACTS} SELECT {_KNOWN} FROM fact"
BARE = FACTS + DECISION
