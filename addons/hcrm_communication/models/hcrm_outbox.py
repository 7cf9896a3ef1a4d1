import logging
import time
from contextlib import contextmanager, suppress

import psycopg2

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.purposes import PURPOSES, UNCAPPED
from .outbox_clock import rehearsal
from .outbox_connections import keep_connections
from .outbox_locks import CAP_LOCK, CLAIM_LOCK
from .outbox_statements import keep_statements

_logger = logging.getLogger(__name__)

#: A dry run knows no rate limits.
REHEARSAL_BATCH = 5000
WOKEN = "hcrm_outbox.woken"


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
        "hcrm.outbox.claiming.mixin",
        "hcrm.outbox.sending.mixin",
        "hcrm.outbox.settling.mixin",
        "hcrm.outbox.receipt.mixin",
        "hcrm.outbox.inquiry.mixin",
        "hcrm.outbox.report.mixin",
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
        """Wake the workers, now or at ``at`` (naive UTC).

        Both in one statement, and PostgreSQL told once: what wakes costs a connection of its own.
        """
        find = self.env["ir.model.data"]._xmlid_to_res_id
        ids = [find(f"hcrm_communication.ir_cron_outbox_{number}") for number in (1, 2)]
        crons = self.env["ir.cron"].sudo().browse(filter(None, ids))
        now = self.env.cr.now().replace(microsecond=0)
        if at and at > now:
            for cron in crons:
                cron._trigger(at=at)
            return
        crons.flush_recordset(["active"])
        woken = self.env.execute_query(
            SQL(
                """
                INSERT INTO ir_cron_trigger
                       (cron_id, call_at, create_uid, create_date, write_uid, write_date)
                SELECT id, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM ir_cron WHERE id = ANY(%(ids)s) AND active
             RETURNING id
                """,
                now=now,
                uid=self.env.uid,
                ids=crons.ids,
            )
        )
        if woken and not self.env.cr.postcommit.data.get(WOKEN):
            self.env.cr.postcommit.data[WOKEN] = True
            self.env.cr.postcommit.add(crons._notifydb)

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
        state = self.env["hcrm.safety.switch"]._get_state()
        gateways = self.env["hcrm.gateway"].search(Domain.TRUE)
        return gateways.filtered(lambda gateway: self._may_work(gateway, state))._filter_needed()

    @api.model
    def _may_work(self, gateway, state=None):
        """False for a gateway that stands still; a rehearsal hands nothing over anyway.

        :param state: the safety switch's, if it was just asked
        """
        if rehearsal():
            return True
        state = state or self.env["hcrm.safety.switch"]._get_state()
        return state in ("open", "neutralized") or (state == "unopened" and gateway.sandbox)

    @api.model
    def _round(self, gateway, locks, commit):
        """One batch of one gateway; return how many messages left the queue or moved in it."""
        meter = self.env["hcrm.gateway.meter"]
        allowance = REHEARSAL_BATCH if rehearsal() else meter._take(gateway, gateway.batch)
        groups = self._get_carried(gateway)
        self._between(commit)
        if not allowance:
            return 0
        handled = 0
        for purposes in groups:
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
                # read committed: sees what whoever held the locks before has committed
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
        """True for who may claim these purposes now: where their number is limited one worker of a
        hospital at a time, so that two messages never both see room for one.
        """
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
