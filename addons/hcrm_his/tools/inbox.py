"""Turns received bytes into rows of ``hcrm_his_message`` and stores them: once, before the answer.

Used by the listener (its own connection) and by the bulk loader (Odoo's cursor); both commit.
"""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import datetime, timezone

from . import ack, header, lanes, mllp
from .ack import Verdict, refuse, refuse_for
from .charset import decode
from .hl7_reader import Hl7Error, parse
from .hl7_time import to_utc
from .reasons import Reason

_logger = logging.getLogger(__name__)

PROBLEMS = {
    mllp.NO_END: Reason("frame_no_end"),
    mllp.NO_START: Reason("frame_no_start"),
    mllp.CUT: Reason("frame_cut"),
    mllp.SLOW: Reason("too_slow"),
    mllp.OVERSIZE: Reason("too_large"),
}


def utc_now():
    """Return the time as Odoo stores it."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


@dataclass(slots=True)
class Entry:
    """One received message on its way into the table and its answer on the way back."""

    body: bytes
    peer: str = ""
    received_at: datetime = field(default_factory=utc_now)
    verdict: Verdict = Verdict()
    address: ack.Address = ack.read_address("")
    sender: str = ""
    control_id: str = ""
    kind: str = ""
    time_text: str = ""
    codec: str = ""
    digest: str = ""
    keys: tuple = ()
    is_new: bool = False
    row_id: int = 0
    feed_id: int = 0

    @property
    def is_accepted(self):
        """True when the message goes to the queue."""
        return self.verdict.code == ack.OK

    def answer(self):
        """Return the framed acknowledgement, b"" when none is wanted.

        A header that could not be decoded was read as Latin 1, which gives its bytes back.
        """
        text = ack.build(self.address, self.verdict)
        return mllp.wrap(text.encode(self.codec or "latin-1", "replace")) if text else b""


def content_digest(body):
    r"""Digest of everything but the header, whose time changes when a message is sent again.

    >>> content_digest(b"MSH|1\rPID|1\r") == content_digest(b"MSH|2\r\nPID|1")
    True
    """
    for end in (b"\r", b"\n"):
        _head, mark, rest = body.partition(end)
        if mark:
            return hashlib.blake2b(rest.strip(), digest_size=16).hexdigest()
    return hashlib.blake2b(body.strip(), digest_size=16).hexdigest()


def prepare(frame, book, peer=""):
    """Return the :class:`Entry` of a frame with all that can be judged before it is stored."""
    entry = Entry(frame.body, peer)
    try:
        _read(entry, frame, book)
    except Hl7Error as error:
        entry.verdict = refuse_for(error.reason)
    except Exception as error:
        # kept as a dead letter: one message nobody foresaw must not hold up its batch
        _logger.error("cannot read a message: %s", type(error).__name__)
        entry.verdict = refuse("unreadable")
    if not entry.is_accepted:
        entry.digest = hashlib.blake2b(frame.body, digest_size=16).hexdigest()
    return entry


def _read(entry, frame, book):
    head = frame.body[:8192]
    entry.address = ack.read_address(head.decode("latin-1"))
    entry.control_id = short(entry.address.raw(10))
    if frame.problem:
        entry.verdict = refuse_for(PROBLEMS[frame.problem])
        return
    if b"\0" in frame.body:
        raise Hl7Error("nul_bytes")
    sender = book.get(entry.address.sender_code)
    text, entry.codec = decode(frame.body, sender.charset if sender else book.charset)
    entry.address = ack.read_address(text[:8192])
    message = parse(text)
    _read_header(entry, message)
    sender = book.get(entry.sender)
    entry.verdict = header.judge(message, entry.kind, sender.accepts_test if sender else False)
    if entry.is_accepted:
        entry.digest = content_digest(frame.body)
        entry.keys = _patient_keys(entry, message, sender)


def _read_header(entry, message):
    segment = message.header
    entry.sender = header.sender_code(segment)
    entry.control_id = segment.text(10)
    entry.kind = header.message_type(message)
    entry.time_text = segment.text(7)


def _patient_keys(entry, message, sender):
    authority = (sender.authority if sender else "") or entry.sender
    keys = [lanes.key_of(message.first("PID").repeats(3), authority)]
    if entry.kind == "ADT^A40":
        keys += [lanes.key_of(one.repeats(1), authority) for one in message.all("MRG")]
    return tuple(dict.fromkeys(key for key in keys if key))


def short(text, limit=header.MAX_KEY):
    return text.replace("\0", "")[:limit]


def time_of(entry, zone):
    """Return MSH-7 in UTC, None when it is missing or no date."""
    try:
        return to_utc(entry.time_text, zone)
    except Hl7Error:
        return None
