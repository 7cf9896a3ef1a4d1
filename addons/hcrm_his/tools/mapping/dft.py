"""DFT^P03: charges."""

from ..canonical import Fact
from ..hl7_reader import Hl7Error
from ..hl7_time import to_utc
from .department import fill_patient_and_visit
from .values import coded, from_table, joined, nth, number
from .visit import diagnoses_of

KINDS = {"CG": "charge", "CD": "credit", "PY": "payment", "AJ": "adjustment", "CO": "payment"}


def fill(event, message, trigger):
    """Fill ``event`` from FT1."""
    fill_patient_and_visit(event, message)
    seen = {}
    event.facts = [_charge(event, message, segment, seen) for segment in message.all("FT1")]
    event.facts += diagnoses_of(message, event)


def _charge(event, message, segment, seen):
    code, name, _system = coded(segment, 7)
    if not code:
        raise Hl7Error("no_charged_item", "FT1-7")
    kind = from_table(KINDS, segment.text(6) or "CG", "FT1-6")
    values = {"item_code": code, "item_name": segment.text(8) or name, "kind": kind}
    values["charged_at"] = to_utc(segment.get(4), event.source.zone, "FT1-4") or event.time
    values |= amounts(segment, kind)
    own = segment.text(2)
    key = joined("FT1", own) if own else joined("FT1", message.header.text(10), segment.text(1))
    doctor = segment.text(20) or segment.text(21)
    key = nth(seen, key)  # lines may share the number of a receipt, or have none
    return Fact("hcrm.charge", key, values, tuple(filter(None, [segment.text(13)])), doctor)


def amounts(segment, kind):
    """Return quantity and amounts of an FT1: list price = unit × quantity, paid = extended.

    A credit counts negative. A payment on account is no price: its list price is zero.

    >>> from ..hl7_reader import parse
    >>> read = lambda line, kind: amounts(parse("MSH|^~\\\\&\\r" + line).first("FT1"), kind)
    >>> read("FT1|1|7||20260101||CG|X|||2|18&CNY|10", "charge")["discount_amount"]
    2.0
    >>> read("FT1|1|7||20260101||CD|X|||1|18", "credit")["paid_amount"]
    -18.0
    """
    told = number(segment.get(10), "FT1-10")
    quantity = 1.0 if told is None else told
    extended = number(segment.get(11), "FT1-11")
    unit = number(segment.get(12), "FT1-12")
    listed = unit * quantity if unit is not None else extended or 0.0
    paid = extended if extended is not None else listed
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
