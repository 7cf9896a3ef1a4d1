"""The listener's hand on PostgreSQL: many messages, one transaction; wakes Odoo's workers.

Blocking on purpose: the listener calls it from one thread of its own.
"""

import logging
import os
import time

import psycopg2

from .ack import refuse
from .database_errors import is_transient
from .inbox import prepare
from .inbox_store import SenderBook, store

_logger = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for which an answer may wait for the database
PAUSE = 0.2
SENDERS_EVERY = 10.0
WAKE_EVERY = 1.0
POLL_EVERY = 2.0

WAKE = """
INSERT INTO ir_cron_trigger (cron_id, call_at, create_uid, create_date, write_uid, write_date)
SELECT data.res_id, moment.now, 1, moment.now, 1, moment.now
  FROM ir_model_data data,
       (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') AS now) moment
 WHERE data.module = 'hcrm_his' AND data.model = 'ir.cron' AND data.name LIKE 'ir_cron_process%%'
   AND NOT EXISTS (SELECT 1 FROM ir_cron_trigger known
                    WHERE known.cron_id = data.res_id AND known.call_at <= moment.now)
"""
#: An answer promises that the message is on disk, whatever the server is set to.
DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'"
)
WAITING = "SELECT 1 FROM hcrm_his_message WHERE state = 'received' LIMIT 1"


class NotInstalled(Exception):
    """The database has no inbox."""


class Writer:
    """Stores batches; reconnects by itself.

    :param connect: returns a new psycopg2 connection to the hospital's database
    :param connect_postgres: the same to the database on whose channel Odoo's workers listen
    """

    def __init__(self, connect, connect_postgres, dbname):
        self._connect = connect
        self._connect_postgres = connect_postgres
        self._dbname = dbname
        self._connection = None
        self._postgres = None
        self._book = SenderBook()
        self._book_time = self._wake_time = self._poll_time = float("-inf")
        self._is_dirty = False

    def check(self):
        """Raise NotInstalled when there is no inbox; wait for a database that is away."""
        while True:
            try:
                self._refresh_book()
                return
            except psycopg2.errors.UndefinedTable as error:
                raise NotInstalled from error
            except psycopg2.Error as error:
                _logger.warning("waiting for the database: %s", str(error).strip())
                self._disconnect()
                time.sleep(1)

    def write(self, frames):  # pylint: disable=method-required-super
        """Store ``(frame, peer)`` pairs; return entries, with refusing verdicts if that failed."""
        entries = [prepare(frame, self._book, peer) for frame, peer in frames]
        verdicts = [entry.verdict for entry in entries]
        deadline = time.monotonic() + PATIENCE
        while not self._try_write(entries):
            for entry, verdict in zip(entries, verdicts, strict=True):
                entry.verdict = verdict
            if time.monotonic() > deadline:
                return self._give_up(entries)
            time.sleep(PAUSE)
        self._is_dirty = self._is_dirty or any(entry.is_new for entry in entries)
        self.tick()
        return entries

    def _try_write(self, entries):
        """Return False when the database was not there."""
        try:
            self._refresh_book()
            with self._connection.cursor() as cursor:
                store(cursor, entries, self._book)
            self._connection.commit()
            return True
        except psycopg2.Error as error:
            if is_transient(error):
                _logger.warning("cannot store now: %s", str(error).strip())
                self._disconnect()
                return False
            self._connection.rollback()
            if len(entries) == 1:
                _logger.error("cannot store a message: %s", type(error).__name__)
                entries[0].verdict = refuse("not_stored")
                return True
            # one of them is to blame: each by itself; what is stored twice is found to be so
            return all([self._try_write([entry]) for entry in entries])
        except Exception:
            self._disconnect()  # what was begun must not be committed with the next batch
            raise

    def _give_up(self, entries):
        for entry in entries:
            entry.verdict = refuse("try_again")
        return entries

    def _refresh_book(self):
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
            self._book_time = float("-inf")
            with self._connection.cursor() as cursor:
                cursor.execute(DURABLE)
        if time.monotonic() - self._book_time > SENDERS_EVERY:
            with self._connection.cursor() as cursor:
                self._book.refresh(cursor)
            self._connection.commit()
            self._book_time = time.monotonic()

    def _disconnect(self):
        for connection in (self._connection, self._postgres):
            try:
                if connection is not None:
                    connection.close()
            except psycopg2.Error:
                _logger.debug("already closed")
        self._connection = self._postgres = None

    def tick(self):
        """Wake the workers when there is work: at once after new messages, then now and then."""
        now = time.monotonic()
        is_due = self._is_dirty or now - self._poll_time > POLL_EVERY
        if not is_due or now - self._wake_time < WAKE_EVERY:
            return
        try:
            self._wake(now)
        except psycopg2.Error as error:
            _logger.warning("cannot wake the workers: %s", str(error).strip())
            self._disconnect()

    def _wake(self, now):
        self._refresh_book()
        self._poll_time = now
        with self._connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone():
                self._wake_time = now
                cursor.execute(WAKE)
                self._connection.commit()
                self._notify()
        self._connection.commit()
        self._is_dirty = False

    def _notify(self):
        if self._postgres is None or self._postgres.closed:
            self._postgres = self._connect_postgres()
            self._postgres.autocommit = True
        function = os.getenv("ODOO_NOTIFY_FUNCTION", "pg_notify")
        with self._postgres.cursor() as cursor:
            cursor.callproc(function, ("cron_trigger", self._dbname))

    def close(self):
        """Let go of the database."""
        self._disconnect()
