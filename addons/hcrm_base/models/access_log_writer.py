"""Collects what one transaction reads, and writes it when the transaction ends."""

import contextlib
import functools
import hashlib
import hmac
import itertools
import logging
import re
import threading
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import STATUS_READY
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, modules
from odoo.exceptions import UserError
from odoo.http import request
from odoo.modules.registry import Registry
from odoo.service.server import thread_local
from odoo.tools import SQL

from ..tools.access_log import DURABLE, TEXT_LIMIT, Note, domain_text, kind_of, persons_in

_logger = logging.getLogger(__name__)

COLUMNS = (
    "user_id",
    "real_user_id",
    "company_id",
    "at",
    "kind",
    "path",
    "session_hash",
    "address_hash",
    "detail",
    "res_model",
    "record_count",
    "field_names",
    "domain_text",
    "res_ids",
    "partner_ids",
)
INSERT = f"INSERT INTO hcrm_access_log ({', '.join(COLUMNS)}) VALUES "
#: A row as ``_row`` fills it; what is left open is the code for the persons.
ROW = (
    "(%%s, %%s, %%s, clock_timestamp() AT TIME ZONE 'UTC',"
    " %%s, %%s, %%s, %%s, %%s, %%s, %%s, %%s, %%s, %%s::int4[], %s)"
)
#: Nobody who looks at a list waits for the disk.
UNHURRIED = "SET LOCAL synchronous_commit = off; "


class AccessLogWriter:
    """What is read in one transaction, as one row per user, model and way of reading.

    It is written after the commit, before the answer leaves, in a transaction of its own: on the
    same connection, or on the primary when the request reads from a replica. If that fails, the
    request fails and shows nothing. A rollback does not forget what was read: what is then answered
    after all is logged with the next commit.

    Whoever looks at a list does not wait for the disk: should PostgreSQL or its machine die, the
    lines of the last 0.6 s may be lost (three times ``wal_writer_delay``). ``DURABLE`` kinds wait;
    all do where the parameter ``hcrm_base.access_log_durable`` says so.
    """

    def __init__(self, cr):
        self.cr = cr
        self.notes = {}
        self.act = None
        self.action = None
        self.fetching = None
        self.is_armed = False

    @classmethod
    def of(cls, cr):
        """Return the writer of a cursor; a test's pseudo-cursors share the one of the test."""
        cr = vars(cr).get("_cursor", cr)
        writer = vars(cr).get("_hcrm_access_log")
        if writer is None:
            writer = cr._hcrm_access_log = cls(cr)
        return writer

    def add(self, env, model_name, *, kind=None, **what):
        """Note a reading; see ``Note.add`` for ``what``."""
        key = (env.uid, env.company.id, model_name, kind)
        note = self.notes.get(key)
        if note is None:
            note = self.notes[key] = Note(is_portal=env.user.share)
            self._arm()
        note.add(**what)
        if self.action:
            note.add(detail=self.action)

    @contextlib.contextmanager
    def acting(self, name):
        """While a user's server action runs, what it reads under ``sudo()`` counts as shown."""
        before, self.action = self.action, name
        try:
            yield
        finally:
            self.action = before

    @contextlib.contextmanager
    def fetch(self, model_name):
        """While records of a model are fetched, the rows of their lists are looked for."""
        before, self.fetching = self.fetching, model_name
        try:
            yield
        finally:
            self.fetching = before

    def is_silent(self, env):
        """True for what the superuser reads: shown to nobody, or noted by whoever shows it."""
        return env.su and (self.action is None or env.uid == SUPERUSER_ID)

    def add_found(self, env, partner_ids):
        """Persons come back while a question about their facts has no other answer yet."""
        for (uid, *_rest), note in self.notes.items():
            if uid == env.uid and note.domains and not note.res_ids and not note.is_grouped:
                note.add(partner_ids=partner_ids)

    def _arm(self):
        if not self.is_armed:
            self.is_armed = True
            self.cr.postcommit.add(self._flush_after_commit)
            self.cr.postrollback.add(self._rearm)

    def _rearm(self):
        """A rollback dropped the call to ``flush``; the next commit must make it all the same."""
        self.is_armed = False
        if self.notes and "_obj" in vars(self.cr):
            self.is_armed = True
            self.cr.postcommit.add(self._flush_after_commit)

    def _flush_after_commit(self):
        self.flush(is_committed=True)

    def flush(self, is_committed=False):
        """Write the notes; raise ``UserError`` if that is impossible.

        ``is_committed``: the transaction has just ended, its connection is free.
        """
        notes, self.notes, act, self.act = self.notes, {}, self.act, None
        self.is_armed = False
        if not notes:
            return
        try:
            self._write(notes, act, is_committed)
        except (psycopg2.Error, PoolError) as error:
            _logger.exception("The access log cannot be written: the answer is withheld")
            env = api.Environment(self.cr, SUPERUSER_ID, {})
            raise UserError(
                env._(
                    "The access log cannot be written, so nothing may be shown. "
                    "Tell the administrator."
                )
            ) from error

    def _write(self, notes, act, is_committed):
        if modules.module.current_test:
            self.cr.execute(self._statement(self.cr, notes, act))
        elif self.cr.readonly or not is_committed:
            with Registry(self.cr.dbname).cursor() as other:
                other.execute(self._statement(other, notes, act))
        else:
            self._write_at_once(self._statement(self.cr, notes, act))

    def _write_at_once(self, statement):
        """Execute and commit in one round trip: BEGIN and COMMIT would be two more."""
        connection = self.cr.connection
        if connection.status != STATUS_READY:  # somebody has asked something since the commit
            self._write_and_commit(statement)
            return
        # what a session sets for itself, psycopg2 would tell the server again: one more, too
        level, readonly = connection.isolation_level, connection.readonly
        connection.isolation_level = connection.readonly = None
        connection.autocommit = True
        try:
            self.cr.execute(statement)
        finally:
            connection.autocommit = False
            connection.isolation_level, connection.readonly = level, readonly

    def _write_and_commit(self, statement):
        try:
            self.cr.execute(statement)
        except psycopg2.Error:
            self.cr.rollback()
            raise
        self.cr.commit()  # pylint: disable=invalid-commit

    def _statement(self, cr, notes, act):
        env = api.Environment(cr, SUPERUSER_ID, {})
        secret, waits = env["hcrm.access.log"]._get_writing()
        origin = _origin(secret)
        notes = _named(notes, origin[0], act)
        waits = waits or any(key[3] in DURABLE for key in notes)
        rows = [_row(env, key, note, origin) for key, note in notes.items()]
        # put together as text: every answer waits for this, and SQL() for it took longer than
        # PostgreSQL for the rest
        code = (INSERT if waits else UNHURRIED + INSERT) + ", ".join(code for code, _ in rows)
        return SQL(code, *itertools.chain.from_iterable(values for _, values in rows))


