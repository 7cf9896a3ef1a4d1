"""The query of a search, read: conditions, and how its answer is wanted."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from .errors import bad_request

DEFAULT_COUNT = 50
MAX_COUNT = 500
MAX_CONDITIONS = 50
MAX_VALUES = 500
TOTALS = ("none", "estimate", "accurate")
_COMMA = re.compile(r"(?<!\\),")
_PIPE = re.compile(r"(?<!\\)\|")
_ESCAPE = re.compile(r"\\([,|$\\])")
_NAME = re.compile(r"([A-Za-z_][\w-]*)(?::([A-Za-z-]+))?(?:\.(.+))?")


class Condition(NamedTuple):
    """``name:modifier.chain=values``; the values are alternatives."""

    name: str
    modifier: str
    chain: str
    values: tuple
    text: str  # the parameter as written, for the self link


@dataclass(slots=True)
class Query:
    """What is asked for; ``pairs`` are those parameters that are conditions."""

    conditions: list = field(default_factory=list)
    count: int = DEFAULT_COUNT
    sort: list = field(default_factory=list)  # (name, is descending)
    total: str = ""
    summary: str = ""
    elements: tuple = ()
    includes: list = field(default_factory=list)  # (source type, parameter, target type)
    revincludes: list = field(default_factory=list)
    cursor: str = ""


def read(pairs):
    """Return the :class:`Query` of (name, value) pairs.

    >>> query = read([("name", "张,李"), ("_count", "5"), ("_sort", "-date,_id"), ("_format", "")])
    >>> query.count, query.sort, query.conditions[0].values
    (5, [('date', True), ('_id', False)], ('张', '李'))
    >>> read([("subject:Patient.identifier", "a|1")]).conditions[0][:4]
    ('subject', 'Patient', 'identifier', ('a|1',))
    """
    query = Query()
    for name, value in pairs:
        reader = _CONTROLS.get(name.partition(":")[0])
        if reader:
            reader(query, value.strip())
        elif value.strip():  # a parameter without a value says nothing
            query.conditions.append(_condition(name, value))
    if len(query.conditions) > MAX_CONDITIONS:
        raise bad_request(f"more than {MAX_CONDITIONS} search parameters", "too-costly")
    return query


def _condition(name, value):
    found = _NAME.fullmatch(name)
    if not found:
        raise bad_request(f"{name[:60]} is no search parameter")
    values = tuple(one for one in _COMMA.split(value) if one.strip())
    if len(values) > MAX_VALUES:
        raise bad_request(f"more than {MAX_VALUES} alternatives", "too-costly")
    return Condition(found[1], found[2] or "", found[3] or "", values, name)


def plain(text):
    r"""Return a value without its escapes.

    >>> plain(r"a\,b\|c")
    'a,b|c'
    """
    return _ESCAPE.sub(r"\1", text).strip()


def token(text):
    r"""Return (system or None, code) of ``system|code``; ``|code`` means: without a system.

    >>> token("http://loinc.org|8480-6"), token("8480-6"), token("|x"), token("http://a|")
    (('http://loinc.org', '8480-6'), (None, '8480-6'), ('', 'x'), ('http://a', ''))
    """
    parts = [plain(part) for part in _PIPE.split(text, maxsplit=1)]
    return (None, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _read_count(query, value):
    if not value.isdigit():
        raise bad_request("_count is a number")
    query.count = min(int(value[:9]), MAX_COUNT)


def _read_sort(query, value):
    for part in filter(None, value.split(",")):
        query.sort.append((part.lstrip("-").strip(), part.startswith("-")))


def _read_total(query, value):
    if value not in TOTALS:
        raise bad_request("_total is none, estimate or accurate")
    query.total = value


def _read_summary(query, value):
    if value not in ("true", "false", "text", "data", "count"):
        raise bad_request("_summary is count, true, data, text or false")
    query.summary = "" if value == "false" else value


def _read_elements(query, value):
    query.elements = tuple(filter(None, (part.strip() for part in value.split(","))))


def _read_include(query, value):
    query.includes.append(_include(value))


def _read_revinclude(query, value):
    query.revincludes.append(_include(value))


def _include(value):
    parts = value.split(":")
    if len(parts) not in (2, 3):
        raise bad_request("an include names a resource type and a parameter: Encounter:patient")
    return (*parts, "")[:3]


def _read_cursor(query, value):
    query.cursor = value


def _ignore(query, value):
    """How the answer is written is read elsewhere."""


_CONTROLS = {
    "_count": _read_count,
    "_sort": _read_sort,
    "_total": _read_total,
    "_summary": _read_summary,
    "_elements": _read_elements,
    "_include": _read_include,
    "_revinclude": _read_revinclude,
    "_cursor": _read_cursor,
    "_format": _ignore,
    "_pretty": _ignore,
}
