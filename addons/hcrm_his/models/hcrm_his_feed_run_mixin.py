import contextlib
import logging
import time
import traceback
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.bulk import SourceError
from ..tools.database_errors import is_transient
from ..tools.inbox import utc_now
from ..tools.reasons import Reason
from ..tools.rows import entries, store
from ..tools.rows.driver_words import DriverTrouble
from ..tools.rows.http_body import told

_logger = logging.getLogger(__name__)

LOCK_CLASS = 0x48495332  # "HIS2": first half of the advisory lock key, the feed is the second
SECONDS = 60  # of one feed at a time
LONGEST_PAUSE = 60  # minutes between tries of what does not work
PULLED = ("sql", "file")


class HcrmHisFeedRunMixin(models.AbstractModel):
    """Pulls rows in batches: what a batch stored and how far it came are committed together."""

    _name = "hcrm.his.feed.run.mixin"
    _description = "Runs of Feeds"

    next_run_at = fields.Datetime(
        string="Next run", readonly=True, default=fields.Datetime.now, copy=False
    )
    last_run_at = fields.Datetime(string="Last run", readonly=True, copy=False)
    last_ok_at = fields.Datetime(string="Last good run", readonly=True, copy=False)
    failure_count = fields.Integer(string="Failures in a row", readonly=True, copy=False)
    stored_count = fields.Integer(string="Rows stored", readonly=True, copy=False)
    known_count = fields.Integer(string="Rows known before", readonly=True, copy=False)
    refused_count = fields.Integer(string="Rows refused", readonly=True, copy=False)
    interval_minutes = fields.Integer(
        string="Minutes between runs", default=1, help="Only tables and folders are asked."
    )
    reason = fields.Char(help="Why the last run stopped.")
    detail = fields.Text(readonly=True, copy=False, help="For whoever looks after the source.")

    _interval_positive = models.Constraint(
        "CHECK (interval_minutes > 0)", "There is at least a minute between two runs."
    )

    @api.model
    def _cron_run(self):
        """Ask the tables and folders whose time has come; never raises."""
        commit_progress = self.env["ir.cron"]._commit_progress
        due = self.search(self._get_due_domain(), order="next_run_at, id")
        left = commit_progress(remaining=len(due))
        for feed in due:
            if not left:
                break
            feed._run(min(SECONDS, left))
            left = commit_progress(1)

    @api.model
    def _get_due_domain(self):
        return [
            ("way", "in", PULLED),
            ("source_id.active", "=", True),
            ("next_run_at", "<=", fields.Datetime.now()),
        ]

    def action_run(self):
        """Let the scheduled action run these feeds at once."""
        self.check_access("write")
        feeds = self.filtered(lambda feed: feed.way in PULLED)
        for feed in feeds:
            if feed.problems:
                raise UserError(feed.problems)
        feeds.sudo().write({"next_run_at": fields.Datetime.now(), "failure_count": 0})
        self.env.ref("hcrm_his.ir_cron_feed").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The run begins within a minute: look again then."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _run(self, seconds=SECONDS):
        """Read what is new, committing batch by batch; return how many rows were read.

        A second worker at the same feed reads nothing.
        """
        self.ensure_one()
        total, end = 0, time.monotonic() + seconds
        with self._locked() as is_mine:
            if not is_mine:
                return 0
            self.env.cr.rollback()  # what the former holder of the lock committed is seen now
            self.env.invalidate_all()
            try:
                with contextlib.closing(self._run_steps()) as steps:
                    for count in steps:
                        self.env.cr.commit()  # pylint: disable=invalid-commit
                        total += count
                        if time.monotonic() >= end:
                            break
                self._note_end(is_over=time.monotonic() < end)
            except Exception as error:
                self.env.cr.rollback()
                self._note_failure(error)
            self.env.cr.commit()  # pylint: disable=invalid-commit
        return total

    @contextlib.contextmanager
    def _locked(self):
        """Hold the feed on a connection of its own: the lock outlives commits, and ends with us."""
        with self.env.registry.cursor() as cr:
            cr.execute(SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK_CLASS, self.id))
            [is_mine] = cr.fetchone()
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield is_mine
            finally:
                if is_mine:
                    cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_CLASS, self.id))
                    cr.commit()  # pylint: disable=invalid-commit

    def _run_steps(self):
        """Yield the number of rows of each batch, for the caller to commit."""
        if self._get_problems():
            raise SourceError("feed_not_ready")
        return getattr(self, f"_{self.way}_steps")()

    def _note_end(self, *, is_over):
        now = fields.Datetime.now()
        pause = self.interval_minutes if is_over else 0
        self.write(
            {
                "last_run_at": now,
                "last_ok_at": now,
                "failure_count": 0,
                "next_run_at": fields.Datetime.add(now, minutes=pause),
                "detail": False,
                **self._prepare_reason_values(None),
            }
        )

    def _note_failure(self, error):
        if is_transient(error):
            return  # our own database: the next run begins where this one stopped
        is_foreseen = isinstance(error, SourceError)
        if not is_foreseen:
            _logger.error("feed %s failed: %s", self.id, type(error).__name__, exc_info=error)
        reason = error.reason if is_foreseen else _unforeseen(error)
        now = fields.Datetime.now()
        failures = self.failure_count + 1
        pause = max(self.interval_minutes, min(2**failures, LONGEST_PAUSE))
        self.write(
            {
                "last_run_at": now,
                "failure_count": failures,
                "next_run_at": fields.Datetime.add(now, minutes=pause),
                "detail": _detail(error),
                **self._prepare_reason_values(reason),
            }
        )

    # STORING

    def _prepare_rows(self, rows, peer=""):
        """Return the entries of rows: (row or None, text of what is no row, Reason or None)."""
        mapping, source = self._get_mapping(), self.sender_id._get_source()
        secret, now = self._get_secret(), utc_now()
        found = []
        for row, text, reason in rows:
            if row is None:
                entry = entries.prepare_damaged(text, reason, mapping, source, now, secret, peer)
            else:
                entry = entries.prepare(row, mapping, source, now, secret, peer)
            found.append(entry)
        return found

    def _store_rows(self, found, load_id=None):
        """Store entries; return (stored, known, refused). The caller commits."""
        self.env.flush_all()
        store.store(self.env.cr, found, self.source_id._get_book(), load_id)
        stored = sum(entry.is_new for entry in found)
        refused = sum(not entry.is_accepted for entry in found)
        if stored:
            self.env["hcrm.his.intake"]._trigger_crons()
        return stored, len(found) - stored - refused, refused

    def _receive(self, rows, peer):
        """Store what was sent; return ([what became of each row], (stored, known, refused))."""
        found = self._prepare_rows(rows, peer)
        counts = self._store_rows(found)
        return [_result(number, entry) for number, entry in enumerate(found, 1)], counts

    def _count_rows(self, counts):
        """Return values of the counters after a batch."""
        names = ("stored_count", "known_count", "refused_count")
        return {name: self[name] + count for name, count in zip(names, counts, strict=True)}

    @api.model
    def _get_secret(self):
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret") or "hcrm"
        return secret.encode()


def _result(number, entry):
    """Return what the sender of a row is told."""
    if not entry.is_accepted:
        return {"row": number, "status": "refused", **told(entry.verdict.reason)}
    status = "stored" if entry.is_new else "known"
    return {"row": number, "status": status, "id": entry.control_id}


def _detail(error):
    """Return what administrators may read: no words of a program, they may quote a row."""
    if isinstance(error, SourceError):
        return str(error.__cause__) if isinstance(error.__cause__, DriverTrouble) else False
    place = traceback.extract_tb(error.__traceback__)[-1:]
    return "".join(f"{Path(one.filename).name}, line {one.lineno}: {one.name}" for one in place)


def _unforeseen(error):
    return Reason("program_error", values={"error": type(error).__name__})
