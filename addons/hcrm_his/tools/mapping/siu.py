"""SIU^S12…S15, S26: appointments."""

from datetime import timedelta

from ..canonical import Fact
from ..hl7_reader import Hl7Error
from ..hl7_time import to_utc
from .person import patient_of
from .values import clip, joined, number, put

STATES = {"S12": "booked", "S13": "booked", "S15": "cancelled", "S26": "noshow"}
#: SCH-25, table 0278.
STATUSES = {
    "BOOKED": "booked",
    "PENDING": "proposed",
    "WAITLIST": "proposed",
    "STARTED": "arrived",
    "ARRIVED": "arrived",
    "COMPLETE": "fulfilled",
    "CANCELLED": "cancelled",
    "DELETED": "cancelled",
    "DC": "cancelled",
    "NOSHOW": "noshow",
}


def fill(event, message, trigger):
    """Fill ``event`` from SCH, TQ1 and the resources AIS, AIP, AIL."""
    event.patient = patient_of(message, event.source, is_hint=True)
    schedule = message.first("SCH")
    own = schedule.text(2) or schedule.text(1) if schedule else ""
    if not own:
        raise Hl7Error("no_appointment_number", "SCH-2")
    values = {}
    put(values, "state", STATES.get(trigger) or STATUSES.get(schedule.text(25).upper()))
    _put_what(values, message, schedule)
    _put_when(values, event, message, schedule)
    person, place = message.first("AIP"), message.first("AIL")
    codes = [place.text(3) if place else "", person.text(4) if person else ""]
    event.facts.append(
        Fact(
            "hcrm.appointment",
            joined("SCH", own),
            values,
            tuple(filter(None, codes)),
            person.text(3) if person else "",
            place.text(3, 4) if place else "",
        )
    )


def _put_what(values, message, schedule):
    service = message.first("AIS")
    name = (service.text(3, 2) or service.text(3)) if service else ""
    put(values, "service", name or schedule.text(8, 2) or schedule.get(8))
    reason = schedule.text(7, 2) or schedule.text(7)
    put(values, "reason", clip(reason) or None)


def _put_when(values, event, message, schedule):
    zone = event.source.zone
    timing = message.first("TQ1")
    started = to_utc(schedule.get(11, 4), zone, "SCH-11")
    ended = to_utc(schedule.get(11, 5), zone, "SCH-11")
    if timing and not started:
        started = to_utc(timing.get(7), zone, "TQ1-7")
        ended = to_utc(timing.get(8), zone, "TQ1-8")
    for name, field in (("AIS", 4), ("AIP", 6), ("AIL", 6)):
        segment = message.first(name)
        if segment and not started:
            started = to_utc(segment.get(field), zone, f"{name}-{field}")
    minutes = number(schedule.get(9), "SCH-9")
    if started and minutes and not ended and minutes < 100_000:
        ended = started + timedelta(minutes=minutes)
    put(values, "starts_at", started)
    if started:
        values["ends_at"] = ended if ended and ended >= started else False
