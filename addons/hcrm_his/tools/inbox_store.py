"""The SQL of the inbox. Every function takes a DB-API cursor and leaves the commit to others."""

from typing import NamedTuple

from . import lanes
from .ack import refuse
from .header import MAX_KEY
from .inbox import short, time_of

ROOT_UID = 1
COLUMNS = (
    *("sender_id", "company_id", "control_id", "message_type", "message_time", "received_at"),
    *("state", "accepted", "ack_code", "error_code"),
    *("reason_code", "reason_location", "reason_values", "body", "charset", "body_digest"),
    *("patient_key", "lane", "lane_other", "peer", "load_id", "feed_id", "attempts"),
    *("create_uid", "create_date", "write_uid", "write_date"),
)
_PLACES = f"({', '.join(['%s'] * len(COLUMNS))})"


class Sender(NamedTuple):
    """What the listener must know of a sender."""

    id: int
    company_id: int
    is_allowed: bool
    charset: str
    authority: str
    zone: str
    accepts_test: bool


class SenderBook:
    """Senders by code, read from the database now and then."""

    def __init__(self):
        self.charset = ""
        self.accepts_unknown = True
        self.is_one_hospital = True
        self._senders = {}

    def get(self, code):
        """Return the :class:`Sender` or None."""
        return self._senders.get(code)

    def refresh(self, cursor):
        """Read senders and settings."""
        cursor.execute(
            """SELECT code, id, company_id, is_allowed, charset, authority, timezone, accepts_test
                 FROM hcrm_his_sender"""
        )
        self._senders = {
            code: Sender(*(value or "" if i in (3, 4, 5) else value for i, value in enumerate(row)))
            for code, *row in cursor.fetchall()
        }
        cursor.execute(
            "SELECT value FROM ir_config_parameter WHERE key = 'hcrm_his.accept_unknown_senders'"
        )
        row = cursor.fetchone()
        self.accepts_unknown = not row or row[0] not in ("False", "0", "")
        cursor.execute("SELECT count(*) FROM res_company WHERE active AND parent_id IS NULL")
        self.is_one_hospital = cursor.fetchone()[0] < 2

    def add_missing(self, cursor, codes, company_id=None):
        """Make senders seen for the first time; whether they may send is the setting's choice.

        Where there are several hospitals, somebody must say first whose the sender is.
        """
        is_allowed = self.accepts_unknown and bool(company_id or self.is_one_hospital)
        missing = sorted({code for code in codes if code and code not in self._senders})
        for code in missing:
            cursor.execute(
                """INSERT INTO hcrm_his_sender (code, name, company_id, is_allowed, active,
                                                timezone, create_uid, create_date, write_uid,
                                                write_date)
                   SELECT %s, %s, COALESCE(%s, (SELECT min(id) FROM res_company)), %s, true,
                          'Asia/Shanghai', %s, now() AT TIME ZONE 'UTC',
                          %s, now() AT TIME ZONE 'UTC'
                   ON CONFLICT DO NOTHING""",
                (
                    code,
                    code.strip("|").replace("|", " / ") or "?",
                    company_id,
                    is_allowed,
                    *(ROOT_UID, ROOT_UID),
                ),
            )
        if missing:
            self.refresh(cursor)


def store(cursor, entries, book, load_id=None, company_id=None):
    """Insert what is new; every entry gets the verdict to answer with once this is committed.

    :param company_id: the hospital of senders seen for the first time, else the first one
    """
    book.add_missing(
        cursor,
        [one.sender for one in entries if one.control_id and len(one.sender) <= MAX_KEY],
        company_id,
    )
    for entry in entries:
        sender = book.get(entry.sender)
        if entry.is_accepted and sender and not sender.is_allowed:
            entry.verdict = refuse("sender_not_admitted", "MSH-3")
    _store_accepted(cursor, [one for one in entries if one.is_accepted], book, load_id)
    refused = [one for one in entries if not one.is_accepted and one.body.strip()]
    _insert(cursor, refused, book, load_id)


def _store_accepted(cursor, entries, book, load_id):
    first = {}
    repeats = []
    for entry in entries:
        key = (book.get(entry.sender).id, entry.control_id)
        if first.setdefault(key, entry) is not entry:
            repeats.append((entry, first[key].digest))
    stored = _insert(cursor, list(first.values()), book, load_id)
    for key, entry in first.items():
        entry.row_id = stored.get(key, 0)
        entry.is_new = key in stored
    known = _known_digests(cursor, [key for key in first if key not in stored])
    repeats += [(first[key], digest) for key, digest in known.items()]
    for entry, digest in repeats:
        if entry.digest != digest:
            entry.verdict = refuse("control_id_used", "MSH-10")


def _known_digests(cursor, keys):
    if not keys:
        return {}
    cursor.execute(
        """SELECT sender_id, control_id, body_digest FROM hcrm_his_message
             JOIN unnest(%s::int[], %s::text[]) AS told (sender, control)
               ON (sender_id, control_id) = (told.sender, told.control)
            WHERE accepted""",
        ([sender for sender, _control in keys], [control for _sender, control in keys]),
    )
    return {(sender_id, control_id): digest for sender_id, control_id, digest in cursor.fetchall()}


def _insert(cursor, entries, book, load_id):
    """Return {(sender id, control id): row id} of the rows that are new."""
    if not entries:
        return {}
    values = [value for entry in entries for value in _row(entry, book, load_id)]
    cursor.execute(
        f"""INSERT INTO hcrm_his_message ({", ".join(COLUMNS)})
            VALUES {", ".join([_PLACES] * len(entries))}
            ON CONFLICT DO NOTHING RETURNING sender_id, control_id, id""",
        values,
    )
    return {(sender_id, control_id): row_id for sender_id, control_id, row_id in cursor.fetchall()}


def _row(entry, book, load_id):
    sender = book.get(entry.sender)
    key_lanes = list(dict.fromkeys(lanes.lane_of(key) for key in entry.keys)) or [0]
    is_accepted, reason = entry.is_accepted, entry.verdict.reason
    return (
        sender.id if sender else None,
        sender.company_id if sender else None,
        short(entry.control_id),
        short(entry.kind, 30),
        time_of(entry, sender.zone if sender else None),
        entry.received_at,
        "received" if is_accepted else "dead",
        is_accepted,
        entry.verdict.code,
        entry.verdict.error or None,
        *((reason.code, reason.location, reason.stored_values()) if reason else (None,) * 3),
        memoryview(entry.body),
        entry.codec or None,
        entry.digest,
        entry.keys[0] if entry.keys else None,
        key_lanes[0],
        key_lanes[1] if len(key_lanes) > 1 else None,
        entry.peer or None,
        load_id,
        entry.feed_id or None,
        0,
        *(ROOT_UID, entry.received_at, ROOT_UID, entry.received_at),
    )
