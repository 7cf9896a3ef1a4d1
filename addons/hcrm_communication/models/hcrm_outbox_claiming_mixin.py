from odoo import api, models
from odoo.tools import SQL

from ..tools.purposes import PURPOSES
from .hcrm_safety_switch import TESTING
from .outbox_clock import now_sql, rehearsal
from .outbox_statements import run_prepared

#: One more than the persons who may share an address.
SHARERS = 1000
#: Who else has the address; named only where there is somebody, as PostgreSQL expects a hundred.
_SHARING = SQL(
    """
    UNION ALL
    SELECT sharer.id::int, sharer.number
      FROM jsonb_array_elements_text(sharers) WITH ORDINALITY AS sharer(id, number)
    """
)


class HcrmOutboxClaimingMixin(models.AbstractModel):
    """Deciding about what is due and claiming what may go, in one statement."""

    _name = "hcrm.outbox.claiming.mixin"
    _description = "Claiming"

    @api.model
    def _claim(self, gateway, purposes, limit, claim):
        """Decide about the next messages of a gateway and claim those that may go; return rows of
        all that were decided.

        They are locked before the big statement, which is run only for some.
        """
        state = self.env["hcrm.safety.switch"]._get_state()
        if not self._may_work(gateway, state):  # somebody closed the outbox since the last batch
            return []
        picked = dict(self.env.execute_query(self._picked_sql(gateway, purposes, limit)))
        if not picked:
            return []
        how = {
            "are_shared": any(picked.values()),
            "is_sandboxed": gateway.sandbox or state in TESTING,
        }
        return run_prepared(
            self.env.cr,
            self._get_claim_key(gateway, limit, **how),
            lambda: self._claim_sql(gateway, limit, **how),
            (list(picked), claim, self._moment()),
        )

    @api.model
    def _get_claim_key(self, gateway, limit, **how):
        """Return all that the statement of :meth:`_claim_sql` is made of.

        Rules of the policy may change between two batches.
        """
        rules = self.env["hcrm.contact.rule"]._get_stamp()
        return gateway.id, limit, *how.items(), rules

    @api.model
    def _picked_sql(self, gateway, purposes, limit):
        """Lock the next messages that are due; (id, does somebody share the address)."""
        return SQL(
            """
            SELECT id, sharers IS NOT NULL
              FROM hcrm_communication
             WHERE company_id = %(company)s AND channel = %(channel)s AND state = 'waiting'
               AND priority = ANY(%(levels)s) AND next_at <= %(now)s
               AND purpose = ANY(%(purposes)s) %(rehearsed)s
             ORDER BY priority, next_at, id
             LIMIT %(limit)s
               FOR UPDATE SKIP LOCKED
            """,
            company=gateway.company_id.id,
            channel=gateway.channel,
            levels=sorted({0, *(PURPOSES[code].priority for code in purposes)}),
            now=now_sql(),
            purposes=list(purposes),
            rehearsed=SQL("AND id > %s", rehearsal().after_id) if rehearsal() else SQL(),
            limit=limit,
        )

    @api.model
    def _claim_sql(self, gateway, limit, are_shared, is_sandboxed):
        """Decide and mark in one statement, so that nothing comes between.

        ``$1`` are the messages, ``$2`` the claim, ``$3`` the moment. The statement is planned
        without them: ``limit`` tells PostgreSQL how many there may be.
        """
        return SQL(
            """
            WITH picked AS MATERIALIZED (
                SELECT due.*, COALESCE(asked_recipient_id, recipient_id) AS wanted_id
                  FROM generate_series(1, %(limit)s) AS place
                  JOIN hcrm_communication AS due ON due.id = ($1::int[])[place]
            ), decided AS MATERIALIZED (%(decided)s)
            UPDATE hcrm_communication AS message
               SET state = CASE
                       WHEN verdict = 'allow' THEN 'claimed'
                       WHEN verdict = 'refuse' THEN 'refused'
                       WHEN verdict = 'next_channel' AND message.channels_left IS NULL THEN 'failed'
                       ELSE 'waiting' END,
                   next_at = CASE WHEN verdict = 'delay' THEN decided.until
                                  ELSE message.next_at END,
                   channel = CASE WHEN verdict = 'next_channel' AND message.channels_left <> ''
                                  THEN split_part(message.channels_left, ',', 1)
                                  ELSE message.channel END,
                   channels_left = CASE WHEN verdict = 'next_channel'
                       THEN NULLIF(substr(message.channels_left,
                                   strpos(message.channels_left || ',', ',') + 1), '')
                       ELSE message.channels_left END,
                   failure_code = CASE WHEN verdict = 'next_channel'
                                        AND message.channels_left IS NULL
                                       THEN 'no_address' ELSE decided.failure_code END,
                   settled_at = CASE WHEN verdict = 'refuse'
                                       OR verdict = 'next_channel'
                                          AND message.channels_left IS NULL
                                     THEN %(now)s END,
                   is_untold = message.res_model IS NOT NULL AND verdict <> 'allow',
                   recipient_id = COALESCE(decided.recipient_id, picked.wanted_id),
                   asked_recipient_id = CASE
                       WHEN decided.recipient_id <> picked.wanted_id THEN picked.wanted_id END,
                   address_stored = decided.address, reasons = decided.reasons,
                   body_stored = COALESCE(
                       message.texts_stored -> message.channel ->> 'body', message.body_stored),
                   subject_line_stored = COALESCE(
                       message.texts_stored -> message.channel ->> 'subject_line',
                       message.subject_line_stored),
                   claim = CASE WHEN verdict = 'allow' THEN %(claim)s ELSE message.claim END,
                   claimed_at = CASE WHEN verdict = 'allow' THEN %(now)s
                                     ELSE message.claimed_at END,
                   gateway_id = %(gateway)s, is_sandboxed = %(sandboxed)s,
                   wants_person = message.purpose = 'care' AND %(wants_person)s
                                  AND (verdict = 'refuse' OR verdict = 'next_channel'
                                                             AND message.channels_left IS NULL),
                   attempts = message.attempts + CASE WHEN verdict = 'allow' THEN 1 ELSE 0 END
              FROM decided
              JOIN picked ON picked.id = decided.id
               -- they are locked; said so that no plan reads the whole queue for it
             WHERE message.id = picked.id AND message.state || '' = 'waiting'
         RETURNING message.id, message.state, message.ref, message.purpose, message.priority,
                   message.attempts, message.channels_left, message.address_stored,
                   message.is_sandboxed,
                   message.subject_line_stored, message.body_stored, message.html_stored,
                   message.headers_stored
            """,
            now=SQL("$3::timestamp"),
            limit=limit,
            decided=self._decided_sql(are_shared, SQL("date_trunc('second', $3::timestamp)")),
            claim=SQL("$2::int"),
            gateway=gateway.id,
            sandboxed=is_sandboxed,
            wants_person=self._wants_person_sql(),
        )

    @api.model
    def _decided_sql(self, are_shared, at, without=()):
        """Decide about ``picked`` at ``at``, a moment or SQL: a row for each, with its id.

        An address that several persons share gets the strictest decision of all of them: each is a
        candidate of its own, numbered within its message.
        """
        candidates = SQL(
            """
            SELECT picked.id::bigint * %(room)s + person.number AS ref, company_id,
                   CASE person.number WHEN 0 THEN subject_id ELSE person.id END AS subject_id,
                   person.id AS recipient_id, purpose, topic_id, channel,
                   is_urgent AS urgent, is_asked_for AS asked_for, is_mined AS mined,
                   is_rating AS exempt_survey, expires_at, address_asked_stored AS address
              FROM picked
        CROSS JOIN LATERAL (SELECT wanted_id AS id, 0 AS number %(sharers)s) AS person
             WHERE is_outside IS NOT TRUE
            """,
            room=SHARERS,
            sharers=_SHARING if are_shared else SQL(),
        )
        return SQL(
            """
            (SELECT DISTINCT ON (ref / %(room)s) ref / %(room)s AS id, verdict, until,
                   CASE WHEN ref %% %(room)s = 0 THEN recipient_id END AS recipient_id,
                   address, reasons, NULL AS failure_code
              FROM (%(decision)s) AS verdicts
          ORDER BY ref / %(room)s,
                   ref %% %(room)s = 0 OR verdict IN ('refuse', 'delay')
                   OR reasons @> '[["consent_withdrawn", {"effect": "next_channel"}]]' DESC,
                   array_position(ARRAY['refuse', 'delay', 'next_channel', 'allow'], verdict),
                   until DESC NULLS LAST, ref)
             UNION ALL
            SELECT picked.id, CASE WHEN %(is_customer)s THEN 'refuse' ELSE 'allow' END, NULL,
                   recipient_id, address_asked_stored, '[]'::jsonb,
                   CASE WHEN %(is_customer)s THEN 'belongs_to_customer' END
              FROM picked
             WHERE is_outside
            """,
            room=SHARERS,
            decision=self.env["hcrm.contact.policy"]._decision_sql(candidates, at, without=without),
            is_customer=self.env["hcrm.address.book"]._has_number_sql(),
        )

    @api.model
    def _moment(self):
        """Return PostgreSQL's moment: a worker's host may be minutes behind a withdrawal."""
        [(moment,)] = self.env.execute_query(SQL("SELECT %s", now_sql()))
        return moment
