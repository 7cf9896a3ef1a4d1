"""Nobody's name has five megabytes: what no column or index should hold is refused early."""

from ..hl7_reader import Hl7Error

LONG = frozenset(("reason", "value_text", "reference_range"))
LIMIT = 250
LONG_LIMIT = 10_000


def check_lengths(event):
    """Raise Hl7Error when a text of the event is longer than its field reasonably holds.

    >>> from types import SimpleNamespace as Any
    >>> fact = Any(model="hcrm.charge", key="k", values={"item_name": "x" * 300})
    >>> check_lengths(Any(patient=None, visit=None, facts=[fact], relations=[], merges=[]))
    ... # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: item_name is longer than 250 characters
    """
    for person in _persons_of(event):
        _check(person.values)
        for number in person.identifiers:
            _check({"identifier": number.value, "authority": number.system})
        _check({"phone": max(person.phones or [""], key=len)})
    if event.visit:
        _check(event.visit.values)
        visit = event.visit
        for code in (*visit.department_codes, visit.doctor_code, visit.campus_code):
            _check({"code": code})
    for fact in event.facts:
        _check(fact.values)
        _check({"key": fact.key})


def _persons_of(event):
    persons = [event.patient] if event.patient else []
    persons += [relation.person for relation in event.relations]
    return persons + [merge.survivor for merge in event.merges]


def _check(values):
    for name, value in values.items():
        limit = LONG_LIMIT if name in LONG else LIMIT
        if isinstance(value, str) and len(value) > limit:
            raise Hl7Error(f"{name} is longer than {limit} characters")
