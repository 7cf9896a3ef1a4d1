"""What the persons of P11 have said and been through, and what is asked about them: by SQL.

A hundredth is known under two names, a hundredth of the messages goes to somebody else, a third of
the children have a guardian who gets theirs; some lie in hospital, died, lost a pregnancy, are
left alone, live elsewhere. So every reason of the policy holds for somebody.
"""

#: (what, statement); ``%(company)s`` is the hospital, ``persons`` the customers among contacts.
STATEMENTS = (
    """
    CREATE TEMPORARY TABLE persons AS
    SELECT id, birth_date > CURRENT_DATE - interval '14 years' AS is_child,
           row_number() OVER (
               PARTITION BY birth_date > CURRENT_DATE - interval '14 years' ORDER BY id) AS number
      FROM res_partner
     WHERE is_customer_person IS TRUE AND canonical_id IS NULL
    """,
    "ANALYZE persons",
    """
    INSERT INTO hcrm_consent (partner_id, company_id, purpose, channel, status, method,
                              decided_at, recorded_at, user_id)
    SELECT id, %(company)s, said.purpose, said.channel, said.status, 'import',
           date_trunc('second', now() AT TIME ZONE 'UTC')
           - make_interval(days => 1 + (id * 7) %% 300), now() AT TIME ZONE 'UTC', 1
      FROM persons
      JOIN (VALUES ('care', NULL, 'granted', 3), ('marketing', NULL, 'granted', 2),
                   ('marketing', 'sms', 'withdrawn', 9), ('education', NULL, 'granted', 2),
                   ('survey', NULL, 'granted', 2), ('care', 'sms', 'withdrawn', 50))
           AS said (purpose, channel, status, share) ON id %% said.share = 0
    """,
    # names of one person, some behind another one; what the first of them refused is undone
    """
    UPDATE res_partner SET canonical_id = id - 1, active = FALSE
     WHERE id IN (SELECT id FROM persons) AND id - 1 IN (SELECT id FROM persons)
       AND (id %% 100 = 7 OR id %% 1000 = 8)
       AND id NOT IN (SELECT related_partner_id FROM hcrm_relationship)
    """,
    """
    INSERT INTO hcrm_merge_log (survivor_id, absorbed_id, user_id, state, merged_at)
    SELECT id - 1, id, 1, CASE id %% 200 WHEN 13 THEN 'undone' ELSE 'done' END, now()
      FROM persons WHERE id %% 100 = 13 AND id - 1 IN (SELECT id FROM persons)
    """,
    """
    INSERT INTO hcrm_consent (partner_id, company_id, purpose, status, method, merge_log_id,
                              decided_at, recorded_at, user_id)
    SELECT survivor_id, %(company)s, purpose, 'withdrawn', 'import', log.id,
           date_trunc('second', now() AT TIME ZONE 'UTC') - interval '2 hours',
           now() AT TIME ZONE 'UTC', 1
      FROM hcrm_merge_log log,
           unnest(ARRAY['care', 'service', 'education', 'survey', 'marketing']) AS purpose
     WHERE survivor_id IN (SELECT id FROM persons) AND absorbed_id %% 100 = 13
    """,
    """
    INSERT INTO hcrm_relationship (partner_id, related_partner_id, relation, active,
                                   may_receive_messages, may_consent)
    SELECT child.id, grown.id, CASE child.id %% 4 WHEN 0 THEN 'grandparent' ELSE 'parent' END, TRUE,
           TRUE, TRUE
      FROM persons child
      JOIN persons grown ON grown.number = child.number AND NOT grown.is_child
     WHERE child.is_child AND child.number %% 3 = 0
       AND grown.id NOT IN (SELECT id FROM res_partner WHERE canonical_id IS NOT NULL)
        ON CONFLICT DO NOTHING
    """,
    """
    UPDATE res_partner
       SET is_deceased = id %% 250 = 11 OR is_deceased,
           death_date = CASE WHEN id %% 500 = 11 THEN CURRENT_DATE - 90 ELSE death_date END,
           profiling_refused = id %% 30 = 4,
           tz = CASE WHEN id %% 50 = 1 THEN 'America/New_York'
                     WHEN id %% 50 = 2 THEN 'Asia/Shanghai' ELSE tz END
     WHERE id IN (SELECT id FROM persons)
       AND (id %% 250 = 11 OR id %% 30 = 4 OR id %% 50 IN (1, 2))
    """,
    """
    UPDATE hcrm_encounter
       SET encounter_class = 'inpatient',
           state = CASE id %% 300 WHEN 4 THEN 'in_progress' ELSE 'finished' END,
           started_at = now() AT TIME ZONE 'UTC' - interval '2 days',
           ended_at = CASE WHEN id %% 300 = 5 THEN now() AT TIME ZONE 'UTC' + interval '2 days' END
     WHERE id %% 300 IN (4, 5)
    """,
    """
    INSERT INTO hcrm_diagnosis (partner_id, company_id, code, name, kind, recorded_at)
    SELECT id, %(company)s, CASE id %% 600 WHEN 301 THEN 'Z34.900' ELSE 'O03.900' END, 'P11',
           'final', now() AT TIME ZONE 'UTC' - make_interval(days => (id %% 500)::int)
      FROM persons WHERE id %% 300 IN (0, 1, 5)
     UNION ALL
    SELECT id, %(company)s, 'O03.900', 'P11', 'final',
           now() AT TIME ZONE 'UTC' - make_interval(days => (id %% 500)::int + 60)
      FROM persons WHERE id %% 600 IN (301, 111)
    """,
    """
    INSERT INTO hcrm_contact_hold (partner_id, company_id, code, since, until, active)
    SELECT id, %(company)s,
           (ARRAY['complaint', 'complaint', 'hold', 'shared_phone'])[1 + (id / 500) %% 4],
           now() AT TIME ZONE 'UTC' - interval '20 days',
           CASE (id / 500) %% 3 WHEN 0 THEN now() AT TIME ZONE 'UTC' + interval '3 days'
                                WHEN 1 THEN now() AT TIME ZONE 'UTC' - interval '6 days' END, TRUE
      FROM persons WHERE id %% 500 IN (0, 1, 2)
    """,
    """
    INSERT INTO phone_blacklist (number, active)
    SELECT DISTINCT phone_stored, TRUE FROM res_partner
     WHERE phone_stored LIKE '+%%' AND id %% 40 = 0
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO mail_blacklist (email, active)
    SELECT DISTINCT email_normalized, TRUE FROM res_partner
     WHERE email_normalized <> '' AND id %% 20 = 0
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO hcrm_dead_address (channel, address, since, active)
    SELECT DISTINCT 'sms', phone_stored, now() AT TIME ZONE 'UTC' - interval '9 days', TRUE
      FROM res_partner
     WHERE phone_stored LIKE '+%%' AND id %% 200 = 9
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO hcrm_communication (
           subject_id, recipient_id, company_id, purpose, message_class, priority,
           idempotency_key, ref, due_at, next_at, shown_at, channel, state, sent_at)
    SELECT id, id, %(company)s, purpose, purpose, 90, concat_ws('/', 'bench', purpose, n, id),
           md5(concat_ws('/', 'bench', purpose, n, id)), at, at, at, 'sms', 'sent', at
      FROM persons, generate_series(1, 3) AS n,
           LATERAL (SELECT CASE id %% 12 WHEN 0 THEN 'survey' ELSE 'marketing' END AS purpose,
                           date_trunc('second', now() AT TIME ZONE 'UTC')
                           - make_interval(days => n * 9) AS at) moment
     WHERE id %% 4 = 0
    """,
)

