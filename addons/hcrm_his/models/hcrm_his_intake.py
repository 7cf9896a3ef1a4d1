import itertools
import logging
import time
import traceback

import psycopg2
from psycopg2 import errors

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import charset, lanes, reasons
from ..tools.database_errors import is_transient
from ..tools.hl7_reader import Hl7Error, parse
from ..tools.mapping import to_event
from ..tools.quiet_log import quiet
from ..tools.reasons import Reason
from ..tools.rows import entries
from ..tools.rows.mapping import to_event as row_event
from ..tools.working_set import Outcome

_logger = logging.getLogger(__name__)

BATCH = 300
MAX_ATTEMPTS = 5
LOCK_CLASS = 0x48495331  # "HIS1": first half of the advisory lock key, the lane is the second


class Again(Exception):
    """A message met a row of another worker that this transaction cannot see yet."""

    def __init__(self, message_id):
        super().__init__(message_id)
        self.message_id = message_id


class HcrmHisIntake(models.AbstractModel):
    """Workers that empty the queue ``hcrm.his.message``.

    A worker holds some of the 64 lanes by advisory locks of its transaction and applies their
    messages in order. Effects and states are committed together: a killed worker leaves nothing
    half done. Any number of workers may run, in any process.
    """

    _name = "hcrm.his.intake"
    _description = "Processing of HIS Messages"

    @api.model
    def _cron_process(self):
        """Empty the queue as far as the time goes; never raises."""
        commit_progress = self.env["ir.cron"]._commit_progress
        done = self._process_safely()
        while done and commit_progress(done, remaining=self._count_waiting(limit=BATCH)):
            done = self._process_safely()
        if not done:
            commit_progress(remaining=0)

    @api.model
    def _trigger_crons(self):
        """Wake both workers."""
        for number in (1, 2):
            cron = self.env.ref(f"hcrm_his.ir_cron_process_{number}", raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()

    @api.model
    def _drain(self, limit=None, seconds=None):
        """Process until nothing is left that this worker may take, committing each batch.

        After ``seconds`` no batch is begun any more.
        """
        total, end = 0, seconds is not None and time.monotonic() + seconds
        while done := self._process_safely(limit or BATCH):
            self.env.cr.commit()  # pylint: disable=invalid-commit
            total += done
            if end is not False and time.monotonic() >= end:
                break
        self.env.cr.commit()  # pylint: disable=invalid-commit
        return total

    @api.model
    def _process_safely(self, limit=BATCH):
        """Process a batch; roll back and report 0 when the database will not have it now."""
        for _attempt in range(MAX_ATTEMPTS):
            try:
                done = self._process_batch(limit)
                self.env.flush_all()
                return done
            except Again as again:
                self.env.cr.rollback()
                self._count_attempt(again.message_id)
            except Exception as error:
                if not self._recover(error):
                    return 0
        return 0

    @api.model
    def _recover(self, error):
        """Roll back; return True when the same work may succeed now."""
        if not is_transient(error):
            _logger.error("HIS intake failed", exc_info=error)
        try:
            self.env.cr.rollback()
        except psycopg2.Error:
            return False  # the connection is gone
        return is_transient(error)

    @api.model
    def _count_attempt(self, message_id):
        self.env.cr.execute(
            SQL("UPDATE hcrm_his_message SET attempts = attempts + 1 WHERE id = %s", message_id)
        )
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _count_waiting(self, limit=None):
        """Return how many messages wait, at most ``limit``."""
        return self.env["hcrm.his.message"].sudo().search_count([("state", "=", "received")], limit)

    # CLAIMING

    @api.model
    def _process_batch(self, limit=BATCH):
        """Apply waiting messages of the lanes that are free; return how many left the queue."""
        rows = self._claim(limit)
        if not rows:
            return 0
        started = time.monotonic()
        outcomes = self._apply_rows(rows)
        each = (time.monotonic() - started) * 1000 / len(rows)
        self._save_outcomes(outcomes, each)
        return len(rows)

    @api.model
    def _claim(self, limit):
        """Return rows of messages that may be applied now, in order; their lanes are locked."""
        self.env["hcrm.his.message"].flush_model()
        held = self._lock_lanes(*self._find_lanes(limit))
        while True:
            found = self._find_messages(held, limit)
            missing = {lane for row in found for lane in row[1:] if lane is not None} - held
            extra = self._lock_lanes(sorted(missing))
            if not extra:
                break
            held |= extra  # what waits in these lanes may come before: look again
        return self._lock_rows(lanes.runnable(found, held)) if held else []

    @api.model
    def _find_lanes(self, limit):
        """Return the lanes with work, that of the oldest message first, and how many to take.

        Where much waits, a quarter of the lanes fills a batch: other workers find work too.
        """
        depth = limit // 16 + 1
        rows = self.env.execute_query(
            SQL(
                """SELECT lane.number, count(waiting.id)
                     FROM generate_series(0, %s) AS lane (number)
               CROSS JOIN LATERAL (SELECT id FROM hcrm_his_message
                                    WHERE state = 'received' AND lane = lane.number
                                 ORDER BY id LIMIT %s) AS waiting
                 GROUP BY lane.number ORDER BY min(waiting.id)""",
                lanes.LANES - 1,
                depth,
            )
        )
        sums = itertools.accumulate(count for _number, count in rows)
        return [number for number, _count in rows], 1 + sum(total < limit for total in sums)

    @api.model
    def _lock_lanes(self, wanted, most=lanes.LANES):
        """Lock the first of the lanes that no other worker holds, at most ``most``; return them."""
        if not wanted:
            return set()
        rows = self.env.execute_query(
            SQL(
                """SELECT number FROM unnest(%s) AS lane (number)
                    WHERE pg_try_advisory_xact_lock(%s, number) LIMIT %s""",
                list(wanted),
                LOCK_CLASS,
                most,
            )
        )
        return {number for (number,) in rows}

    @api.model
    def _find_messages(self, held, limit):
        """Return (id, lane, other lane) of the first waiting messages in the lanes, in order.

        Lane by lane from the index of what waits: a million waiting messages cost no more.
        """
        if not held:
            return []
        return self.env.execute_query(
            SQL(
                """SELECT DISTINCT message.id, message.lane, message.lane_other
                     FROM unnest(%(held)s) AS held (number)
               CROSS JOIN LATERAL (
                        (SELECT id, lane, lane_other FROM hcrm_his_message
                          WHERE state = 'received' AND lane = held.number
                       ORDER BY id LIMIT %(limit)s)
                      UNION ALL
                        (SELECT id, lane, lane_other FROM hcrm_his_message
                          WHERE state = 'received' AND lane_other = held.number
                       ORDER BY id LIMIT %(limit)s)) AS message
                 ORDER BY message.id LIMIT %(limit)s""",
                held=list(held),
                limit=limit,
            )
        )

    @api.model
    def _lock_rows(self, ids):
        """Read the messages; fails at once when another worker changed one since our snapshot."""
        if not ids:
            return []
        return self.env.execute_query(
            SQL(
                """SELECT id, sender_id, feed_id, body, corrected_text, charset, received_at,
                          attempts
                     FROM hcrm_his_message
                    WHERE id = ANY(%s) AND state = 'received'
                 ORDER BY id FOR NO KEY UPDATE""",
                ids,
            )
        )

    # APPLYING

    @api.model
    def _apply_rows(self, rows):
        """Return {message id: Outcome}."""
        outcomes, items, attempts = {}, [], {}
        senders = self.env["hcrm.his.sender"].sudo().browse({row[1] for row in rows if row[1]})
        sources = {sender.id: sender._get_source() for sender in senders}
        mappings = self._get_mappings({row[2] for row in rows if row[2]})
        for message_id, sender_id, feed_id, *rest in rows:
            attempts[message_id] = rest[-1]
            try:
                told = mappings.get(feed_id), sources[sender_id], *rest[:-1]
                items.append((message_id, self._read_event(*told)))
            except Exception as error:
                # whatever is wrong with one message, those behind it go on
                outcomes[message_id] = _dead(message_id, error)
        self._apply_isolated(items, outcomes, attempts)
        return outcomes

    @api.model
    def _get_mappings(self, feed_ids):
        """Return {feed id: how its rows are read}, as it is configured now."""
        feeds = self.env["hcrm.his.feed"].sudo().browse(feed_ids)
        return {feed.id: feed._get_mapping() for feed in feeds}

    @api.model
    def _read_event(self, mapping, source, body, corrected, codec, received_at):
        """Return what a message says: a row of JSON begins with a brace, HL7 never does."""
        text = corrected or charset.decode(bytes(body), codec)[0]
        if not entries.is_row(text):
            return to_event(parse(text), source, received_at)
        if not mapping:
            raise Hl7Error("feed_gone")
        return row_event(entries.load(text), mapping, source, received_at)

    @api.model
    def _apply_isolated(self, items, outcomes, attempts):
        """Apply all at once; when that fails, halve until the one at fault stands alone."""
        if not items:
            return
        try:
            with quiet("odoo.sql_db"), self.env.cr.savepoint():
                found, refused = self.env["hcrm.his.applier"]._apply_allowed_sudo(items)
            outcomes.update((outcome.message_id, outcome) for outcome in found)
            outcomes.update((message_id, _dead(message_id, why)) for message_id, why in refused)
        except Exception as error:
            if is_transient(error):
                raise
            if len(items) > 1:
                middle = len(items) // 2
                self._apply_isolated(items[:middle], outcomes, attempts)
                self._apply_isolated(items[middle:], outcomes, attempts)
                return
            message_id = items[0][0]
            if isinstance(error, errors.UniqueViolation) and attempts[message_id] < MAX_ATTEMPTS:
                raise Again(message_id) from error
            outcomes[message_id] = _dead(message_id, error)

    # SAVING

    @api.model
    def _save_outcomes(self, outcomes, each_ms):
        """Write what came of all messages in one statement."""
        now = fields.Datetime.now()
        values = [_outcome_row(outcome, now, each_ms) for outcome in outcomes.values()]
        self.env.cr.execute(
            SQL(
                """UPDATE hcrm_his_message AS message
                      SET state = told.state, error_code = told.error_code,
                          reason_code = told.reason_code, reason_location = told.reason_location,
                          reason_values = told.reason_values::jsonb, detail = told.detail,
                          warning_list = told.warning_list::jsonb,
                          partner_id = told.partner_id, encounter_id = told.encounter_id,
                          processed_at = told.processed_at::timestamp,
                          processed_ms = told.processed_ms, attempts = attempts + 1
                     FROM (VALUES %s) AS told (id, state, error_code, reason_code, reason_location,
                          reason_values, detail, warning_list, partner_id, encounter_id,
                          processed_at, processed_ms)
                    WHERE message.id = told.id""",
                SQL(", ").join(values),
            )
        )
        forgotten = [one.message_id for one in outcomes.values() if one.is_forgotten]
        messages = self.env["hcrm.his.message"]
        if forgotten:
            messages._forget(SQL("id = ANY(%s)", forgotten))
        messages.browse(outcomes).invalidate_recordset(flush=False)


def _dead(message_id, error):
    """Return the outcome of a message that cannot be applied; the reason quotes no record."""
    if isinstance(error, Hl7Error):
        return Outcome(message_id, "dead", reason=error.reason)
    _logger.warning("HIS message %s cannot be applied: %s", message_id, type(error).__name__)
    return Outcome(
        message_id,
        "dead",
        reason=Reason("program_error", values={"error": type(error).__name__}),
        detail=_told(error),
    )


def _told(error):
    """Return where in the program it happened, and what the error says."""
    where = traceback.format_list(traceback.extract_tb(error.__traceback__)[-3:])
    return f"{str(error)[:4000]}\n\n{''.join(where)}".replace("\0", "")


def _outcome_row(outcome, now, each_ms):
    is_done, reason = outcome.state == "processed", outcome.reason
    return SQL(
        "(%s, %s, %s::int, %s, %s, %s, %s, %s, %s::int, %s::int, %s, %s)",
        outcome.message_id,
        outcome.state,
        reason and reason.error,
        reason and reason.code,
        reason and reason.location,
        reason and reason.stored_values(),
        outcome.detail or None,
        reasons.dump(outcome.warnings),
        outcome.person.partner_id if is_done and outcome.person else None,
        outcome.visit.encounter_id if is_done and outcome.visit else None,
        str(now),
        each_ms,
    )
