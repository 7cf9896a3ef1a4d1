"""The rows of the demonstration hospital. ``person`` and ``encounter`` are list positions.

Field names are the columns of the models, so that a loader needs no translation; departments and
doctors are given by their codes. Times are UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


@dataclass(slots=True)
class Customer:
    """A person or an organisation."""

    name: str
    kinds: set
    is_company: bool = False
    sex: str | None = None
    birth_date: date | None = None
    death_date: date | None = None
    phone: str | None = None
    phone_other: str | None = None
    email: str | None = None
    street: str | None = None
    area_code: str | None = None
    occupation: str | None = None
    employer: str | None = None
    industry: str | None = None
    marketing_allowed: bool = False
    owner: str | None = None  # login
    # what decides the history
    payer: str = "自费"
    frailty: float = 0.0
    conditions: list = field(default_factory=list)
    position: int = -1

    def age_on(self, day):
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Staff(NamedTuple):
    code: str
    name: str
    sex: str
    title: str
    department: str
    is_doctor: bool
    is_head: bool
    login: str | None


class Identifier(NamedTuple):
    person: int
    system: str
    value: str
    use: str
    warning: str | None = None


class Relationship(NamedTuple):
    person: int
    related: int
    relation: str
    may_receive_messages: bool
    may_consent: bool
    note: str | None = None


class Encounter(NamedTuple):
    person: int
    visit_number: str
    encounter_class: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    department: str
    doctor: str
    location: str | None
    disposition: str | None
    reason: str
    booked_at: datetime | None
    checked_in_at: datetime | None
    called_at: datetime | None
    seen_at: datetime | None
    left_at: datetime | None
    payer: str


class Diagnosis(NamedTuple):
    person: int
    encounter: int
    code: str
    name: str
    kind: str
    is_main: bool
    recorded_at: datetime


class Observation(NamedTuple):
    person: int
    encounter: int
    code: str
    name: str
    value_number: float
    unit: str
    reference_range: str
    abnormal_flag: str | None
    observed_at: datetime
    issued_at: datetime


class Prescription(NamedTuple):
    person: int
    encounter: int
    drug_code: str
    drug_name: str
    dose: float
    dose_unit: str
    route: str
    frequency: str
    quantity: float
    quantity_unit: str
    days_supply: int
    start_date: date
    state: str


class Immunization(NamedTuple):
    person: int
    vaccine_code: str
    vaccine_name: str
    dose_number: int
    given_on: date
    lot_number: str
    site: str


class Charge(NamedTuple):
    person: int
    encounter: int
    charged_at: datetime
    kind: str
    item_code: str
    item_name: str
    category: str
    quantity: float
    list_amount: float
    discount_amount: float
    paid_amount: float
    cost_amount: float
    payer: str


class Appointment(NamedTuple):
    person: int
    service: str
    starts_at: datetime
    ends_at: datetime
    state: str
    reason: str | None
    department: str
    doctor: str


class ContactNote(NamedTuple):
    person: int
    login: str  # of who noted it
    way: str
    direction: str
    summary: str
    noted_at: datetime
    duration: int
    next_step: str | None
    next_on: date | None
    is_next_open: bool


@dataclass(slots=True)
class Hospital:
    """Everything that the generator made; encounters and customers are named by position."""

    today: date
    staff: list = field(default_factory=list)
    customers: list = field(default_factory=list)
    identifiers: list = field(default_factory=list)
    relationships: list = field(default_factory=list)
    encounters: list = field(default_factory=list)
    diagnoses: list = field(default_factory=list)
    observations: list = field(default_factory=list)
    prescriptions: list = field(default_factory=list)
    immunizations: list = field(default_factory=list)
    charges: list = field(default_factory=list)
    appointments: list = field(default_factory=list)
    contact_notes: list = field(default_factory=list)
