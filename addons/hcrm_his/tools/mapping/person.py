"""PID and NK1: who it is about, and who belongs to them."""

import re

from ..canonical import Identifier, Person, Relation
from ..hl7_reader import NULL, Hl7Error
from ..hl7_time import to_date
from .values import from_table, put

SEXES = {
    **{"M": "male", "F": "female", "O": "other", "U": "unknown", "A": "other", "N": "other"},
    **{"男": "male", "女": "female", "1": "male", "2": "female", "0": "unknown", "9": "other"},
}
#: Table 0063, GB/T 4761 and the words Chinese systems write.
RELATIONS = {
    **dict.fromkeys(("SPO", "HUS", "WIF", "1", "10", "11", "12", "配偶", "丈夫", "妻子"), "spouse"),
    **dict.fromkeys(("MTH", "FTH", "PAR", "5", "51", "52", "父亲", "母亲", "父母"), "parent"),
    **dict.fromkeys(
        ("CHD", "DAU", "SON", "SCH", "2", "3", "20", "30", "儿子", "女儿", "子女"), "child"
    ),
    **dict.fromkeys(("SIB", "BRO", "SIS", "7", "70", "兄弟", "姐妹", "兄弟姐妹"), "sibling"),
    **dict.fromkeys(("GRP", "6", "60", "祖父母"), "grandparent"),
    **dict.fromkeys(("GCH", "4", "40", "孙子女"), "grandchild"),
    **dict.fromkeys(("GRD", "监护人"), "guardian"),
    **dict.fromkeys(("CGV", "护理人", "陪护"), "carer"),
}
#: Table 0203 → (system or None for the authority's own, type of hcrm.identifier.system).
ID_TYPES = {
    "MR": (None, "MR"),
    "": (None, "MR"),
    "PI": (None, "PI"),
    "PT": (None, "PI"),
    "NNCHN": ("NNCHN", "NNCHN"),
    "NI": ("NNCHN", "NNCHN"),
    "PPN": ("PPN", "PPN"),
    "MC": ("MC", "MC"),
    "HC": ("MC", "MC"),
    "HR": ("HR", "HR"),
    "BC": ("BC", "BC"),
    "BCT": ("BC", "BC"),
}
NOT_OF_PERSONS = frozenset(("VN", "AN", "FI", "EI", "DN"))
COUNTRIES = {"CHN": "CN", "中国": "CN", "HKG": "HK", "MAC": "MO", "TWN": "TW", "USA": "US"}
ONLINE = frozenset(("Internet", "X.400"))

_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_AREA = re.compile(r"\d{6}(?:\d{3})?(?:\d{3})?")


def identifiers_of(repeats, source):
    """Return the :class:`Identifier` list of PID-3 or MRG-1."""
    found = []
    for part in repeats:
        value, kind = part.get(1), (part.get(5) or "").upper()
        if value and kind not in NOT_OF_PERSONS:
            found.append(identifier_of(value, kind, part.get(4) or "", source))
    return list(dict.fromkeys(found))


def identifier_of(value, kind, authority, source):
    """Return the :class:`Identifier` of a number of a type of table 0203."""
    mapped = source.systems.get((authority, kind))
    system, type_code = ID_TYPES.get(kind, (None, "XX"))
    if mapped:
        return Identifier(mapped, type_code, value)
    if kind.startswith("NN") and kind != "NNCHN":
        return Identifier(kind, "XX", value)
    if system:
        return Identifier(system, type_code, value)
    issuer = authority or source.authority or source.code
    suffix = "" if type_code == "MR" else f":{kind}"
    return Identifier(issuer + suffix, type_code, value)


def patient_of(message, source, is_hint=False):
    """Return the :class:`Person` of PID."""
    segment = message.first("PID")
    if segment is None:
        raise Hl7Error("no_segment", "PID", segment="PID")
    person = Person(identifiers_of(segment.repeats(3), source), is_hint=is_hint)
    if not person.identifiers:
        raise Hl7Error("no_patient_number", "PID-3")
    values = person.values
    put(values, "name", name_of(segment, 5))
    _put_birth(values, segment)
    sex = segment.get(8)
    put(values, "sex", NULL if sex is NULL else from_table(SEXES, sex, "PID-8"))
    _put_address(values, segment)
    person.phones = phones_of(segment, 13, 14)
    put(values, "email", _email_of(segment, 13, 14))
    _put_death(values, segment)
    return person


