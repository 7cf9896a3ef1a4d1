"""PV1, PV2, IN1 and DG1: the encounter and its diagnoses."""

from ..canonical import Fact, Visit
from ..header import MAX_KEY
from ..hl7_reader import NULL, Hl7Error
from ..hl7_time import to_utc
from .values import clip, coded, from_table, joined, put

CLASSES = {
    **{"I": "inpatient", "B": "inpatient", "P": "inpatient", "E": "emergency"},
    **{"O": "outpatient", "R": "outpatient", "N": "outpatient", "U": "outpatient"},
    **{"C": "examination", "T": "examination", "H": "home"},
}
DIAGNOSIS_KINDS = {"A": "admitting", "W": "working", "F": "final"}


def visit_of(message, source, *, is_required=False):
    """Return the :class:`Visit` of PV1, None when there is none or it has no number."""
    segment = message.first("PV1")
    number = _visit_number(segment, message) if segment else ""
    if not number:
        if is_required:
            raise Hl7Error("no_visit_number", "PV1-19")
        return None
    if len(number) > MAX_KEY:
        raise Hl7Error("too_long", "PV1-19", limit=MAX_KEY)
    visit = Visit(number)
    _put_place(visit, segment)
    _put_times(visit.values, segment, source)
    _put_reason(visit.values, message)
    return visit


def _visit_number(segment, message):
    """PV1-19, or what senders use in its place: PV1-50, PID-18."""
    patient = message.first("PID")
    return segment.text(19) or segment.text(50) or (patient.text(18) if patient else "")


def _put_place(visit, segment):
    values = visit.values
    put(values, "encounter_class", from_table(CLASSES, segment.text(2), "PV1-2"))
    if segment.raw(3) == '""':
        values["location"] = False
    else:
        place = segment.part(3)
        text = " ".join(part for part in (place.text(1), place.text(2), place.text(3)) if part)
        put(values, "location", text or None)
    visit.department_codes = tuple(code for code in (segment.text(3), segment.text(10)) if code)
    visit.campus_code = segment.text(3, 4)
    visit.doctor_code = segment.text(7) or segment.text(17)
    disposition = segment.get(36)
    put(values, "disposition", segment.text(36, 2) or disposition if disposition else disposition)


def _put_times(values, segment, source):
    started, ended = segment.get(44), segment.get(45)
    put(values, "started_at", to_utc(started, source.zone, "PV1-44"))
    put(values, "ended_at", NULL if ended is NULL else to_utc(ended, source.zone, "PV1-45"))


def _put_reason(values, message):
    more, insurance = message.first("PV2"), message.first("IN1")
    if more:
        told = more.get(3)
        put(values, "reason", told if told is NULL else clip(more.text(3, 2) or told))
    if insurance:
        put(values, "payer", insurance.get(4) or insurance.get(2, 2))


def diagnoses_of(message, event):
    """Return the :class:`Fact` list of DG1; its patient and visit are already in the event."""
    source, visit, found = event.source, event.visit, {}
    number = event.patient.identifiers[0]
    whose = visit.number if visit else f"{number.system}/{number.value}"
    for segment in message.all("DG1"):
        code, name, system = coded(segment, 3)
        name = segment.text(3, 2) or segment.text(4) or name
        code = code or name
        if not code:
            raise Hl7Error("no_diagnosis", "DG1-3")
        kind = DIAGNOSIS_KINDS.get(segment.text(6).upper(), "working")
        values = {"code": code[:199], "name": name, "kind": kind}
        values["recorded_at"] = to_utc(segment.get(5), source.zone, "DG1-5") or event.time
        values["is_main"] = segment.text(15) == "1"
        put(values, "coding_system", system or None)
        key = joined("DG1", whose, code[:199], kind)
        found[key] = Fact("hcrm.diagnosis", key, values, doctor_code=segment.text(16))
    return list(found.values())
