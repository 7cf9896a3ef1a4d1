"""Condition: a diagnosis."""

from .common import need_coding, refuse_modifiers, when, word

CLINICAL = frozenset(("active", "recurrence", "relapse", "inactive", "remission", "resolved"))
VERIFICATION = frozenset(
    ("unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error")
)
ICD = ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm")


def read(resource, told):
    """Return the Event of a Condition."""
    refuse_modifiers(resource)
    event = told.event(resource)
    values = told.values()
    code, system, text = need_coding(resource.get("code"), "Condition.code", *ICD)
    values.always(code=code[:199], name=text[:250])
    values.put("coding_system", system)
    for name, field, known in (
        ("clinicalStatus", "clinical_status", CLINICAL),
        ("verificationStatus", "verification_status", VERIFICATION),
    ):
        values.put(field, _status(resource, name, known))
    onset = when(resource, "onsetDateTime", "onsetPeriod", zone=told.zone)
    values.put("onset_at", onset)
    values.put("abated_at", when(resource, "abatementDateTime", "abatementPeriod", zone=told.zone))
    recorded = when(resource, "recordedDate", zone=told.zone)
    values.always(recorded_at=recorded or onset or told.time)
    if not told.row_id:
        verification = values.told.get("verification_status")
        values.always(kind="final" if verification == "confirmed" else "working")
    doctor = resource.get("asserter") or resource.get("recorder")
    event.facts = [told.fact("hcrm.diagnosis", values, doctor)]
    return event


def _status(resource, name, known):
    concept = resource.get(name) or {}
    for one in concept.get("coding") or []:
        if one.get("code"):
            return word({code: code for code in known}, one["code"], f"Condition.{name}")
    return None
