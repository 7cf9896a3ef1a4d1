"""Encounter: a visit or a stay."""

from odoo.addons.hcrm_his.tools.canonical import Visit

from .. import codes, moments
from ..errors import invalid
from .common import refuse_modifiers, text_of, when, word


def read(resource, told):
    """Return the Event of an Encounter."""
    refuse_modifiers(resource)
    event = told.event(resource)
    status = word(codes.ENCOUNTER_IN, resource["status"], "Encounter.status")
    values = told.values()
    values.told["encounter_class"] = _class(resource)
    _put_period(values, resource, told, status)
    values.put("reason", text_of(_first(resource, "reasonCode")))
    stay = resource.get("hospitalization") or {}
    values.put("disposition", text_of(stay.get("dischargeDisposition")))
    place = _first(resource, "location").get("location") or {}
    values.put("location", place.get("display"))
    _put_times(values, resource, told)
    visit = Visit(
        number="" if told.row_id else told.key,
        encounter_id=told.row_id,
        is_planned=status == "planned",
        is_cancelled=status == "cancelled",
    )
    told.put_place(visit, values, _doctor(resource), resource.get("serviceProvider"))
    visit.values = values.told
    if not (resource.get("period") or {}).get("start"):
        visit.guesses = frozenset(("started_at",))
    event.visit = visit
    return event


def number_of(resource):
    """Return the visit number: the identifier typed VN, else the official one, else the first.

    >>> number_of({"identifier": [{"value": "1"}, {"value": "2", "use": "official"}]})
    '2'
    """
    found = [one for one in resource.get("identifier") or [] if one.get("value")]
    found.sort(key=lambda one: (not _is_visit_number(one), one.get("use") != "official"))
    number = found[0]["value"] if found else ""
    if len(number) > 199:
        raise invalid("longer than 199 characters", "Encounter.identifier", "too-long")
    return number


def _is_visit_number(identifier):
    concept = identifier.get("type") or {}
    return any(one.get("code") == "VN" for one in concept.get("coding") or [])


def _class(resource):
    for concept in resource.get("type") or []:
        for one in concept.get("coding") or []:
            if one.get("system") == codes.OWN + "encounter-class":
                return "examination"
    return word(codes.CLASSES_IN, (resource.get("class") or {}).get("code"), "Encounter.class")


def _put_period(values, resource, told, status):
    """A visit that is finished without an end ended when it began: better news replaces that."""
    period = resource.get("period") or {}
    start = moments.to_utc(period.get("start"), told.zone, "Encounter.period.start")
    end = moments.to_utc(period.get("end"), told.zone, "Encounter.period.end")
    start = start or end or told.time
    if end and end < start:
        raise invalid("it ends before it begins", "Encounter.period")
    values.told["started_at"] = start
    if status == "finished":
        values.told["ended_at"] = end or start
    elif told.is_whole or (end and status == "in_progress"):
        values.told["ended_at"] = False


def _put_times(values, resource, told):
    history = {one.get("status"): one for one in resource.get("statusHistory") or []}
    for status, name in codes.VISIT_TIMES.items():
        one = history.get(status)
        holder = {"resourceType": "Encounter.statusHistory", **(one or {})}
        moment = when(holder, "period", zone=told.zone)
        if one or told.is_whole:
            values.put(name, moment)


def _doctor(resource):
    for one in resource.get("participant") or []:
        if one.get("individual"):
            return one["individual"]
    return None


def _first(resource, name):
    return (resource.get(name) or [{}])[0]
