"""Nobody's name has five megabytes: what no column or index should hold is refused early."""

from ..hl7_reader import Hl7Error

LONG = frozenset(("reason", "value_text", "reference_range"))
LIMIT = 250
LONG_LIMIT = 10_000


def check_lengths(event):
    """Raise Hl7Error when a text of the event is longer than its field reasonably holds.

    >>> from types import SimpleNamespace as Any
    >>> fact = Any(model="hcrm.charge", key="k", values={"item_name": "x" * 300})
    >>> check_lengths(Any(persons=list, visit=None, facts=[fact]))
    ... # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: hcrm.charge.item_name is longer than 250 characters
    """
    for person in event.persons():
        _check("res.partner", person.values)
        for number in person.identifiers:
            _check("hcrm.identifier", {"value": number.value, "system": number.system})
        _check("res.partner", {"phone": max(person.phones or [""], key=len)})
    if event.visit:
        visit = event.visit
        _check("hcrm.encounter", visit.values)
        for code in visit.department_codes:
            _check("hr.department", {"code": code})
        _check("hr.employee", {"staff_code": visit.doctor_code})
        _check("hcrm.campus", {"code": visit.campus_code})
    for fact in event.facts:
        _check(fact.model, fact.values)
        _check(fact.model, {"external_key": fact.key})


def _check(model, values):
    for name, value in values.items():
        limit = LONG_LIMIT if name in LONG else LIMIT
        if isinstance(value, str) and len(value) > limit:
            raise Hl7Error("value_too_long", field=f"{model}.{name}", limit=limit)
