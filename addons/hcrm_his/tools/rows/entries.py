"""Rows on their way into the inbox: what is stored, how a row is known again, what is refused.

The body of a message is JSON: ``{"feed": …, "row": {…}}``, or ``{"feed": …, "text": …}`` for what
is no row; a line of a file has its ``columns`` beside it, so that it can be mended as it stands.
"""

import csv
import hashlib
import json
import logging
from dataclasses import dataclass

from ..ack import refuse, refuse_for
from ..hl7_reader import Hl7Error
from ..hl7_time import now_stamp
from ..inbox import Entry
from .mapping import key_of, patient_keys, plain_row, to_event

_logger = logging.getLogger(__name__)

MAX_ROW = 256 * 1024  # bytes of a stored row
MAX_NAMES = 1000  # values of a row


@dataclass(slots=True)
class RowEntry(Entry):
    """One row; ``key`` tells it from others of its feed: a keyed hash, it names nobody."""

    key: str = ""
    event: object = None


class Book:
    """What :mod:`..inbox_store` asks about senders, for the one sender of a source."""

    charset = "utf-8"

    def __init__(self, code, sender):
        self.code = code
        self._sender = sender

    def get(self, code):
        """Return the :class:`~..inbox_store.Sender` or None."""
        return self._sender if code == self.code else None

    def add_missing(self, cursor, codes, company_id=None):
        """The sender of a source is there already."""


def dump(feed, content):
    """Return the body of a message.

    >>> dump("patients", {"row": {"name": "张"}}).decode()
    '{"feed": "patients", "row": {"name": "张"}}'
    """
    told = json.dumps({"feed": feed, **content}, ensure_ascii=False)
    return told.encode("utf-8", "surrogatepass")


def is_row(text):
    """Tell rows from HL7.

    >>> is_row('{"feed": "a"}'), is_row("MSH|^~")
    (True, False)
    """
    return text.lstrip("\ufeff \t\r\n").startswith("{")


def load(text):
    """Return the row in a body, as it was stored or as a person corrected it.

    >>> load('{"feed": "patients", "row": {"ID": 7}}')
    {'id': '7'}
    >>> load('{"feed": "p", "columns": ["ID", "name"], "between": ";", "text": "7;张"}')
    {'id': '7', 'name': '张'}
    """
    try:
        told = json.loads(text)
        row = _row_of(told)
    except (ValueError, RecursionError, csv.Error) as error:
        if isinstance(error, Hl7Error):
            raise
        raise Hl7Error("row_unreadable") from None
    if not isinstance(row, dict):
        raise Hl7Error("row_unreadable")
    return checked(plain_row(row))


def _row_of(told):
    """Return the row of a parsed body; a mended line is read by the columns of its file."""
    if not isinstance(told, dict) or "row" in told or "columns" not in told:
        return told.get("row") if isinstance(told, dict) else None
    columns, text = told["columns"], told.get("text")
    if not isinstance(columns, list) or not isinstance(text, str):
        return None
    cells = next(csv.reader([text], delimiter=str(told.get("between") or ","), strict=True), [])
    if len(cells) != len(columns):
        raise Hl7Error("row_columns", found=len(cells), expected=len(columns))
    return dict(zip(map(str, columns), cells, strict=True))


def checked(row):
    """Return a plain row unless it holds what no column of PostgreSQL takes."""
    if len(row) > MAX_NAMES:
        raise Hl7Error("row_too_large")
    for name, text in row.items():
        if "\0" in text or "\0" in name:
            raise Hl7Error("nul_bytes")
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise Hl7Error("row_unreadable", name)
    return row


def prepare(row, feed, source, received_at, secret, peer=""):
    """Return the :class:`RowEntry` of a row (a dictionary), read once to judge it.

    :param secret: bytes that make the hashes of this database its own
    """
    entry = _entry(dump(feed.code, {"row": row}), feed, source, received_at, peer)
    plain = {}
    try:
        if len(entry.body) > MAX_ROW:
            raise Hl7Error("row_too_large")
        plain = checked(plain_row(row))
        entry.event = to_event(plain, feed, source, received_at)
        entry.keys = patient_keys(entry.event)
        entry.time_text = now_stamp(entry.event.time)
    except Hl7Error as error:
        entry.verdict = refuse_for(error.reason)
    except Exception as error:
        # kept as a dead letter: one row nobody foresaw must not hold up its file
        _logger.error("cannot read a row: %s", type(error).__name__)
        entry.verdict = refuse("unreadable")
    _identify(entry, plain, feed, secret)
    return entry


def prepare_damaged(text, reason, feed, source, received_at, secret, peer=""):
    """Return the entry of something that is no row: it becomes a dead letter.

    :param text: as it came, or a dictionary that says its columns, too
    """
    content = text if isinstance(text, dict) else {"text": text[:MAX_ROW]}
    entry = _entry(dump(feed.code, content), feed, source, received_at, peer)
    entry.verdict = refuse_for(reason)
    _identify(entry, {}, feed, secret)
    return entry


def _entry(body, feed, source, received_at, peer):
    return RowEntry(
        body=body[: 4 * MAX_ROW],
        peer=peer,
        received_at=received_at,
        sender=source.code,
        kind=f"ROW {feed.kind}",
        codec="utf-8",
        feed_id=feed.id,
    )


def _identify(entry, plain, feed, secret):
    """Two rows of one key are versions of the same thing; equal contents are the same news."""
    told = json.dumps(plain, sort_keys=True) if plain else ""
    entry.digest = _hash(told.encode() or entry.body, secret)
    try:
        entry.key = _hash(f"{feed.id}|{key_of(feed, plain)}".encode("utf-8", "replace"), secret)
    except Hl7Error:
        entry.key = entry.digest
    entry.control_id = control_id(entry, entry.digest[:8])


def control_id(entry, version):
    """Return the name of a message: feed, row and version; it says nothing of whom it is about."""
    return f"R{entry.feed_id}-{entry.key[:20]}-{version}"


def _hash(content, secret):
    return hashlib.blake2b(content, digest_size=16, key=secret[:64]).hexdigest()