#: Who is to be written to: mostly by SMS, about other things than pregnancy and children.
ASKED = """
    SELECT row_number() OVER (ORDER BY id) AS ref, %(company)s AS company_id, id AS subject_id,
           CASE WHEN id %% 100 = 3 THEN lead(id) OVER (ORDER BY id) ELSE id END AS recipient_id,
           said.purpose,
           (SELECT min(topic.id) FROM hcrm_message_topic topic
             WHERE topic.code = CASE WHEN said.is_special THEN said.special ELSE said.usual END)
           AS topic_id,
           CASE WHEN id %% 10 < 8 THEN 'sms' WHEN id %% 10 = 8 THEN 'email' ELSE 'voice' END
           AS channel,
           id %% 9 = 0 AS urgent, id %% 8 = 0 AS asked_for, id %% 7 = 0 AS mined,
           id %% 11 = 0 AS exempt_survey,
           CASE id %% 300 WHEN 1 THEN now() AT TIME ZONE 'UTC' - interval '2 days'
                          WHEN 2 THEN now() AT TIME ZONE 'UTC' + interval '2 days' END
           AS expires_at,
           CASE WHEN id %% 120 = 5 THEN '+8613900000001' END AS address
      FROM res_partner
 CROSS JOIN LATERAL (
           SELECT (ARRAY['care', 'care', 'service', 'education', 'survey', 'marketing'])
                  [1 + id %% 6] AS purpose,
                  id / 6 %% 10 = 0 AS is_special,
                  (ARRAY['child', 'child', 'account', 'child_knowledge', 'satisfaction',
                         'greeting'])[1 + id %% 6] AS special,
                  (ARRAY['follow_up', 'appointment', 'account', 'health_knowledge',
                         'satisfaction', 'news'])[1 + id %% 6] AS usual) said
     WHERE is_customer_person IS TRUE
     LIMIT %(size)s
"""


def fill(env):
    """Answers, names, guardians, stays, losses, holds, a year of messages."""
    for statement in STATEMENTS:
        env.cr.execute(statement, {"company": env.company.id})
