"""Writes HL7 v2 for the converters and keeps count of what must arrive."""

from datetime import datetime, timezone

from tests.his.messages import header, message, segment

_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"}
_ESCAPED = str.maketrans(_ESCAPES | {"\r": "\\.br\\", "\n": "\\.br\\"})

#: What is counted → table.
TABLES = {
    "encounters": "hcrm_encounter",
    "diagnoses": "hcrm_diagnosis",
    "observations": "hcrm_observation",
    "charges": "hcrm_charge",
    "prescriptions": "hcrm_prescription",
}


def esc(text):
    """Text inside a component."""
    return str(text if text is not None else "").translate(_ESCAPED)


def parts(*components):
    """A field of components."""
    return "^".join(esc(component) for component in components).rstrip("^")


def stamp(iso):
    """HL7 time of an ISO 8601 time, in UTC; a date stays a date.

    >>> stamp("1985-10-14T09:57:27.225194+02:00"), stamp("1985-10-14"), stamp(None)
    ('19851014075727.2251+0000', '19851014', '')
    """
    if not iso or "T" not in iso:
        return (iso or "").replace("-", "")
    moment = datetime.fromisoformat(iso.replace("Z", "+00:00")).astimezone(timezone.utc)
    return f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 100:04d}+0000"


class Feed:
    """Messages of one source in the order of sending, as bytes by control id."""

    def __init__(self, name):
        self.name = name
        self.messages = {}
        self.people = {}
        self.facts = {what: set() for what in TABLES}

    def person(self, number, name):
        """Remember who must be there."""
        self.people[number] = name

    def fact(self, what, *key):
        """Remember a row that must be there; what the source says twice is one row."""
        self.facts[what].add(key)

    def add(self, kind, time, *lines, charset="UNICODE UTF-8", codec="utf-8"):
        """Add a message; returns its control id."""
        control = f"{self.name}-{len(self.messages)}"
        head = header(kind, control, time=time, sender=self.name, charset=charset)
        if kind.startswith("ADT"):
            lines = (segment("EVN", f1=kind.partition("^")[2], f2=time), *lines)
        text = message(head, *(line for line in lines if line))
        self.messages[control] = text.encode(codec)
        return control
