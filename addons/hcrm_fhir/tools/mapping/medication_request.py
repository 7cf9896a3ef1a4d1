"""MedicationRequest: a prescription."""

from .. import codes, moments, timing
from ..errors import invalid
from .common import need_coding, number, refuse_modifiers, text_of, unit_of, word

DAYS = {"d": 1, "wk": 7, "mo": 30, "a": 365, "h": 1 / 24, "day": 1, "days": 1, "天": 1}


def read(resource, told):
    """Return the Event of a MedicationRequest."""
    refuse_modifiers(resource)
    if resource.get("doNotPerform") in (True, "true"):
        raise invalid(
            "that a drug is not to be given is not kept here",
            "MedicationRequest.doNotPerform",
            "not-supported",
        )
    event = told.event(resource)
    values = told.values()
    concept = _medication(resource)
    code, system, text = need_coding(concept, "MedicationRequest.medication")
    values.always(drug_code=code[:199], drug_name=text[:250])
    values.put("drug_system", system)
    state = word(codes.PRESCRIPTION_IN, resource["status"], "MedicationRequest.status")
    is_order = resource.get("intent") not in ("proposal", "plan", "option")
    values.always(state=state if is_order or state != "active" else "draft")
    authored = resource.get("authoredOn")
    day = moments.local_day(authored, told.zone, "MedicationRequest.authoredOn")
    values.always(start_date=day or moments.local_day_of(told.time, told.zone))
    _put_dosage(values, (resource.get("dosageInstruction") or [{}])[0])
    _put_supply(values, resource.get("dispenseRequest") or {})
    event.facts = [told.fact("hcrm.prescription", values, resource.get("requester"))]
    return event


def _medication(resource):
    """Return the concept: told, in a contained Medication, or what the reference is called."""
    if resource.get("medicationCodeableConcept"):
        return resource["medicationCodeableConcept"]
    reference = resource.get("medicationReference") or {}
    wanted = (reference.get("reference") or "").removeprefix("#")
    for one in resource.get("contained") or []:
        if one.get("id") == wanted and one.get("code"):
            return one["code"]
    return {"text": reference.get("display")}


def _put_dosage(values, dosage):
    rate = (dosage.get("doseAndRate") or [{}])[0]
    dose = rate.get("doseQuantity") or (rate.get("doseRange") or {}).get("high") or {}
    place = "MedicationRequest.dosageInstruction.doseAndRate"
    values.put("dose", number(dose.get("value"), place))
    values.put("dose_unit", unit_of(dose))
    values.put("route", text_of(dosage.get("route")))
    frequency = timing.from_fhir(dosage.get("timing") or {}) or dosage.get("text") or ""
    values.put("frequency", frequency[:250])


def _put_supply(values, supply):
    quantity = supply.get("quantity") or {}
    place = "MedicationRequest.dispenseRequest.quantity"
    values.put("quantity", number(quantity.get("value"), place))
    values.put("quantity_unit", unit_of(quantity))
    duration = supply.get("expectedSupplyDuration") or {}
    place = "MedicationRequest.dispenseRequest.expectedSupplyDuration"
    told = number(duration.get("value"), place)
    each = DAYS.get(duration.get("code") or "") or DAYS.get(duration.get("unit") or "d")
    if told is not None and told < 0:
        raise invalid("a supply is not negative", place)
    values.put("days_supply", None if told is None or not each else min(round(told * each), 36500))
