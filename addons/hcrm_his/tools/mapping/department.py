"""What messages of departments (laboratory, cashier, pharmacy, scheduling) have in common."""

from .person import patient_of
from .visit import visit_of

HINTS = ("location", "encounter_class", "started_at", "ended_at", "disposition", "reason", "payer")


def fill_patient_and_visit(event, message):
    """Departments copy the patient's data: they may fill gaps, not overrule the patient master."""
    event.patient = patient_of(message, event.source, is_hint=True)
    visit = visit_of(message, event.source)
    if visit:
        visit.values.pop("ended_at", None)
        visit.values.setdefault("started_at", event.time)
        visit.guesses = frozenset(HINTS)
    event.visit = visit
