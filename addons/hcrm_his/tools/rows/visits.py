"""The visit that a row is about, or that it belongs to."""

from ..canonical import Visit
from ..header import MAX_KEY
from ..hl7_reader import Hl7Error
from ..mapping.department import HINTS

#: When a fact of a visit happened, by the name of its field.
FACT_TIMES = ("observed_at", "charged_at", "recorded_at")


def visit_of(told):
    """Return the :class:`Visit` of a row, None where it names none."""
    part = dict(told.part("visit"))
    number = part.pop("number", "")
    if not number:
        if told.feed.kind == "encounter":
            raise Hl7Error("no_visit_number", "visit.number")
        return None
    if len(number) > MAX_KEY:
        raise Hl7Error("too_long", "visit.number", limit=MAX_KEY)
    return (
        _encounter(told, number, part) if told.feed.kind == "encounter" else _mention(told, number)
    )


def _encounter(told, number, part):
    state = part.pop("state", None)
    visit = Visit(number, is_planned=state == "planned")
    visit.department_codes = tuple(filter(None, [part.pop("department", "")]))
    visit.campus_code = part.pop("campus", "") or ""
    visit.doctor_code = part.pop("doctor", "") or ""
    if state:
        visit.is_cancelled = state == "cancelled"
    if state == "finished":
        part["ended_at"] = part.get("ended_at") or told.time
    elif state in ("in_progress", "planned"):
        part["ended_at"] = False
    if not part.get("started_at"):
        part["started_at"] = part.get("booked_at") or part.get("ended_at") or told.time
        visit.guesses = frozenset(("started_at",))
    visit.values = part
    return visit


def _mention(told, number):
    """A laboratory or cashier knows that there was a visit, not when it began."""
    fact = told.part("fact")
    begun = next((fact[name] for name in FACT_TIMES if fact.get(name)), told.time)
    return Visit(number, {"started_at": begun}, guesses=frozenset(HINTS))
