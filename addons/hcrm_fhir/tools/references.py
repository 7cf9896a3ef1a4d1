"""Who and what resources refer to: our ids, entries of the same bundle, numbers, searches."""

from typing import NamedTuple
from urllib.parse import parse_qsl

from .errors import invalid

#: Elements of the types we read that hold references we follow.
SINGLE = ("subject", "patient", "encounter", "requester", "serviceProvider", "recorder", "asserter")


class Target(NamedTuple):
    """What a reference leads to: a record of ours or (``handle``) an entry of the bundle."""

    resource_type: str
    record_id: int = 0
    handle: str = ""


def references_of(resource):
    """Return the Reference elements that are followed.

    >>> told = {"subject": {"reference": "Patient/1"}, "performer": [{"reference": "Group/2"}]}
    >>> [one["reference"] for one in references_of(told)]
    ['Patient/1', 'Group/2']
    """
    found = [resource[name] for name in SINGLE if isinstance(resource.get(name), dict)]
    for performer in resource.get("performer") or []:
        found.append(performer.get("actor") or performer)
    for participant in resource.get("participant") or []:
        found.append(participant.get("individual") or participant.get("actor") or {})
    return [one for one in found if one]


def split(reference, base):
    """Return (resource type, id) of a literal reference to this server, ("", "") for any other.

    >>> split("Patient/1", ""), split("http://a/R4/Patient/1", "http://a/R4")
    (('Patient', '1'), ('Patient', '1'))
    >>> split("http://b/Patient/1", "http://a"), split("urn:uuid:1", ""), split("#1", "")
    (('', ''), ('', ''), ('', ''))
    """
    path = reference.removeprefix(f"{base}/") if base else reference
    path = path.partition("/_history/")[0]
    parts = path.split("/")
    if len(parts) != 2 or not parts[0][:1].isupper() or not parts[1] or "?" in path:
        return "", ""
    return parts[0], parts[1]


def condition(reference):
    """Return (resource type, query) of a conditional reference, ("", "") for any other.

    >>> condition("Patient?identifier=a|1")
    ('Patient', 'identifier=a|1')
    """
    name, mark, query = reference.partition("?")
    return (name, query) if mark and name[:1].isupper() and "/" not in name else ("", "")


def pairs(query):
    """Return the (name, value) pairs of a query."""
    return parse_qsl(query, keep_blank_values=True)


class References:
    """What every reference of a request leads to; filled by the writer, asked by the mappings.

    :param found: {reference text: Target}
    :param people: {(system, value): Target} of logical references
    """

    def __init__(self, found, people):
        self._found = found
        self._people = people

    def find(self, reference, wanted):
        """Return the Target of a Reference, None where it leads to nothing known here."""
        text = (reference or {}).get("reference")
        target = self._found.get(text) if text else None
        if target is None and reference and reference.get("identifier"):
            number = reference["identifier"]
            target = self._people.get((wanted, number.get("system"), number.get("value")))
        return target

    def need(self, reference, wanted, expression):
        """Return the Target, which must be of the wanted type."""
        if not reference:
            raise invalid(f"it names no {wanted}", expression, "required")
        target = self.find(reference, wanted)
        if target is None:
            raise invalid(f"this {wanted} is not known here", expression, "not-found")
        if target.resource_type != wanted:
            raise invalid(f"this should be a {wanted}", expression, "invalid")
        return target

    def optional(self, reference, wanted):
        """Return the record id, 0 for what is not known or of another type."""
        target = self.find(reference, wanted)
        return target.record_id if target and target.resource_type == wanted else 0
