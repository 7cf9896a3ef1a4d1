"""Appointment: a booking."""

from .. import codes, moments
from ..errors import invalid
from .common import refuse_modifiers, text_of, word


def read(resource, told):
    """Return the Event of an Appointment."""
    refuse_modifiers(resource)
    actors = _actors(resource, told)
    event = told.event({**resource, "patient": actors["Patient"], "encounter": None}, "patient")
    values = told.values()
    start = moments.to_utc(resource.get("start"), told.zone, "Appointment.start")
    end = moments.to_utc(resource.get("end"), told.zone, "Appointment.end")
    state = word(codes.APPOINTMENT_IN, resource["status"], "Appointment.status")
    if not start and (told.is_whole or state not in ("cancelled",)):
        raise invalid("the start is missing", "Appointment.start", "required")
    if end and start and end < start:
        raise invalid("it ends before it starts", "Appointment.end")
    values.always(state=state)
    if start:
        values.always(starts_at=start, ends_at=end if end and end > start else False)
    kinds = resource.get("serviceType") or []
    values.put("service", text_of(kinds[0] if kinds else None) or resource.get("description"))
    reasons = resource.get("reasonCode") or []
    values.put("reason", text_of(reasons[0] if reasons else None) or resource.get("comment"))
    fact = told.fact("hcrm.appointment", values, actors["Practitioner"], actors["Organization"])
    event.facts = [fact]
    return event


def _actors(resource, told):
    """Return {resource type: Reference} of the participants; one of each kind counts."""
    found = {"Patient": None, "Practitioner": None, "Organization": None}
    for participant in resource.get("participant") or []:
        actor = participant.get("actor") or {}
        for kind in found:
            if found[kind] is None and _is_of(actor, kind, told):
                found[kind] = actor
    return found


def _is_of(actor, kind, told):
    if actor.get("type"):
        return actor["type"] == kind
    target = told.references.find(actor, kind)
    if target:
        return target.resource_type == kind
    reference = actor.get("reference") or ""
    return f"/{reference}".rpartition("/")[0].endswith(f"/{kind}") or reference.startswith(
        f"{kind}?"
    )
