"""MLLP framing (HL7 transport, release 1): ``0x0B message 0x1C 0x0D``.

:class:`FrameReader` never raises: whatever arrives comes out as frames, damaged ones with a
``problem``, so that a sender gets an answer and nothing is lost.
"""

import re
from typing import NamedTuple

START = b"\x0b"
END = b"\x1c"
TRAILER = b"\x1c\r"
LIMIT = 16 * 1024 * 1024
KEPT_OF_OVERSIZE = 64 * 1024
KEPT_OF_HEAD = 4 * 1024

_MARK = re.compile(rb"[\x0b\x1c]")
_BLANK = b" \t\r\n\x00"

NO_END = "no_end"  # the next message began before this one ended
NO_START = "no_start"  # an end without a beginning
CUT = "cut"  # the connection closed in the middle
SLOW = "slow"  # it was cut off here, for it did not go on
OVERSIZE = "oversize"


class Frame(NamedTuple):
    """One message as received; ``problem`` is empty for a well-formed frame."""

    body: bytes
    problem: str = ""


def wrap(body):
    """Return ``body`` in its frame.

    >>> wrap(b"MSH|")
    b'\\x0bMSH|\\x1c\\r'
    """
    return START + body + TRAILER


class FrameReader:
    """Cuts a byte stream into frames.

    >>> reader = FrameReader()
    >>> reader.feed(b"noise\\x0bMSH|1\\x1c\\r\\x0bMSH|")
    [Frame(body=b'MSH|1', problem='')]
    >>> reader.is_inside
    True
    >>> reader.feed(b"2\\x0bMSH|3\\x1c")
    [Frame(body=b'MSH|2', problem='no_end'), Frame(body=b'MSH|3', problem='')]
    >>> reader.feed(b"\\r MSH|4\\x1c\\r"), reader.noise
    ([Frame(body=b'MSH|4', problem='')], 5)
    >>> reader.feed(b"half\\x1c\\r\\x0bMSH|5")
    [Frame(body=b'half', problem='no_start')]
    >>> reader.close()
    [Frame(body=b'MSH|5', problem='cut')]
    >>> small = FrameReader(limit=4)
    >>> small.feed(b"\\x0bMSH|too long\\x1c\\r\\x0bMSH|\\x1c\\r")
    [Frame(body=b'MSH|too long', problem='oversize'), Frame(body=b'MSH|', problem='')]
    """

    def __init__(self, limit=LIMIT):
        self.limit = limit
        self.noise = 0
        self.is_inside = False
        self._is_skipping = False
        self._buffer = bytearray()
        self._scanned = 0

    @property
    def pending(self):
        """Bytes held for a frame that has not ended."""
        return len(self._buffer)

    @property
    def head(self):
        """The beginning of a frame that has not ended."""
        return bytes(self._buffer[:KEPT_OF_HEAD])

    def feed(self, data):
        """Take bytes; return the frames they complete."""
        self._buffer += data
        frames = []
        while mark := _MARK.search(self._buffer, self._scanned):
            body = bytes(self._buffer[: mark.start()])
            is_end = self._buffer[mark.start()] == END[0]
            del self._buffer[: mark.end()]
            self._scanned = 0
            frame = self._ended(body) if is_end else self._started(body)
            if frame:
                frames.append(frame)
        self._scanned = len(self._buffer)
        self._shed()
        return frames

    def close(self, problem=CUT):
        """Return what is left when the stream ends, or is ended for a ``problem``."""
        body = bytes(self._buffer)
        self._buffer.clear()
        if not self.is_inside:
            return []
        self.is_inside = False
        return [Frame(body[:KEPT_OF_OVERSIZE], problem)] if body.strip(_BLANK) else []

    def _ended(self, body):
        is_inside, self.is_inside = self.is_inside, False
        if self._is_skipping or (is_inside and len(body) > self.limit):
            return self._oversize(body)
        if is_inside:
            return Frame(body)
        stray = body.strip(_BLANK)
        if not stray:
            return None
        return Frame(stray) if stray.startswith(b"MSH") else Frame(stray, NO_START)

    def _started(self, body):
        is_inside, self.is_inside = self.is_inside, True
        if self._is_skipping:
            return self._oversize(body)
        if not is_inside:
            self.noise += len(body.strip(_BLANK))
            return None
        return Frame(body, NO_END) if body.strip(_BLANK) else None

    def _oversize(self, body):
        self._is_skipping = False
        return Frame(body[:KEPT_OF_OVERSIZE], OVERSIZE)

    def _shed(self):
        """Hold no more than the limit: forget noise, keep the head of an oversize frame."""
        if self.is_inside and len(self._buffer) > self.limit:
            self._is_skipping = True
            del self._buffer[KEPT_OF_OVERSIZE:]
        elif not self.is_inside and len(self._buffer) > self.limit:
            self.noise += len(self._buffer)
            self._buffer.clear()
        self._scanned = len(self._buffer)
