"""Observation: a result; a panel becomes a row of its own and one per component."""

from odoo.addons.hcrm_his.tools.canonical import Fact
from odoo.addons.hcrm_his.tools.mapping.values import nth

from .. import codes
from .common import need_coding, number, refuse_modifiers, text_of, unit_of, when, word

MODEL = "hcrm.observation"


def read(resource, told):
    """Return the Event of an Observation; its first fact is the resource, then components."""
    refuse_modifiers(resource)
    event = told.event(resource)
    shared = {
        "status": word(codes.OBSERVATION_IN, resource["status"], "Observation.status"),
        "observed_at": _observed_at(resource, told),
    }
    values = _result(resource, told, "Observation")
    values.always(**shared)
    values.put("category", _category(resource))
    parts = [
        (_result(part, told, f"Observation.component[{place}]"), part)
        for place, part in enumerate(resource.get("component") or [])
    ]
    if parts and not values.told["has_number"] and not values.told.get("value_text"):
        text, unit = panel_text([part.told for part, _told in parts])
        values.always(value_text=text, unit=unit)
    doctor = next(iter(resource.get("performer") or []), None)
    head = told.fact(MODEL, values, doctor)
    event.facts = [head, *_components(parts, shared, told, head)]
    return event


def _components(parts, shared, told, head):
    """Return the facts of the components; of a known panel, those left out are cancelled."""
    seen, facts, waiting = {}, [], dict(told.components)
    for values, _part in parts:
        values.always(**shared)
        code = nth(seen, values.told["code"])
        row_id = waiting.pop(code, 0)
        facts.append(Fact(MODEL, f"{head.key}/{code}", values.told, row_id=row_id))
    for row_id in waiting.values():
        facts.append(Fact(MODEL, "", {"status": "cancelled"}, row_id=row_id))
    return facts


def panel_text(parts):
    """Return (text, unit) of a panel for who reads a list: 120/80, mm[Hg].

    >>> panel_text([{"has_number": True, "value_number": 120.0, "unit": "mm[Hg]"},
    ...             {"has_number": True, "value_number": 80.0, "unit": "mm[Hg]"}])
    ('120/80', 'mm[Hg]')
    """
    told = [
        f"{part['value_number']:g}" if part.get("has_number") else part.get("value_text") or ""
        for part in parts
    ]
    units = {part.get("unit") or False for part in parts}
    return "/".join(filter(None, told))[:250] or False, units.pop() if len(units) == 1 else False


def _result(resource, told, place):
    """Return code, value, interpretation and limits, of the resource or of a component."""
    values = told.values()
    code, system, text = need_coding(resource.get("code"), f"{place}.code", codes.LOINC)
    values.always(code=code[:199], name=text[:250], code_system=system or False)
    values.always(**_value(resource, place))
    flags = [text_of({"coding": one.get("coding")}) for one in resource.get("interpretation") or []]
    codes_told = [
        coding["code"]
        for one in resource.get("interpretation") or []
        for coding in one.get("coding") or []
        if coding.get("code")
    ]
    values.put("abnormal_flag", next(iter(codes_told or flags), None))
    values.put("reference_range", _limits(resource.get("referenceRange") or []))
    return values


def _value(resource, place):
    """Return the value fields.

    >>> _value({"valueQuantity": {"value": 5, "comparator": "<", "unit": "U"}}, "")["value_text"]
    '<5'
    >>> _value({"valueInteger": 3}, "")["value_number"]
    3.0
    >>> _value({"valueBoolean": True}, "")["value_text"]
    'true'
    """
    found = {"value_number": 0.0, "has_number": False, "value_text": False, "unit": False}
    found |= {"value_code": False, "value_system": False}
    quantity = resource.get("valueQuantity")
    concept = resource.get("valueCodeableConcept")
    if quantity:
        found |= _quantity(quantity, f"{place}.valueQuantity")
    elif resource.get("valueInteger") is not None:
        told = number(resource["valueInteger"], f"{place}.valueInteger")
        found |= {"value_number": told, "has_number": True}
    elif concept:
        first = (concept.get("coding") or [{}])[0]
        found["value_text"] = text_of(concept) or False
        found["value_code"] = first.get("code") or False
        found["value_system"] = codes.system_name(first.get("system")) or False
    else:
        found["value_text"] = _plain(resource) or False
    return found


def _quantity(quantity, place):
    unit = unit_of(quantity) or False
    told = number(quantity.get("value"), place)
    if told is None:
        return {"unit": unit}
    if quantity.get("comparator"):
        return {"value_text": f"{quantity['comparator']}{told:g}", "unit": unit}
    return {"value_number": told, "has_number": True, "unit": unit}


def _plain(resource):
    """Return a value of the rarer types as text."""
    for name in ("valueString", "valueDateTime", "valueTime"):
        if resource.get(name):
            return resource[name]
    if resource.get("valueBoolean") is not None:
        return str(resource["valueBoolean"]).lower()
    for name, first, last, mark in (
        ("valueRange", "low", "high", "-"),
        ("valueRatio", "numerator", "denominator", ":"),
    ):
        told = resource.get(name)
        if told:
            return mark.join(_amount(told.get(part) or {}) for part in (first, last))
    period = resource.get("valuePeriod") or {}
    return "/".join(filter(None, (period.get("start"), period.get("end"))))


def _amount(quantity):
    value, unit = quantity.get("value"), quantity.get("unit") or quantity.get("code")
    return " ".join(str(part) for part in (value, unit) if part is not None)


def _limits(ranges):
    """Return the reference range as text.

    >>> _limits([{"low": {"value": 3.5}, "high": {"value": 5.3}}]), _limits([{"text": "<5"}])
    ('3.5-5.3', '<5')
    """
    if not ranges:
        return None
    told = ranges[0]
    if told.get("text"):
        return told["text"]
    low, high = (told.get(name, {}).get("value") for name in ("low", "high"))
    if low is None and high is None:
        return None
    return f">={low}" if high is None else f"<={high}" if low is None else f"{low}-{high}"


def _category(resource):
    for concept in resource.get("category") or []:
        for one in concept.get("coding") or []:
            if one.get("code"):
                return one["code"][:64]
    return None


def _observed_at(resource, told):
    names = ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued")
    return when(resource, *names, zone=told.zone) or told.time
