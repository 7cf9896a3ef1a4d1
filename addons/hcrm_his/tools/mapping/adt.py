"""ADT: admissions, transfers, discharges, registrations, patient master, merges."""

from ..canonical import Merge
from ..hl7_reader import Hl7Error
from ..hl7_time import to_utc
from .person import identifiers_of, patient_of, relations_of
from .visit import diagnoses_of, visit_of

PERSON_ONLY = ("A28", "A31", "A40")


def fill(event, message, trigger):
    """Fill ``event`` from an ADT message with the given trigger event."""
    if trigger == "A40":
        _fill_merges(event, message)
        return
    event.patient = patient_of(message, event.source)
    event.relations = relations_of(message, event.source)
    if trigger not in PERSON_ONLY:
        event.visit = visit_of(message, event.source, is_required=trigger != "A08")
    if event.visit:
        _fill_visit(event, message, trigger)
    event.facts = diagnoses_of(message, event)


def _fill_visit(event, message, trigger):
    visit = event.visit
    getattr(_Triggers, trigger.lower())(visit.values, occurred_at(event, message))
    visit.is_cancelled = trigger == "A11"
    if "started_at" not in visit.values:
        visit.values["started_at"] = occurred_at(event, message)
        visit.guesses = frozenset(("started_at",))
    if trigger in ("A01", "A04"):
        visit.guesses = frozenset()  # the time of an admission is as good as PV1-44


def occurred_at(event, message):
    """Return EVN-6, else the time of the event."""
    segment = message.first("EVN")
    return (segment and to_utc(segment.get(6), event.source.zone, "EVN-6")) or event.time


class _Triggers:
    """What each trigger says beyond its segments."""

    @staticmethod
    def a03(values, when):
        values["ended_at"] = values.get("ended_at") or when

    @staticmethod
    def a13(values, when):
        values["ended_at"] = False
        values["disposition"] = False

    @staticmethod
    def a11(values, when):
        values.pop("ended_at", None)

    @staticmethod
    def a01(values, when):
        """Admission: the segments say it all."""

    a02 = a04 = a08 = a01


def _fill_merges(event, message):
    for group in message.groups("PID"):
        names = {segment.name: segment for segment in group}
        if "MRG" not in names:
            continue
        survivor = patient_of(_Group(names), event.source)
        retired = identifiers_of(names["MRG"].repeats(1), event.source)
        if not retired:
            raise Hl7Error("no_retired_number", "MRG-1")
        event.merges.append(Merge(survivor, retired))
    if not event.merges:
        raise Hl7Error("merge_of_nobody", "MRG")


class _Group:
    """Segments of one patient group, for readers that ask for the first of a name."""

    def __init__(self, names):
        self._names = names

    def first(self, name):
        return self._names.get(name)
