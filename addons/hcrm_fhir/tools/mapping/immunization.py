"""Immunization: a dose."""

from .. import codes, moments
from ..errors import invalid
from .common import need_coding, refuse_modifiers, text_of, word


def read(resource, told):
    """Return the Event of an Immunization."""
    refuse_modifiers(resource)
    event = told.event({**resource, "encounter": None}, "patient")
    values = told.values()
    code, system, text = need_coding(resource.get("vaccineCode"), "Immunization.vaccineCode")
    values.always(vaccine_code=code[:199], vaccine_name=text[:250])
    values.put("vaccine_system", system)
    status = word(codes.IMMUNIZATION_IN, resource["status"], "Immunization.status")
    place = "Immunization.occurrenceDateTime"
    day = moments.local_day(resource.get("occurrenceDateTime"), told.zone, place)
    if not day:
        raise invalid("the day is missing: a text cannot be kept", place, "required")
    values.always(status=status, given_on=day)
    values.put("lot_number", resource.get("lotNumber"))
    values.put("site", text_of(resource.get("site")))
    notes = [one.get("text") for one in resource.get("note") or [] if one.get("text")]
    values.put("note", " ".join(notes)[:250])
    values.always(dose_number=_dose_number(resource))
    performers = [one.get("actor") for one in resource.get("performer") or []]
    event.facts = [told.fact("hcrm.immunization", values, next(iter(performers), None))]
    return event


def _dose_number(resource):
    """Return the number of the dose, 1 where it is told by no number.

    >>> _dose_number({"protocolApplied": [{"doseNumberString": "2"}]}), _dose_number({})
    (2, 1)
    """
    applied = (resource.get("protocolApplied") or [{}])[0]
    told = applied.get("doseNumberPositiveInt") or applied.get("doseNumberString") or 1
    return max(int(told), 1) if str(told).isdecimal() and len(str(told)) < 4 else 1