def name_of(segment, field):
    """Return the name of an XPN field: the ideographic one first, then the legal one.

    >>> from ..hl7_reader import parse
    >>> read = lambda text: name_of(parse("MSH|^~\\\\&\\rPID|||||" + text).first("PID"), 5)
    >>> read("Zhang^Wei^^^^^L^A~张^伟^^^^^L^I"), read("欧阳^娜娜"), read("Smith^John^Q"), read("")
    ('张伟', '欧阳娜娜', 'John Q Smith', None)
    """
    if segment.raw(field) == '""':
        return NULL
    best = None
    for part in segment.repeats(field):
        rank = (part.get(8) == "I", part.get(7) in ("L", None), _is_wide(part))
        text = _full_name(part)
        if text and (best is None or rank > best[0]):
            best = (rank, text)
    return best[1] if best else None


def _is_wide(part):
    return bool(_WIDE.search(part.text(1) + part.text(2)))


def _full_name(part):
    family, given, middle = part.text(1), part.text(2), part.text(3)
    if _WIDE.search(family + given):
        return family + given + middle
    return " ".join(piece for piece in (given, middle, family) if piece)


def _put_birth(values, segment):
    told = segment.get(7)
    if told is NULL:
        values["birth_date"] = False
        return
    day, precision = to_date(told, "PID-7")
    if day:
        values["birth_date"] = day
        if precision != "day":
            values["birth_precision"] = precision


def _put_address(values, segment):
    if segment.raw(11) == '""':
        for name in ("street", "street2", "city", "zip"):
            values[name] = False
        return
    part = segment.part(11)
    for component, name in ((1, "street"), (2, "street2"), (3, "city"), (5, "zip")):
        put(values, name, part.get(component))
    state, city = part.text(4), part.text(3)
    if state and city and state != city:
        values["city"] = f"{state} {city}"
    country = part.text(6).upper()
    if country:
        values["country"] = COUNTRIES.get(country, country[:2])
    area = part.text(9)
    if _AREA.fullmatch(area):
        values["area_code"] = area


def phones_of(segment, *fields):
    """Return numbers as written, False to delete, None when nothing is told."""
    raws = [segment.raw(field) for field in fields]
    if not any(raws):
        return None
    numbers = [_number_of(part) for field in fields for part in segment.repeats(field)]
    numbers = [text for text in numbers if text]
    if numbers:
        return list(dict.fromkeys(numbers))
    return False if '""' in raws else None


def _number_of(part):
    if part.get(3) in ONLINE or part.text(2) == "NET":
        return ""
    if part.get(1) or part.get(12):
        return part.text(1) or part.text(12)
    pieces = [part.text(5).join(("+", "")) if part.get(5) else "", part.text(6), part.text(7)]
    return "".join(pieces) if part.get(7) else ""


def _email_of(segment, *fields):
    for field in fields:
        for part in segment.repeats(field):
            text = part.text(4) or part.text(1)
            if "@" in text and "." in text:
                return text
    return None


def _put_death(values, segment):
    flag, when = segment.get(30), segment.get(29)
    day = to_date(when, "PID-29")[0] if when else None
    if when is NULL:
        values["death_date"] = False
    if day:
        values["death_date"] = day
    if flag is NULL:
        values["is_deceased"] = False
    elif flag or day:
        values["is_deceased"] = from_table({"Y": True, "N": False}, flag or "Y", "PID-30")


def relations_of(message, source):
    """Return the :class:`Relation` list of NK1."""
    found = []
    for segment in message.all("NK1"):
        name = name_of(segment, 2)
        if not name:
            continue
        person = Person(identifiers_of(segment.repeats(33), source), {"name": name}, is_hint=True)
        person.phones = phones_of(segment, 5, 6) or None
        code = segment.text(3)
        relation = RELATIONS.get(code.upper()) or RELATIONS.get(segment.text(3, 2), "other")
        found.append(Relation(relation, person))
    return found
