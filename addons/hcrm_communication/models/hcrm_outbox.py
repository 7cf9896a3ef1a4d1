import logging
import time
from contextlib import contextmanager, suppress

import psycopg2

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.purposes import PURPOSES
from .outbox_clock import now_sql, rehearsal
from .outbox_connections import keep_connections
from .outbox_locks import CAP_LOCK, CLAIM_LOCK
from .outbox_statements import keep_statements, run_prepared

_logger = logging.getLogger(__name__)

#: Purposes whose number of messages is limited: claimed by one worker of a hospital at a time, so
#: that two messages never both see room for one.
UNCAPPED = ("care", "service")
#: One more than the persons who may share an address.
SHARERS = 1000
#: A dry run knows no rate limits.
REHEARSAL_BATCH = 5000


#: Who else has the address; named only where there is somebody, as PostgreSQL expects a hundred.
_SHARING = SQL(
    """
    UNION ALL
    SELECT sharer.id::int, sharer.number
      FROM jsonb_array_elements_text(sharers) WITH ORDINALITY AS sharer(id, number)
    """
)


class HcrmOutbox(models.AbstractModel):
    """Workers that empty the outbox; any number of them, in any process.

    A round of one gateway: take from its rate limit · decide and claim in one statement · commit ·
    hand over · commit what became of it. Each worker holds a lock per claim on a connection of its
    own. When a worker dies, its lock goes with it, and the next worker marks the claim *uncertain*
    at once instead of guessing from a clock.
    """

    _name = "hcrm.outbox"
    _description = "Outbox"
    _inherit = [
        "hcrm.outbox.platform.mixin",
        "hcrm.outbox.sending.mixin",
        "hcrm.outbox.settling.mixin",
        "hcrm.outbox.receipt.mixin",
        "hcrm.outbox.inquiry.mixin",
        "hcrm.outbox.task.mixin",
        "hcrm.outbox.voice.mixin",
    ]

    @api.model
    def _cron_drain(self):
        """Send what is due as far as the time goes; never raises."""
        commit_progress = self.env["ir.cron"]._commit_progress
        try:
            while (done := self._drain(seconds=20)) and commit_progress(done, remaining=done):
                pass
        except psycopg2.Error:
            _logger.exception("The outbox lost its database")
            return
        except Exception:  # pylint: disable=broad-except
            _logger.exception("The outbox stopped: it goes on with the next run")
            self.env.cr.rollback()
        commit_progress(remaining=0)

    @api.model
    def _trigger(self, at=None):
        """Wake the workers, now or at ``at`` (naive UTC)."""
        for number in (1, 2):
            cron = self.env.ref(f"hcrm_communication.ir_cron_outbox_{number}", False)
            if cron:
                cron.sudo()._trigger(at=at if at and at > self.env.cr.now() else None)

    @api.model
    def _drain(self, seconds=None, commit=True):
        """Send until nothing is due, or for ``seconds``; return how many messages were handled.

        :param commit: False keeps everything in the caller's transaction (tests, dry runs)
        """
        end = None if seconds is None else time.monotonic() + seconds
        outbox = self.sudo()
        total = 0
        with outbox._locks() as locks, keep_connections(), keep_statements(self.env.cr):
            outbox._between(commit)
            outbox._settle(locks, commit)
            outbox._between(commit)
            # a message that one gateway could not take may wait for another now: whole passes
            while done := outbox._pass(end, locks, commit):
                total += done
            outbox._forget_secrets()
            outbox._tell_askers(commit)
            outbox._ask_people(commit, end)
        return total

    @api.model
    def _pass(self, end, locks, commit):
        """One batch of each gateway, until ``end`` of the monotonic clock."""
        return sum(
            self._round(gateway, locks, commit)
            for gateway in self._find_gateways()
            if end is None or time.monotonic() < end
        )

    @contextmanager
    def _locks(self):
        """Give a connection whose end, polite or not, frees the locks taken on it.

        A connection that goes back to the pool would keep them: they are given back by hand.
        """
        with self.env.registry.cursor() as cr:
            try:
                yield cr
            finally:
                with suppress(psycopg2.Error):  # a connection that is gone holds none
                    cr.execute("SELECT pg_advisory_unlock_all()")

    @api.model
    def _between(self, commit):
        """End a step. The next one sees what others committed, and waits instead of failing where
        two write the same row: every statement of the outbox says itself in which state it
        expects a row.
        """
        self.env.flush_all()
        if commit:
            self.env.cr.commit()  # pylint: disable=invalid-commit
            self.env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        self.env.invalidate_all()

    @api.model
    def _find_gateways(self):
        """Return the gateways that may work: see :class:`hcrm.safety.switch`."""
        gateways = self.env["hcrm.gateway"].search(Domain.TRUE)
        return gateways.filtered(self._may_work)

    @api.model
    def _may_work(self, gateway):
        """False for a gateway that stands still; a rehearsal hands nothing over anyway."""
        state = "open" if rehearsal() else self.env["hcrm.safety.switch"]._get_state()
        return state in ("open", "neutralized") or (state == "unopened" and gateway.sandbox)

    @api.model
    def _round(self, gateway, locks, commit):
        """One batch of one gateway; return how many messages left the queue or moved in it."""
        meter = self.env["hcrm.gateway.meter"]
        allowance = REHEARSAL_BATCH if rehearsal() else meter._take(gateway, gateway.batch)
        self._between(commit)
        if not allowance:
            return 0
        handled = 0
        for purposes in self._get_carried(gateway):
            if allowance <= 0:
                break
            moved, left = self._carry(gateway, purposes, allowance, locks, commit)
            handled += moved
            allowance -= left
        if allowance and not rehearsal():
            meter._give_back(gateway, allowance)
            self._between(commit)
        return handled

    @api.model
    def _carry(self, gateway, purposes, limit, locks, commit):
        """Claim and hand over; return how many messages were decided, and how many went."""
        with self._claiming(locks) as claim:
            with (
                self._counting(gateway, purposes, locks) as mine,
                self._lines(gateway, limit, locks, commit) as room,
            ):
                if not mine or not room:
                    return 0, 0
                self._between(commit)
                rows = self._claim(gateway, purposes, room, claim)
                rows = self._plan_calls(gateway, claim, rows)
                self._between(commit)
            messages = [row for row in rows if row["state"] == "claimed"]
            if messages:
                self._hand_over(gateway, claim, messages, commit)
        return len(rows), len(messages)

    @contextmanager
    def _claiming(self, locks):
        """Give the number of a new claim; its lock is held while the claim lives, and no longer."""
        [(claim,)] = self.env.execute_query(SQL("SELECT nextval('hcrm_communication_claim_seq')"))
        if rehearsal():  # nobody else will ever see it
            yield claim
            return
        locks.execute("SELECT pg_advisory_lock(%s, %s)", (CLAIM_LOCK, claim))
        try:
            yield claim
        finally:
            with suppress(psycopg2.Error):  # a connection that is gone holds none
                locks.execute("SELECT pg_advisory_unlock(%s, %s)", (CLAIM_LOCK, claim))

    @api.model
    def _get_carried(self, gateway):
        """Return groups of purposes, the most important first."""
        carried = [
            purpose.code
            for purpose in PURPOSES.values()
            if (
                gateway.carries_marketing
                if purpose.code == "marketing"
                else gateway.carries_service
            )
        ]
        groups = (
            [code for code in carried if code in UNCAPPED],
            [code for code in carried if code not in UNCAPPED],
        )
        return [group for group in groups if group]

    @contextmanager
    def _counting(self, gateway, purposes, locks):
        """True for who may claim these purposes now."""
        if purposes[0] in UNCAPPED or rehearsal():
            yield True
            return
        key = (CAP_LOCK, gateway.company_id.id)
        locks.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        mine = locks.fetchone()[0]
        try:
            yield mine
        finally:
            if mine:
                locks.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    @api.model
    def _claim(self, gateway, purposes, limit, claim):
        """Decide about the next messages of a gateway and claim those that may go; return rows of
        all that were decided.

        They are locked before the big statement, which is run only for some.
        """
        if not self._may_work(gateway):  # somebody closed the outbox since the last batch
            return []
        picked = dict(self.env.execute_query(self._picked_sql(gateway, purposes, limit)))
        if not picked:
            return []
        how = {
            "are_shared": any(picked.values()),
            "is_sandboxed": gateway.sandbox or self.env["hcrm.safety.switch"]._is_test_mode(),
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
