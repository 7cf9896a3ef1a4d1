"""What any source says about a customer, in one form: HL7 today, FHIR and staging tables alike.

A dictionary of ``values`` names only what the source told: a missing key means "not told",
``False`` means "delete what is there". Times are naive UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime

from .reasons import Reason


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks, and how its codes are to be read."""

    code: str
    zone: str = "Asia/Shanghai"
    authority: str = ""
    company_id: int = 0
    campus_id: int = 0
    hospital_ids: frozenset = frozenset()  # the company with those above and below it
    systems: dict = field(default_factory=dict, hash=False)  # (authority, type) → system code


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number of a person; ``system`` is the code of ``hcrm.identifier.system``."""

    system: str
    type_code: str
    value: str


@dataclass(slots=True)
class Person:
    """A patient or a relative. ``is_hint``: told by a department, not by the patient master.

    Who it is is told by numbers, by our own id (``partner_id``), or by a ``handle``: the name under
    which another event of the same batch tells about this person.
    """

    identifiers: list = field(default_factory=list)
    values: dict = field(default_factory=dict)
    phones: list | bool | None = None
    is_hint: bool = False
    partner_id: int = 0
    handle: str = ""


@dataclass(slots=True)
class Relation:
    """``person`` is the ``relation`` of the patient."""

    relation: str
    person: Person


@dataclass(slots=True)
class Visit:
    """An encounter. ``guesses`` names the values that better knowledge may replace at any time.

    ``is_cancelled`` is None when the message says nothing about it. A visit that is told about has
    begun unless ``is_planned``. Which it is is told by its number or by our own ``encounter_id``.
    """

    number: str
    values: dict = field(default_factory=dict)
    is_cancelled: bool | None = None
    guesses: frozenset = frozenset()
    department_codes: tuple = ()
    campus_code: str = ""
    doctor_code: str = ""
    encounter_id: int = 0
    is_planned: bool = False


@dataclass(slots=True)
class Fact:
    """One row of ``model``, known to its source by ``key`` or to us by ``row_id``."""

    model: str
    key: str
    values: dict
    department_codes: tuple = ()
    doctor_code: str = ""
    campus_code: str = ""
    row_id: int = 0


@dataclass(slots=True)
class Merge:
    """``retired`` numbers turned out to name the person whom ``survivor`` names."""

    survivor: Person
    retired: list


@dataclass(slots=True)
class Event:
    """All that one message says."""

    source: Source
    time: datetime
    patient: Person | None = None
    visit: Visit | None = None
    facts: list = field(default_factory=list)
    relations: list = field(default_factory=list)
    merges: list = field(default_factory=list)
    warnings: list = field(default_factory=list)  # Reason

    def persons(self):
        """Return everybody whom the event tells about."""
        found = [self.patient] if self.patient else []
        found += [relation.person for relation in self.relations]
        return found + [merge.survivor for merge in self.merges]

    def warn(self, code, location="", /, **values):
        """Note what is odd about the message and does not keep it from being applied."""
        self.warnings.append(Reason(code, location, values))
