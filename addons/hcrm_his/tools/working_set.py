"""What a batch is about: loaded by a handful of queries, changed in memory, written once."""

from dataclasses import dataclass, field

from .reasons import Reason
from .registers import Registers

#: Fields of facts that belong together: older news changes none of them.
WHOLE = frozenset(("value_text", "unit", "reference_range", "abnormal_flag"))


@dataclass(slots=True, eq=False)
class PersonState:
    """A customer in the making or a known one (``partner_id``)."""

    registers: Registers
    partner_id: int = 0
    company_id: int = 0  # the hospital that alone knows the person
    numbers: set = field(default_factory=set)  # (system code, number) known to be this person's
    new_numbers: list = field(default_factory=list)  # Identifier
    kinds: set = field(default_factory=set)
    new_kinds: set = field(default_factory=set)
    relatives: dict = field(default_factory=dict)  # name → (PersonState, relation)
    is_touched: bool = False


@dataclass(slots=True, eq=False)
class VisitState:
    """An encounter in the making or a known one (``encounter_id``)."""

    registers: Registers
    person: PersonState
    company_id: int
    number: str
    source: str
    encounter_id: int = 0
    known_state: str = ""
    is_touched: bool = False


@dataclass(slots=True, eq=False)
class FactState:
    """A row of a fact model."""

    model: str
    company_id: int
    key: str
    person: PersonState | None
    visit: VisitState | None
    values: dict
    time: int
    source: str
    row_id: int = 0
    partner_id: int = 0
    changed: set = field(default_factory=set)

    def tell(self, values, time):
        """Newer news replaces the row's values, older news fills what is empty.

        A result, an amount or a flag that is zero is not empty, nor is a text beside a number.
        """
        is_newer = not self.time or time >= self.time
        for name, value in values.items():
            known = self.values.get(name)
            is_gap = not known and name not in WHOLE and not isinstance(value, bool | float)
            if known != value and (is_newer or (value and is_gap)):
                self.values[name] = value
                self.changed.add(name)
        self.time = max(self.time, time)


@dataclass(slots=True)
class Outcome:
    """What came of one message."""

    message_id: int
    state: str = "processed"
    person: PersonState | None = None
    visit: VisitState | None = None
    reason: Reason | None = None
    detail: str = ""
    warnings: list = field(default_factory=list)  # Reason
    facts: list = field(default_factory=list)  # FactState, in the order of the event
    relations: list = field(default_factory=list)  # (patient, relative, relation)
    conflicts: list = field(default_factory=list)  # Identifier: somebody else's number
    known: tuple = ()  # what was there before: person, visit, each fact
    is_forgotten: bool = False  # about an erased person: the message itself is emptied

    def warn(self, code, location="", /, **values):
        """Note what was left out or looks odd."""
        self.warnings.append(Reason(code, location, values))


@dataclass(slots=True)
class WorkingSet:
    """Everything a batch touches, by the keys under which messages name it."""

    persons: list = field(default_factory=list)
    numbers: dict = field(default_factory=dict)  # (system code, number) → PersonState
    handles: dict = field(default_factory=dict)  # handle or partner id → PersonState
    visits: dict = field(default_factory=dict)  # (company, visit number) → VisitState
    facts: dict = field(default_factory=dict)  # (model, company, key) → FactState
    relations: list = field(default_factory=list)  # (patient, relative, relation) to be created
    departments: dict = field(default_factory=dict)  # (company, code) → {campus: id}
    campuses: dict = field(default_factory=dict)  # (company, code) → id
    doctors: dict = field(default_factory=dict)  # (company, staff code) → id
    places: dict = field(default_factory=dict)  # country code → id
    kinds: dict = field(default_factory=dict)  # code of hcrm.customer.kind → id
    claims: dict = field(default_factory=dict)  # system code → company whose message names it
