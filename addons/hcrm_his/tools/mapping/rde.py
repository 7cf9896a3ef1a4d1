"""RDE^O11: prescriptions."""

from datetime import timedelta

from ..canonical import Fact
from ..hl7_reader import Hl7Error
from ..hl7_time import to_date
from .department import fill_patient_and_visit
from .values import coded, days, joined, nth, number, put

STATES = {"CA": "cancelled", "OC": "cancelled", "CR": "cancelled", "DC": "stopped", "OD": "stopped"}
LOCAL = timedelta(hours=8)


def fill(event, message, trigger):
    """Fill ``event`` from groups of ORC, RXE, RXR, TQ1."""
    fill_patient_and_visit(event, message)
    seen = {}
    leader = "ORC" if message.first("ORC") else "RXE"
    for group in message.groups(leader):
        names = {}
        for segment in group:
            names.setdefault(segment.name, segment)
        if "RXE" in names:
            event.facts.append(_prescription(event, message, names, seen))
    if not event.facts:
        raise Hl7Error("no_order", "RXE")


def _prescription(event, message, names, seen):
    drug = names["RXE"]
    order, timing, route = (names.get(name) for name in ("ORC", "TQ1", "RXR"))
    code, name, _system = coded(drug, 2)
    if not code:
        raise Hl7Error("no_drug", "RXE-2")
    values = {"drug_code": code, "drug_name": name}
    values["state"] = STATES.get(order.text(1) if order else "", "active")
    put(values, "dose", number(drug.get(3), "RXE-3"))
    put(values, "dose_unit", drug.text(5, 2) or drug.get(5))
    put(values, "quantity", number(drug.get(10), "RXE-10"))
    put(values, "quantity_unit", drug.text(11, 2) or drug.get(11))
    if route:
        put(values, "route", route.text(1, 2) or route.get(1))
    _put_timing(values, event, drug, timing, order)
    number_ = (order.text(3) or order.text(2)) if order else ""
    key = nth(seen, joined("RXE", number_ or message.header.text(10), code))
    return Fact("hcrm.prescription", key, values, doctor_code=order.text(12) if order else "")


def _put_timing(values, event, drug, timing, order):
    frequency = (timing.get(3) if timing else None) or drug.get(1, 2)
    put(values, "frequency", frequency)
    supply = days(timing.text(6) if timing else "") or days(drug.text(1, 3))
    put(values, "days_supply", supply)
    for segment, field, component in ((timing, 7, 1), (drug, 1, 4), (order, 15, 1), (order, 9, 1)):
        told = segment.get(field, component) if segment else None
        if told:
            values["start_date"] = to_date(told, f"{segment.name}-{field}")[0]
            return
    values["start_date"] = (event.time + LOCAL).date()
