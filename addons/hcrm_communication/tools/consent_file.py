"""Consents in a table of an older system: CSV in UTF-8 or GB18030, or XLSX. No ORM."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime

#: Columns and what their headings may be; compared without case, spaces and underscores.
COLUMNS = {
    "person": "person, number, customer number, patient number, medical record number, 号码, 编号, "
    "客户编号, 患者编号, 病历号, 病案号, 登记号, 身份证号",
    "purpose": "purpose, 用途, 目的",
    "topic": "topic, 主题",
    "channel": "channel, 渠道, 通道",
    "status": "status, answer, consent, 答复, 状态, 是否同意",
    "decided_at": "decided at, decided, date, time, 时间, 日期, 决定时间, 答复时间, 同意时间",
    "expires_on": "expires on, valid until, 有效期, 有效期至",
    "by": "by, decided by, guardian, guardian number, 监护人编号, 监护人号码, 决定人编号",
    "evidence": "evidence, 依据, 凭证, 备注",
}
REQUIRED = ("person", "purpose", "status", "decided_at")
ANSWERS = {
    "granted": "granted, yes, y, 1, true, agree, 同意, 是, 允许, 已同意",
    "withdrawn": "withdrawn, no, n, 0, false, refuse, refused, "
    "拒绝, 否, 不同意, 撤回, 已撤回, 退订",
}
#: 2026-5-1 8:30:00, with - or without time; the digits alone are 8, 12 or 14.
MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?: +(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
    r"|(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?"
)
SPACES = re.compile(r"[\s_]+")
DASHED = str.maketrans({"年": "-", "月": "-", "/": "-", ".": "-", "日": " ", "T": " ", "：": ":"})
MAX_LINES = 100_000


class ConsentFileError(ValueError):
    """The table cannot be read as a whole; ``code`` says why, ``names`` which columns."""

    def __init__(self, code, names=""):
        super().__init__(code)
        self.code, self.names = code, names


def read_table(content):
    r"""Return (heading, lines) of a file's bytes; cells are texts, days or moments.

    >>> read_table("病历号,答复\nA1,同意\n\n".encode("gb18030"))
    (['病历号', '答复'], [(2, ['A1', '同意'])])
    >>> read_table("\ufeffnumber;answer\r\nA1;yes".encode())
    (['number', 'answer'], [(2, ['A1', 'yes'])])
    """
    rows = _xlsx(content) if content[:2] == b"PK" else _csv(_decoded(content))
    table = [(number, row) for number, row in rows if any(cell not in (None, "") for cell in row)]
    if not table:
        raise ConsentFileError("empty")
    if len(table) > MAX_LINES + 1:
        raise ConsentFileError("too_long")
    (_number, heading), *lines = table
    return [str(cell or "").strip() for cell in heading], lines


def find_columns(heading):
    """Return {column: position}.

    >>> find_columns(["病历号", "用途", "是否同意", "Decided_At", "Note"])
    {'person': 0, 'purpose': 1, 'status': 2, 'decided_at': 3}
    """
    known = {_plain(name): column for column, names in COLUMNS.items() for name in _split(names)}
    known |= {_plain(column): column for column in COLUMNS}
    found = {}
    for position, name in enumerate(heading):
        if column := known.get(_plain(name)):
            if column in found:
                raise ConsentFileError("twice", name)
            found[column] = position
    if missing := [column for column in REQUIRED if column not in found]:
        raise ConsentFileError("missing", ", ".join(missing))
    return found


def read_answer(text):
    """Return granted, withdrawn, or None for what is neither.

    >>> read_answer(" 同意 "), read_answer("NO"), read_answer("maybe")
    ('granted', 'withdrawn', None)
    """
    return _ANSWERS.get(_plain(text))


def read_moment(value, zone):
    """Return the moment in UTC without a zone, None for what is no date; a day begins at 0:00.

    >>> from zoneinfo import ZoneInfo
    >>> read_moment("2026年5月1日 8:30", ZoneInfo("Asia/Shanghai"))
    datetime.datetime(2026, 5, 1, 0, 30)
    >>> read_moment("2026/5/1", ZoneInfo("Asia/Shanghai")), read_moment("May", ZoneInfo("UTC"))
    (datetime.datetime(2026, 4, 30, 16, 0), None)
    >>> for text in ("20260501083005", "2026050108", "2026111", "2026-02-30", "2026-05-01T08:30"):
    ...     print(read_moment(text, ZoneInfo("UTC")))
    2026-05-01 08:30:05
    None
    None
    None
    2026-05-01 08:30:00
    """
    moment = _local(value)
    try:
        return moment and moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


def read_day(value):
    """Return the day, None for what is none.

    >>> read_day("2027.1.31"), read_day("soon")
    (datetime.date(2027, 1, 31), None)
    """
    moment = _local(value)
    return moment and moment.date()


def _local(value):
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    found = MOMENT.fullmatch(str(value or "").strip().translate(DASHED).strip())
    try:
        return found and datetime(*(int(part) for part in found.groups() if part))
    except ValueError:
        return None


def _decoded(content):
    for codec in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ConsentFileError("charset")


def _csv(text):
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|，", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error:
        raise ConsentFileError("unreadable") from None


def _xlsx(content):
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        yield from enumerate((list(row) for row in book.active.iter_rows(values_only=True)), 1)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, AttributeError):
        raise ConsentFileError("unreadable") from None


def _split(names):
    return [_plain(name) for name in names.split(",")]


def _plain(text):
    return SPACES.sub("", str(text if text is not None else "")).casefold()


_ANSWERS = {word: code for code, words in ANSWERS.items() for word in _split(words)}
