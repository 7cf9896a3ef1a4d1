r"""Messages out of files: folders, archives, batch files (FHS, BHS), MLLP recordings.

>>> import io
>>> list(split_stream(io.BytesIO(b"FHS|x\rBHS|y\rMSH|1\rPID|1\r\nMSH|2\rBTS|2\r\x0bMSH|3\r\x1c\r")))
[b'MSH|1\rPID|1', b'MSH|2', b'MSH|3']
"""

import functools
import gzip
import lzma
import re
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

from .reasons import Reason

CHUNK = 1024 * 1024
LIMIT = 16 * 1024 * 1024
MAX_DEPTH = 3  # archives in archives
MAX_INNER = 512 * 1024 * 1024  # bytes of an archive in an archive
ENCRYPTED = 1  # bit of a zip member's flags
SUFFIXES = frozenset((".hl7", ".txt", ".dat", ".er7", ".msg", ""))

_START = re.compile(rb"(?:^|[\r\n\x0b\x1c])(?=MSH[^A-Za-z0-9\s])")
_ENVELOPE = re.compile(rb"(?:^|[\r\n])(?:FHS|BHS|BTS|FTS)[^\r\n]*")
_BLANK = b" \t\r\n\x00\x0b\x1c\xef\xbb\xbf"


#: What the readers of archives raise when these are damaged, encrypted or of an odd kind.
DAMAGE = (
    *(OSError, EOFError, RuntimeError, ValueError, KeyError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError),
)


class SourceError(Exception):
    """A source that cannot be read; the reason says what to do."""

    def __init__(self, code, /, **values):
        super().__init__(code)
        self.reason = Reason(code, values=values)

    def __str__(self):
        return str(self.reason)


def split_stream(stream):
    """Yield the messages of a binary stream without holding more than one and a bit in memory.

    What is ``LIMIT`` long or longer is not whole: its end may have been left out.
    """
    rest = b""
    while chunk := stream.read(CHUNK):
        rest += chunk
        starts = [found.end() for found in _START.finditer(rest)]
        for begin, end in zip(starts, starts[1:], strict=False):
            yield from _clean(rest[begin:end])
        rest = rest[starts[-1] :] if starts else rest[-8:]
        if len(rest) > LIMIT:
            yield rest[:LIMIT]
            rest = b""
    if _START.match(b"\r" + rest):
        yield from _clean(rest)


def _clean(body):
    text = _ENVELOPE.sub(b"", body).strip(_BLANK)
    if text:
        yield text


def iter_source(path, suffixes=SUFFIXES):
    """Yield (name, opener of a binary stream) for every file of a source, in fixed order."""
    path = Path(path)
    if not path.exists():
        raise SourceError("source_missing", name=str(path))
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            name = str(file.relative_to(path)) if path.is_dir() else file.name
            yield from iter_file(name, lambda file=file: file.open("rb"), suffixes)


def iter_file(name, opener, suffixes=SUFFIXES, depth=0):
    """Yield (name, opener) of a file, or of what is in an archive; each is to be read at once."""
    lower = name.lower()
    is_zip = lower.endswith(".zip")
    if is_zip or lower.endswith((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")):
        if depth >= MAX_DEPTH:
            raise SourceError("archive_too_deep", name=name, limit=MAX_DEPTH)
        reader = _iter_zip if is_zip else _iter_tar
        copy = _whole(name, opener) if depth else opener
        yield from reader(name, copy, suffixes, depth + 1)
    elif lower.endswith(".gz"):
        yield name, lambda: gzip.open(opener())
    elif Path(lower).suffix in suffixes:
        yield name, opener


def _whole(name, opener):
    """Return an opener of a copy that can be read back and forth; not larger than is decent."""

    def copy():
        file = tempfile.SpooledTemporaryFile(LIMIT)
        with opener() as stream:
            while chunk := stream.read(CHUNK):
                file.write(chunk)
                if file.tell() > MAX_INNER:
                    raise SourceError("archive_too_large", name=name, limit=MAX_INNER >> 20)
        file.seek(0)
        return file

    return copy


def _iter_zip(name, opener, suffixes, depth):
    try:
        with opener() as stream, zipfile.ZipFile(stream) as archive:
            members = sorted(archive.infolist(), key=lambda one: one.filename)
            if any(member.flag_bits & ENCRYPTED for member in members):
                raise SourceError("archive_locked", name=name)
            for member in members:
                if not member.is_dir():
                    open_member = functools.partial(archive.open, member)
                    inner = f"{name}/{member.filename}"
                    yield from iter_file(inner, open_member, suffixes, depth)
    except DAMAGE as error:
        raise SourceError("not_zip", name=name) from error


def _iter_tar(name, opener, suffixes, depth):
    try:
        with opener() as stream, tarfile.open(fileobj=stream) as archive:
            for member in sorted(archive.getmembers(), key=lambda one: one.name):
                if member.isfile():
                    open_member = functools.partial(archive.extractfile, member)
                    yield from iter_file(f"{name}/{member.name}", open_member, suffixes, depth)
    except DAMAGE as error:
        raise SourceError("not_tar", name=name) from error


def iter_messages(files, skip=0):
    """Yield (position, name, body) of all messages of ``files`` after the first ``skip``.

    >>> import io
    >>> two, one = io.BytesIO(b"MSH|1\\rMSH|2"), io.BytesIO(b"MSH|3")
    >>> files = [("a.hl7", lambda: two), ("b", lambda: one)]
    >>> [(position, name) for position, name, _body in iter_messages(files, skip=1)]
    [(2, 'a.hl7'), (3, 'b')]
    """
    position = 0
    for name, opener in files:
        try:
            with opener() as stream:
                for body in split_stream(stream):
                    position += 1
                    if position > skip:
                        yield position, name, body
        except DAMAGE as error:
            raise SourceError("file_damaged", name=name) from error


class _AnySuffix:
    """Whatever a file is called, it may hold somebody's name."""

    def __contains__(self, _suffix):
        return True


def may_contain(files, needles):
    """True if one of the ``needles`` (bytes) is in one of the ``files``, or one is unreadable.

    >>> import io
    >>> may_contain([("a.hl7", lambda: io.BytesIO(b"PID|1||7788"))], [b"7788"])
    True
    >>> may_contain([("a.hl7", lambda: io.BytesIO(b"PID|1||7788"))], [b"9999"])
    False
    """
    longest = max(map(len, needles), default=0)
    if not longest:
        return False
    try:
        for _name, opener in files:
            with opener() as stream:
                if _stream_contains(stream, needles, longest):
                    return True
    except (SourceError, *DAMAGE):
        return True
    return False


def _stream_contains(stream, needles, longest):
    rest = b""
    while chunk := stream.read(CHUNK):
        rest += chunk
        if any(needle in rest for needle in needles):
            return True
        rest = rest[-longest:]
    return False


ANY_SUFFIX = _AnySuffix()


def take_chunk(messages, count, size):
    """Return the next messages, at most ``count`` and, but for the last, ``size`` bytes.

    >>> take_chunk(iter([(1, "a", b"123"), (2, "a", b"4"), (3, "a", b"5")]), 9, 4)
    [(1, 'a', b'123'), (2, 'a', b'4')]
    """
    chunk = []
    for one in messages:
        chunk.append(one)
        size -= len(one[2])
        if len(chunk) == count or size <= 0:
            break
    return chunk
