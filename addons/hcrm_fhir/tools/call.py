"""A request and its answer, without HTTP: what the server is asked, by whom, and what it says."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import NamedTuple

from . import scopes as scope_tools
from .errors import FhirError

LETTERS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


class Answer(NamedTuple):
    """``body`` is a resource or None."""

    status: int
    body: dict | None = None
    headers: dict | None = None


@dataclass(slots=True)
class Call:
    """One request. ``scopes`` as parsed; ``headers`` with names in lower case."""

    method: str
    path: str
    pairs: list = field(default_factory=list)
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    base: str = ""
    client_id: int = 0
    scopes: dict = field(default_factory=dict)
    zone: str = "UTC"
    secret: str = ""
    peer: str = ""
    told_at: object = None  # moment that a load counts as, where a resource does not say
    is_replay: bool = False  # what is told is in a dead letter already
    source: object = None  # canonical Source, in whose name it is told

    def to_json(self):
        """Return what is needed to carry the request out again."""
        kept = ("content-type", "if-none-exist", "prefer")
        headers = {name: self.headers[name] for name in kept if name in self.headers}
        return {
            "method": self.method,
            "path": self.path,
            "pairs": self.pairs,
            "headers": headers,
            "base": self.base,
        }

    def check_scope(self, resource_type, letter):
        """Raise 403 unless the system may do that."""
        if not scope_tools.allows(self.scopes, resource_type, letter):
            text = f"this key may not {LETTERS[letter]} {resource_type}"
            raise FhirError(403, "forbidden", text)

    def prefers(self, name):
        """Return a preference of the ``Prefer`` header, "" when it is not told."""
        for part in self.headers.get("prefer", "").replace(";", ",").split(","):
            key, _mark, value = part.strip().partition("=")
            if key.strip().lower() == name:
                return value.strip().strip('"').lower()
        return ""


def version_of(resource):
    """Return the version of a resource: it changes with the contents and with nothing else.

    >>> version_of({"id": "1", "meta": {"lastUpdated": "a"}}) == version_of({"id": "1"})
    True
    """
    told = {name: value for name, value in resource.items() if name not in ("meta", "text")}
    body = json.dumps(told, sort_keys=True, default=str).encode()
    return hashlib.blake2b(body, digest_size=8).hexdigest()


def versioned(resource):
    """Return the resource with ``meta.versionId``."""
    meta = {"versionId": version_of(resource), **resource.get("meta", {})}
    return {"resourceType": resource["resourceType"], "id": resource["id"], "meta": meta} | {
        name: value for name, value in resource.items() if name != "meta"
    }


def etag(resource):
    """Return the weak ETag of a versioned resource."""
    return f'W/"{resource["meta"]["versionId"]}"'


def bare_tag(text):
    """Return the version in an ETag as clients write it.

    >>> bare_tag('W/"ab"'), bare_tag('"ab"'), bare_tag("ab")
    ('ab', 'ab', 'ab')
    """
    return text.strip().removeprefix("W/").strip('"')


def subset(resource, elements):
    """Return a resource with the wanted elements and those it cannot be without."""
    if not elements:
        return resource
    keep = {"resourceType", "id", "meta", *elements}
    tag = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED",
    }
    found = {name: value for name, value in resource.items() if name in keep}
    return found | {"meta": {**found["meta"], "tag": [tag]}}