#: What opens a page by itself has no place in a log that others read.
_TOKEN = re.compile(r"/[\w.~-]{24,}(?=/|$)")


def _origin(secret):
    """Return (path, hash of session, hash of address, user of the session) of the request."""
    if not request:
        return (_rpc_path(), None, None, None)
    http = request.httprequest
    return (
        _TOKEN.sub("/…", http.path)[:TEXT_LIMIT],
        _hashed(secret, request.session.sid),
        _hashed(secret, http.remote_addr),
        request.session.uid,
    )


@functools.lru_cache(maxsize=4096)
def _hashed(secret, text):
    return text and hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:16]


def _rpc_path():
    """XML-RPC and JSON-RPC hide the request while they work; the thread knows its address."""
    if not getattr(thread_local, "rpc_model_method", ""):
        return None
    return urlsplit(getattr(threading.current_thread(), "url", "")).path[:TEXT_LIMIT] or None


def _named(notes, path, act):
    """Return {(user, hospital, model, kind): note}, the kinds settled."""
    named = {}
    for (*key, kind), note in notes.items():
        full = (*key, kind or kind_of(note, path, act))
        if full in named:
            named[full].merge(note)
        else:
            named[full] = note
    return named


def _row(env, key, note, origin):
    """Return one row as (code, values); persons who are not told are found from the records."""
    uid, company_id, model_name, kind = key
    path, session, address, session_uid = origin
    if session_uid and uid == env["ir.model.data"]._xmlid_to_res_id("base.public_user"):
        # a page that works as nobody: who is logged in beside it is not what was asked
        session_uid = session = None
    model = env[model_name] if model_name in env else None
    person_names = person_fields(model)
    hidden = {*person_names, *getattr(model, "_access_log_hidden", ())}
    told = [*note.partner_ids]
    for domain in (*note.domains, *note.silent_domains):
        told += persons_in(domain, person_names)
    texts = dict.fromkeys(domain_text(domain, hidden) for domain in note.domains)
    res_ids = [row_id for row_id in note.res_ids if isinstance(row_id, int)]
    persons, found = _persons(model, person_names, note.orphans, told)
    values = (
        uid,
        session_uid if session_uid != uid else None,
        company_id,
        kind,
        path,
        session,
        address,
        "; ".join(note.details)[:TEXT_LIMIT] or None,
        model_name,
        len(res_ids),
        ",".join(sorted(note.fields))[:TEXT_LIMIT] or None,
        "\n".join(filter(None, texts))[:TEXT_LIMIT] or None,
        _array(res_ids),
    )
    return ROW % persons, values + found


def person_fields(model):
    """Return the stored links by which rows of a model point to persons."""
    governance = getattr(model, "_hcrm", None)
    if not governance or not governance.about_persons:
        return ()
    return [
        name
        for name in governance.partner
        if name == "id" or (model._fields[name].store and model._fields[name].type == "many2one")
    ]


def _persons(model, person_names, orphans, told):
    """Return (code, values) for the persons told and those behind rows of whom nobody was told."""
    told = _array(dict.fromkeys(number for number in told if isinstance(number, int)))
    orphans = [row_id for row_id in orphans if isinstance(row_id, int)]
    if not person_names or not orphans:
        return "%s::int4[]", (told,)
    found = SQL(" UNION ").join(
        SQL(
            "SELECT %s FROM %s WHERE id = ANY(%s::int4[])",
            SQL.identifier(name),
            SQL.identifier(model._table),
            _array(orphans),
        )
        for name in person_names
    )
    either = SQL(
        """ARRAY(SELECT person FROM (%s UNION SELECT unnest(%s::int4[])) found (person)
                  WHERE person IS NOT NULL)""",
        found,
        told,
    )
    return either.code, tuple(either.params)


def _array(numbers):
    """Return PostgreSQL's text for an array: the driver's adapters are slow on long lists."""
    return f"{{{','.join(map(str, numbers))}}}"
