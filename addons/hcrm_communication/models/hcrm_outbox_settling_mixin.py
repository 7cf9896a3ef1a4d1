import logging

from odoo import api, models
from odoo.tools import SQL

from ..tools.purposes import PURPOSES
from .outbox_clock import now_sql, rehearsal
from .outbox_locks import CLAIM_LOCK

_logger = logging.getLogger(__name__)

EXPIRE_BATCH = 5000
TELL_BATCH = 500
#: A far end that takes messages and never says so must not fill somebody's telephone; that our
#: own workers died is no sign of that.
MOST_REPEATS = 3


class HcrmOutboxSettlingMixin(models.AbstractModel):
    """What ends without a sending: expiry, claims of the dead, the uncertain; telling askers."""

    _name = "hcrm.outbox.settling.mixin"
    _description = "Settling"

    @api.model
    def _settle(self, locks, commit):
        """Bring in order what former workers left; before this worker claims anything."""
        self._expire()
        self._find_dead_claims(locks)
        self._between(commit)
        self._inquire(commit)
        self._collect_reports(commit)
        self._settle_uncertain()

    @api.model
    def _forget_secrets(self):
        """Keep no code and no link that opens an account longer than it takes to send it."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET body_stored = '', html_stored = NULL, texts_stored = NULL
                 WHERE is_secret AND body_stored <> ''
                   AND state IN ('sent', 'delivered', 'expired', 'cancelled')
                """
            )
        )

    @api.model
    def _expire(self):
        """End what is too late to be worth sending."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET state = 'expired', settled_at = %(now)s,
                       is_untold = res_model IS NOT NULL,
                       wants_person = purpose = 'care' AND company_id = ANY(%(companies)s)
                 WHERE id = ANY (ARRAY(
                       SELECT id FROM hcrm_communication
                        WHERE state = 'waiting' AND expires_at <= %(now)s %(rehearsed)s
                        LIMIT %(limit)s
                          FOR UPDATE SKIP LOCKED))
                """,
                now=now_sql(),
                companies=self._get_companies_that_call(),
                rehearsed=SQL("AND id > %s", rehearsal().after_id) if rehearsal() else SQL(),
                limit=EXPIRE_BATCH,
            )
        )

    @api.model
    def _find_dead_claims(self, locks):
        """Mark *uncertain* what belongs to a worker that is no more: its lock is free."""
        claims = self.env.execute_query(
            SQL("SELECT DISTINCT claim FROM hcrm_communication WHERE state = 'claimed'")
        )
        for (claim,) in claims:
            locks.execute("SELECT pg_try_advisory_lock(%s, %s)", (CLAIM_LOCK, claim))
            if not locks.fetchone()[0]:
                continue
            self._mark_uncertain(claim)
            locks.execute("SELECT pg_advisory_unlock(%s, %s)", (CLAIM_LOCK, claim))

    @api.model
    def _mark_uncertain(self, claim):
        rows = self.env.execute_query_dict(
            SQL(
                """
                UPDATE hcrm_communication AS message
                   SET state = 'uncertain', failure_code = 'worker_died',
                       next_at = %(now)s
                               + gateway.settle_minutes * interval '1 minute'
                  FROM hcrm_gateway AS gateway
                 WHERE gateway.id = message.gateway_id
                   AND message.state = 'claimed' AND message.claim = %(claim)s
             RETURNING message.id, message.channel, message.gateway_id, 'unknown' AS status,
                       'worker_died' AS code
                """,
                now=now_sql(),
                claim=claim,
            )
        )
        self._save_attempts(rows)
        if rows:
            _logger.warning("%s messages of a worker that died are uncertain", len(rows))

    @api.model
    def _settle_uncertain(self):
        """Apply the written rule to what stayed uncertain.

        A receipt would have settled it meanwhile. Care and service are repeated under the same
        reference: a reminder twice is better than none. The rest is left to a person: nobody is
        advertised to twice by mistake.
        """
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH due AS (
                    SELECT message.id, message.purpose = ANY(%(repeating)s)
                           AND message.attempts < gateway.max_attempts
                           AND (SELECT count(*) FROM hcrm_communication_attempt AS attempt
                                 WHERE attempt.communication_id = message.id
                                   AND attempt.status = 'unknown'
                                   AND attempt.code <> 'worker_died') <= %(repeats)s
                           AND message.expires_at > %(now)s AS repeats
                      FROM hcrm_communication AS message
                      JOIN hcrm_gateway AS gateway ON gateway.id = message.gateway_id
                     WHERE message.state = 'uncertain'
                       AND message.next_at <= %(now)s
                     LIMIT %(limit)s
                       FOR UPDATE OF message SKIP LOCKED
                )
                UPDATE hcrm_communication AS message
                   SET state = CASE WHEN repeats THEN 'waiting' ELSE 'failed' END,
                       failure_code = CASE WHEN repeats THEN NULL ELSE 'not_repeated' END,
                       settled_at = CASE WHEN repeats THEN NULL ELSE %(now)s END,
                       is_untold = res_model IS NOT NULL AND NOT repeats,
                       wants_person = message.purpose = 'care' AND NOT repeats
                  FROM due
                 WHERE message.id = due.id
             RETURNING message.id, message.channel, message.gateway_id,
                       CASE WHEN repeats THEN 'repeated' ELSE 'given_up' END AS status,
                       message.failure_code AS code
                """,
                now=now_sql(),
                repeating=[code for code, purpose in PURPOSES.items() if purpose.repeats],
                repeats=MOST_REPEATS,
                limit=EXPIRE_BATCH,
            )
        )
        self._save_attempts(rows)

    # TELLING

    @api.model
    def _tell_askers(self, commit):
        """Tell askers what became of their messages, each once, however often we are killed.

        Who could not listen is told again a minute later: the mark stands again in the same
        transaction that took it away.
        """
        while rows := self._find_untold():
            by_model = {}
            for row in rows:
                by_model.setdefault(row["res_model"], []).append(row)
            for model_name, events in by_model.items():
                self._keep_untold(self._tell_model(model_name, events))
            self._between(commit)

    @api.model
    def _find_untold(self):
        return self.env.execute_query_dict(
            SQL(
                """
                UPDATE hcrm_communication SET is_untold = FALSE, tell_after = NULL
                 WHERE id = ANY (ARRAY(
                       SELECT id FROM hcrm_communication
                        WHERE is_untold AND (tell_after IS NULL OR tell_after <= %(now)s)
                        ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
             RETURNING id AS communication_id, res_model, res_id, state AS event
                """,
                now=now_sql(),
                limit=TELL_BATCH,
            )
        )

    @api.model
    def _keep_untold(self, events):
        """Note who could not listen, for another time."""
        if not events:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE hcrm_communication
                   SET is_untold = TRUE, tell_after = %(now)s + interval '1 minute'
                 WHERE id = ANY(%(ids)s)
                """,
                now=now_sql(),
                ids=[event["communication_id"] for event in events],
            )
        )

    @api.model
    def _tell_model(self, model_name, events):
        """Return the events that the asker failed on: its mistake must not stop the outbox.

        One message that it cannot bear must not keep the others from being told.
        """
        model = self.env.get(model_name)
        if model is None or not hasattr(model, "_hcrm_on_communications"):
            return []
        try:
            with self.env.cr.savepoint():
                model._hcrm_on_communications(events)
        except Exception:  # pylint: disable=broad-except
            if len(events) > 1:
                half = len(events) // 2
                parts = events[:half], events[half:]
                return [event for part in parts for event in self._tell_model(model_name, part)]
            _logger.exception("%s could not be told about message %s", model_name, events[0])
            return events
        return []
