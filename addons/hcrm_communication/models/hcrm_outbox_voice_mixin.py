from contextlib import contextmanager
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools import gateway as gateways
from ..tools.asterisk_gateway import channel_ref
from ..tools.purposes import PURPOSES
from ..tools.voice.causes import is_wrong_number
from ..tools.voice.retry import next_try
from .hcrm_outbox_receipt_mixin import _IN_DOUBT
from .outbox_clock import now, now_sql, rehearsal
from .outbox_locks import LINES_LOCK

#: A number that is being called, or was called often enough, waits so many minutes.
BUSY_MINUTES = 10
#: So often a message whose call got lost is spoken again.
MOST_LOST = 3
#: How a call ended, as a failure of its message; ``answered`` and not heard: hung up in the middle.
CODES = {
    "busy": "line_busy",
    "no_answer": "not_picked_up",
    "machine": "machine",
    "rejected": "turned_away",
    "failed": "no_line",
    "answered": "hung_up",
    "abandoned": "hung_up",
}


class HcrmOutboxVoiceMixin(models.AbstractModel):
    """What is special about messages that are spoken: lines are few, numbers are left in peace,
    and how it went is known when the call is over.
    """

    _name = "hcrm.outbox.voice.mixin"
    _description = "Calls of the Outbox"

    # BEFORE

    @contextmanager
    def _lines(self, gateway, limit, locks, commit):
        """Give how many messages may be claimed: as many as lines are free, by one worker of a
        hospital at a time, until the calls are written down.
        """
        if gateway.kind != "asterisk" or gateway.sandbox or rehearsal():
            yield limit
            return
        key = (LINES_LOCK, gateway.company_id.id)
        locks.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if not locks.fetchone()[0]:
            yield 0
            return
        try:
            self._between(commit)  # sees the calls of who held the lock before
            yield min(limit, self._count_free_lines(gateway))
        finally:
            locks.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    @api.model
    def _count_free_lines(self, gateway):
        [(taken,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM hcrm_call WHERE gateway_id = %s AND state <> 'ended'",
                gateway.id,
            )
        )
        return max(0, gateway.lines - taken)

    @api.model
    def _plan_calls(self, gateway, claim, rows):
        """Write down the calls that claimed messages are about to be; return all rows.

        A number that is being called, or was called often enough today, is left in peace.
        """
        claimed = [row for row in rows if row["state"] == "claimed" and not row["is_sandboxed"]]
        if gateway.kind != "asterisk" or not claimed or rehearsal():
            return rows
        waits = self._find_waits(gateway, claimed)
        for row in claimed:
            if row["id"] in waits:
                row["state"] = "waiting"
        self._put_off_claimed(gateway, waits)
        self._create_calls(gateway, claim, [row for row in claimed if row["id"] not in waits])
        return rows

    @api.model
    def _find_waits(self, gateway, rows):
        """Return {message id: minutes} for numbers that are not called now."""
        told = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT number_stored,
                           CASE WHEN bool_or(state <> 'ended') THEN %(soon)s
                                WHEN count(*) >= %(most)s
                                THEN 1 + EXTRACT(EPOCH FROM min(started_at) + interval '1 day'
                                                            - %(now)s)::int / 60 END
                      FROM hcrm_call
                     WHERE company_id = %(company)s AND number_stored = ANY(%(numbers)s)
                       AND (state <> 'ended' OR started_at > %(now)s - interval '1 day'
                                                AND program = 'message')
                  GROUP BY number_stored
                    """,
                    soon=BUSY_MINUTES,
                    most=gateway.calls_a_day,
                    now=now_sql(),
                    company=gateway.company_id.id,
                    numbers=[row["address_stored"] for row in rows],
                )
            )
        )
        waits, seen = {}, set()
        for row in rows:
            number = row["address_stored"]
            wait = told.get(number) or (number in seen and BUSY_MINUTES)
            if wait:
                waits[row["id"]] = wait
            seen.add(number)
        return waits

    @api.model
    def _put_off_claimed(self, gateway, waits):
        """Nobody was called: the try costs nothing."""
        for message_id, minutes in waits.items():
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE hcrm_communication
                       SET state = 'waiting', attempts = attempts - 1, next_at = %s,
                           failure_code = 'number_rests'
                     WHERE id = %s AND state = 'claimed'
                    """,
                    self._find_hour(gateway, minutes),
                    message_id,
                )
            )

    @api.model
    def _create_calls(self, gateway, claim, rows):
        messages = self.env["hcrm.communication"].browse([row["id"] for row in rows])
        messages.invalidate_recordset()
        self.env["hcrm.call"].create(
            [
                {
                    "channel_ref": channel_ref(row["ref"], claim),
                    "direction": "out",
                    "gateway_id": gateway.id,
                    "company_id": gateway.company_id.id,
                    "number_stored": row["address_stored"],
                    "partner_id": message.recipient_id.id,
                    "purpose": message.purpose,
                    "communication_id": message.id,
                    "attempt": claim,
                    "urgency": "1" if message.is_urgent else "0",
                    "program": "message",
                }
                for row, message in zip(rows, messages, strict=True)
            ]
        )
        self.env.flush_all()

    @api.model
    def _forget_calls(self, gateway, claim, results):
        """Take back calls that certainly were not made: the telephone system refused them."""
        ids = [row["id"] for row in results if row["status"] in (gateways.LATER, gateways.REFUSED)]
        if gateway.kind == "asterisk" and ids:
            self.env["hcrm.call"].search(
                [
                    ("communication_id", "in", ids),
                    ("attempt", "=", claim),
                    ("event_ids", "=", False),
                ]
            ).unlink()

    # AFTER

    @api.model
    def _take_call_end(self, call):
        """A call is over and its message was not heard: again at another hour, or given up."""
        if call.outcome == "lost":
            self._take_lost(call)
            return
        minutes = None
        if not is_wrong_number(call.cause) or call.answered_at:
            outcome = "abandoned" if call.outcome == "answered" else call.outcome
            tries = call.search_count([("communication_id", "=", call.communication_id.id)])
            minutes = self.env["hcrm.call.retry"]._find_wait(call.company_id, outcome, tries)
            minutes = None if tries >= call.gateway_id.max_attempts else minutes
        again_at = minutes and self._find_hour(call.gateway_id, minutes)
        code = "bad_address" if is_wrong_number(call.cause) else CODES[call.outcome]
        self._put_off_call(call, again_at, code)

    @api.model
    def _take_lost(self, call):
        """Nobody knows whether it was heard: the rule for uncertain messages, at once."""
        tries = call.search_count(
            [("communication_id", "=", call.communication_id.id), ("outcome", "=", "lost")]
        )
        repeats = PURPOSES[call.purpose].repeats and tries <= MOST_LOST
        again_at = repeats and now() + timedelta(minutes=call.gateway_id.settle_minutes)
        self._put_off_call(call, again_at, "call_lost" if repeats else "not_repeated", True)

    @api.model
    def _find_hour(self, gateway, minutes):
        """Return when a number is called again: within the gateway's hours."""
        zone = gateway.company_id._hcrm_zone()
        return next_try(now(), int(minutes), zone, gateway.call_from, gateway.call_to)

    @api.model
    def _put_off_call(self, call, again_at, code, is_unknown=False):
        """The same channel at ``again_at``; else the next one; else the end.

        As with receipts, only the last try is believed.
        """
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH told AS (
                    SELECT id, %(again_at)s::timestamp IS NOT NULL
                               AND %(again_at)s::timestamp < expires_at AS is_again
                      FROM hcrm_communication AS message
                     WHERE ref = %(ref)s AND claim = %(attempt)s AND channel = 'voice'
                       AND (state IN ('sent', 'claimed', 'uncertain')
                            OR state = 'waiting' AND %(in_doubt)s)
                       FOR UPDATE
                )
                UPDATE hcrm_communication AS message
                   SET state = CASE WHEN is_again OR channels_left IS NOT NULL
                                    THEN 'waiting' ELSE 'failed' END,
                       next_at = CASE WHEN is_again THEN %(again_at)s ELSE %(now)s END,
                       sent_at = NULL,
                       channel = CASE WHEN is_again OR channels_left IS NULL THEN channel
                                      ELSE split_part(channels_left, ',', 1) END,
                       channels_left = CASE WHEN is_again THEN channels_left ELSE
                           NULLIF(substr(channels_left,
                                         strpos(channels_left || ',', ',') + 1), '') END,
                       failure_code = %(code)s, failure_detail = NULL,
                       settled_at = CASE WHEN is_again OR channels_left IS NOT NULL
                                         THEN NULL ELSE %(now)s END,
                       is_untold = res_model IS NOT NULL
                                   AND NOT is_again AND channels_left IS NULL,
                       wants_person = purpose = 'care'
                                      AND NOT is_again AND channels_left IS NULL
                  FROM told
                 WHERE message.id = told.id
             RETURNING message.id, 'voice' AS channel, message.gateway_id, %(code)s AS code,
                       CASE WHEN %(is_unknown)s THEN 'unknown'
                            ELSE 'undelivered' END AS status
                """,
                now=now_sql(),
                again_at=again_at or None,
                ref=call.communication_id.ref,
                attempt=call.attempt,
                code=code,
                in_doubt=_IN_DOUBT,
                is_unknown=is_unknown,
            )
        )
        self._save_attempts(rows)
