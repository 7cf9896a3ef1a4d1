"""Rows out of CSV files as hospitals write them: a line that is wrong costs no other line."""

import codecs
import csv
import io

from ..bulk import SourceError
from ..charset import codec_of
from ..reasons import Reason

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
MAX_LINE = 256 * 1024
MAX_LINES = 50  # of one row with line breaks in its values
SAMPLE = 1024 * 1024
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class CsvReader:
    r"""Reads a binary stream.

    >>> data = "id,name\n1,张\n2\n3,\"a\nb\"\n4,5\"\n".encode("gb18030")
    >>> reader = CsvReader(io.BytesIO(data))
    >>> [list(row.values()) if row else reason.code for row, _text, reason in reader]
    [['1', '张'], 'row_columns', ['3', 'a\nb'], ['4', '5"']]
    >>> reader.codec, reader.header
    ('gb18030', ['id', 'name'])
    """

    def __init__(self, stream, charset="", delimiter="", quote='"'):
        self._quote = quote or ""
        self._stream, self.codec = _opened(stream, charset)
        self._waiting = []
        line = self._next_line() or b""
        text = self._decode(line.removeprefix(codecs.BOM_UTF8))
        if text is None:
            raise SourceError("file_charset")
        self.delimiter = DELIMITERS.get(delimiter) or _find_delimiter(text)
        self.header = [name.strip() for name in self._split(text, is_strict=False) or []]
        if not any(self.header):
            raise SourceError("file_no_header")
        if len(set(self.header)) < len(self.header):
            raise SourceError("file_header_twice")

    def check_columns(self, names):
        """Raise SourceError unless the header has all columns that the mapping asks for."""
        known = {name.casefold() for name in self.header}
        missing = [name for name in names if name.casefold() not in known]
        if missing:
            raise SourceError("file_columns_missing", columns=", ".join(missing))

    def __iter__(self):
        """Yield (row or None, what is no row, Reason or None)."""
        while (line := self._next_line()) is not None:
            if line.strip():
                row, text, reason = self._row(line)
                told = {"columns": self.header, "between": self.delimiter, "text": text[:MAX_LINE]}
                yield row, told if reason else "", reason

    def _row(self, line):
        text = self._decode(line)
        if text is None:
            told = line.decode(self.codec, "backslashreplace")
            return None, told, Reason("charset_not_true", values={"charset": self.codec})
        if len(line) > MAX_LINE:
            return None, text, Reason("row_too_large")
        cells = self._split(text)
        if cells is None and self._quote:
            cells = self._continued(line) or self._unquoted(text)
        if cells is None:
            found = len(self._split(text, is_strict=False) or [])
            expected = len(self.header)
            told = Reason("row_columns", values={"found": found, "expected": expected})
            return None, text, told
        return dict(zip(self.header, cells, strict=True)), "", None

    def _continued(self, line):
        """Return the cells of a row whose quoted values hold line breaks, None when it is none."""
        quote = self._quote.encode()
        taken, whole = [], line
        while whole.count(quote) % 2 and len(taken) < MAX_LINES and len(whole) < MAX_LINE:
            more = self._next_line()
            if more is None:
                break
            taken.append(more)
            whole += b"\n" + more
        text = self._decode(whole) if not whole.count(quote) % 2 else None
        cells = self._split(text) if text else None
        if cells is None:
            self._waiting = taken + self._waiting
        return cells

    def _unquoted(self, text):
        """Return the cells of a row in which quotes stand for inches, not around values."""
        cells = self._split(text, is_quoted=False)
        is_odd = any(cell.startswith(self._quote) for cell in cells or ())
        return None if is_odd else cells

    def _split(self, text, *, is_strict=True, is_quoted=True):
        """Return the cells; when strict, None unless there are as many as in the header."""
        quoting = csv.QUOTE_MINIMAL if self._quote and is_quoted else csv.QUOTE_NONE
        form = {"delimiter": self.delimiter, "quotechar": self._quote or None, "quoting": quoting}
        try:
            [cells] = csv.reader([text], strict=is_strict, **form)
        except (csv.Error, ValueError):
            return None
        return None if is_strict and len(cells) != len(self.header) else cells

    def _decode(self, line):
        try:
            return line.decode(self.codec)
        except UnicodeDecodeError:
            return None

    def _next_line(self):
        """Return a line without its end, None at the end of the file; one too long is cut."""
        if self._waiting:
            return self._waiting.pop(0)
        line = self._stream.readline(MAX_LINE + 1)
        if not line:
            return None
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = self._stream.readline(MAX_LINE + 1)
        return line.rstrip(b"\r\n")


def _opened(stream, charset):
    """Return (stream, codec); a file of Excel's "Unicode text" is read as UTF-8."""
    head = stream.read(SAMPLE)
    stream.seek(0)
    if head.startswith(_WIDE_MARKS):
        return _Recoded(io.TextIOWrapper(stream, "utf-16", errors="replace", newline="\n")), "utf-8"
    codec = codec_of(charset) if charset else _guess(head)
    if not codec:
        raise SourceError("file_charset")
    return stream, codec


class _Recoded:
    """A text stream as the lines of a binary one."""

    def __init__(self, stream):
        self._stream = stream

    def readline(self, limit):
        """Return the next line in UTF-8."""
        return self._stream.readline(limit).encode()


def _guess(head):
    r"""Return the codec of most lines: one damaged line must not change how all are read.

    >>> _guess("a\n张伟\n李明\n".encode() + b"\xff\xfe\n"), _guess("张伟\n李明\n".encode("gb18030"))
    ('utf-8', 'gb18030')
    """
    lines = [line for line in head.split(b"\n")[:-1] or [head] if not line.isascii()]
    good = sum(_is_utf8(line) for line in lines)
    return "utf-8" if good * 2 >= len(lines) else "gb18030"


def _is_utf8(line):
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _find_delimiter(text):
    return max(DELIMITERS.values(), key=text.count)
