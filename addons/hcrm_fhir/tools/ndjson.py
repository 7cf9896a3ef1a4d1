"""FHIR resources out of files, one a line, in the order in which they refer to each other."""

import json
import re

from odoo.addons.hcrm_his.tools.bulk import DAMAGE, LIMIT, SourceError

SUFFIXES = frozenset((".ndjson", ".jsonl", ".json"))
#: Who is referred to comes first; each is a pass over the source.
PASSES = (("Patient",), ("RelatedPerson",), ("Encounter",), ())
_TYPE = re.compile(rb'^\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"')
_NAMED = frozenset(name for names in PASSES for name in names)


def type_of(line):
    """Return the resource type of a line, "" for what is no resource.

    >>> type_of(b'{"resourceType": "Patient"}'), type_of(b'{"id": "1", "resourceType":"Encounter"}')
    ('Patient', 'Encounter')
    >>> type_of(b'{'), type_of(b'[1]')
    ('', '')
    """
    found = _TYPE.match(line)
    if found:
        return found[1].decode()
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    name = told.get("resourceType") if isinstance(told, dict) else ""
    return name if isinstance(name, str) else ""


def is_of_pass(line, names):
    """Tell whether a line is read in the pass of these types; the last pass takes the rest."""
    name = type_of(line)
    return name in names if names else name not in _NAMED


def lines_of(stream):
    """Yield the lines that hold something; one that is too long is cut, so that it is refused.

    >>> import io
    >>> list(lines_of(io.BytesIO(b'{"a": 1}\\n\\n {"b": 2}')))
    [b'{"a": 1}', b'{"b": 2}']
    """
    while line := stream.readline(LIMIT):
        is_cut = len(line) == LIMIT and not line.endswith(b"\n")
        while is_cut and (rest := stream.readline(LIMIT)):
            if rest.endswith(b"\n"):
                break
        if line.strip():
            yield line.strip()


def iter_lines(open_files, names, position=0, skip=0):
    """Yield (position, file, line) of one pass after the first ``skip`` positions.

    :param open_files: function that returns (name, opener) of every file, as often as it is asked
    """
    for name, opener in open_files():
        try:
            with opener() as stream:
                for line in lines_of(stream):
                    if is_of_pass(line, names):
                        position += 1
                        if position > skip:
                            yield position, name, line
        except DAMAGE as error:
            raise SourceError("file_damaged", name=name) from error


def count_lines(open_files, names):
    """Return how many lines a pass has."""
    return sum(1 for _line in iter_lines(open_files, names))
