"""ORU^R01: results."""

from ..canonical import Fact
from ..hl7_reader import NULL
from ..hl7_time import to_utc
from .department import fill_patient_and_visit
from .values import clip, coded, from_table, is_number, joined, nth, put

STATUSES = {
    **dict.fromkeys("FUVBN", "final"),
    **dict.fromkeys("PSIRO", "preliminary"),
    "C": "corrected",
    **dict.fromkeys("XDW", "cancelled"),
}
#: Documents and links to documents → component of OBX-5 that names the kind (PDF, TEXT, …).
DOCUMENTS = {"ED": 3, "RP": 4}


def fill(event, message, trigger):
    """Fill ``event`` from OBR and OBX."""
    fill_patient_and_visit(event, message)
    order, seen = None, {}
    for segment in message.segments:
        if segment.name == "OBR":
            order = segment
        elif segment.name == "OBX":
            event.facts.append(_observation(event, message, order, segment, seen))


def _observation(event, message, order, segment, seen):
    code, name, system = coded(segment, 3)
    status = from_table(STATUSES, segment.text(11) or "F", "OBX-11")
    values = {"code": code or "?", "name": name[:250] or "?", "code_system": system or "LN"}
    values["status"] = status
    values["observed_at"] = _observed_at(event, order, segment)
    if released := order and to_utc(order.get(22), event.source.zone, "OBR-22"):
        values["issued_at"] = released
    values |= value_of(segment)
    values |= {"unit": segment.text(6) or False, "reference_range": segment.text(7) or False}
    put(values, "abnormal_flag", segment.get(8))
    number = (order.text(3) or order.text(2)) if order else ""
    base = joined("OBX", number or message.header.text(10), code, segment.text(4))
    key = nth(seen, base)
    doctor = order.text(16) if order else ""
    return Fact("hcrm.observation", key, values, doctor_code=doctor)


def _observed_at(event, order, segment):
    zone = event.source.zone
    told = to_utc(segment.get(14), zone, "OBX-14")
    if not told and order:
        told = to_utc(order.get(7), zone, "OBR-7") or to_utc(order.get(22), zone, "OBR-22")
    return told or event.time


def value_of(segment):
    """Return the value fields of an OBX.

    >>> from ..hl7_reader import parse
    >>> read = lambda line: value_of(parse("MSH|^~\\\\&\\r" + line).first("OBX"))
    >>> read("OBX|1|NM|K||4.20")
    {'value_number': 4.2, 'has_number': True, 'value_text': False}
    >>> read("OBX|1|NM|CRP||<0.5")["value_text"], read("OBX|1|SN|X||>^100")["value_text"]
    ('<0.5', '>100')
    >>> read("OBX|1|SN|X||^12")["value_number"], read("OBX|1|CE|BG||A^Type A")["value_text"]
    (12.0, 'Type A')
    >>> read("OBX|1|ED|X||^application^pdf^Base64^JVBERi0x")["value_text"]
    '[PDF]'
    """
    kind = segment.text(2)
    reader = {"NM": _plain, "SN": _structured, "CE": _coded, "CWE": _coded, "CNE": _coded}
    reader |= dict.fromkeys(DOCUMENTS, _document)
    text = reader.get(kind, _whole)(segment)
    if kind in ("NM", "SN") and is_number(text):
        return {"value_number": float(text), "has_number": True, "value_text": False}
    return {"value_number": 0.0, "has_number": False, "value_text": clip(text) or False}


def _plain(segment):
    return segment.text(5)


def _structured(segment):
    return "".join(segment.text(5, number) for number in (1, 2, 3, 4))


def _coded(segment):
    names = [part.text(2) or part.text(1) for part in segment.repeats(5)]
    return ", ".join(name for name in names if name)


def _document(segment):
    """A document stays in the message; its kind in brackets is understood in every language."""
    kind = segment.text(2)
    return f"[{(segment.text(5, DOCUMENTS[kind]) or kind).upper()}]"


def _whole(segment):
    told = segment.whole(5)
    return "" if told is None or told is NULL else told
