"""Diagnoses, results, charges, prescriptions, appointments, doses: a row each, known by its key."""

from datetime import timedelta

from ..canonical import Fact
from ..hl7_reader import Hl7Error
from ..mapping.rde import LOCAL
from ..mapping.values import clip, is_number
from .targets import FACTS


def fact_of(told):
    """Return the :class:`Fact` of a row."""
    part = dict(told.part("fact"))
    departments = tuple(filter(None, [part.pop("department", "")]))
    doctor, campus = part.pop("doctor", "") or "", part.pop("campus", "") or ""
    found = _READERS[told.feed.kind](part, told)
    key = f"{told.feed.code}:{told.key}"
    return Fact(FACTS[told.feed.kind], key, found, departments, doctor, campus)


def _is_named(part, code, name):
    """Set code and name: each stands in for the other; False without both."""
    told, words = part.get(code) or part.get(name), part.get(name) or part.get(code)
    if told:
        part[code], part[name] = told[:199], words[:250]
    return bool(told)


def _diagnosis(part, told):
    if not _is_named(part, "code", "name"):
        raise Hl7Error("no_diagnosis", "fact.code")
    part.setdefault("kind", "working")
    part["recorded_at"] = part.get("recorded_at") or told.time
    return part


def _observation(part, told):
    if not _is_named(part, "code", "name"):
        raise Hl7Error("no_result", "fact.code")
    text = part.pop("value", None)
    if text is not None:
        text = text or ""
        has_number = is_number(text)
        part["value_number"] = float(text) if has_number else 0.0
        part["has_number"] = has_number
        part["value_text"] = False if has_number else clip(text) or False
    part.setdefault("code_system", "L")
    part.setdefault("status", "final")
    part["observed_at"] = part.get("observed_at") or part.get("issued_at") or told.time
    return part


def _charge(part, told):
    if not _is_named(part, "item_code", "item_name"):
        raise Hl7Error("no_charged_item", "fact.item_code")
    kind = part.setdefault("kind", "charge")
    part["charged_at"] = part.get("charged_at") or told.time
    return part | amounts(part, part.pop("unit_price", None), kind)


def amounts(part, price, kind):
    """Return quantity and amounts: what is not told follows from the rest.

    >>> amounts({"quantity": 2.0, "paid_amount": 18.0}, 10.0, "charge")["discount_amount"]
    2.0
    >>> amounts({"paid_amount": 18.0}, None, "credit")["list_amount"]
    -18.0
    >>> amounts({"list_amount": 50.0, "discount_amount": 5.0}, None, "charge")["paid_amount"]
    45.0
    """
    quantity = part["quantity"] if part.get("quantity") is not None else 1.0
    listed, paid = part.get("list_amount"), part.get("paid_amount")
    discount = part.get("discount_amount") or 0.0
    if listed is None:
        listed = price * quantity if price is not None else (paid or 0.0) + discount
    if paid is None:
        paid = listed - discount
    if kind == "credit":
        listed, paid = -abs(listed), -abs(paid)
    if kind == "payment":
        listed = paid
    return {
        "quantity": quantity,
        "list_amount": 0.0 if kind == "payment" else listed,
        "discount_amount": round(listed - paid, 2),
        "paid_amount": paid,
    }


def _prescription(part, told):
    if not _is_named(part, "drug_code", "drug_name"):
        raise Hl7Error("no_drug", "fact.drug_code")
    part.setdefault("state", "active")
    part["start_date"] = part.get("start_date") or (told.time + LOCAL).date()
    return part


def _appointment(part, _told):
    minutes = part.pop("minutes", None)
    begin, end = part.get("starts_at"), part.get("ends_at")
    if begin and not end and minutes and 0 < minutes < 100_000:
        end = begin + timedelta(minutes=minutes)
    if begin:
        part["ends_at"] = end if end and end >= begin else False
    if part.get("reason"):
        part["reason"] = clip(part["reason"])
    return part


def _immunization(part, told):
    if not _is_named(part, "vaccine_code", "vaccine_name"):
        raise Hl7Error("no_vaccine", "fact.vaccine_code")
    part.setdefault("status", "completed")
    part["given_on"] = part.get("given_on") or (told.time + LOCAL).date()
    return part


_READERS = {
    "diagnosis": _diagnosis,
    "observation": _observation,
    "charge": _charge,
    "prescription": _prescription,
    "appointment": _appointment,
    "immunization": _immunization,
}
