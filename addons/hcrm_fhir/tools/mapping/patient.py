"""Patient, and the person of a RelatedPerson."""

from odoo.addons.hcrm_his.tools.canonical import Event, Identifier, Person
from odoo.addons.hcrm_his.tools.mapping.person import COUNTRIES, ID_TYPES

from .. import codes, moments, people
from ..errors import invalid
from .common import Values, refuse_modifiers, word

NOT_OF_PERSONS = frozenset(("VN", "AN", "FILL", "PLAC", "ACSN"))


def read(resource, told):
    """Return the Event of a Patient."""
    refuse_modifiers(resource)
    is_dead = resource.get("deceasedBoolean") or resource.get("deceasedDateTime")
    if resource.get("active") is False and not is_dead:
        raise invalid("patients are merged, not made inactive", "Patient.active", "not-supported")
    if any(one.get("type") == "replaced-by" for one in resource.get("link") or []):
        text = "merge patients by HL7 ADT^A40 or in HCRM"
        raise invalid(text, "Patient.link", "not-supported")
    event = Event(source=told.source, time=told.time, warnings=told.warnings)
    event.patient = person_of(resource, told)
    if not told.row_id:
        event.patient.handle = told.handle
    if told.source_id:
        name = source_ids(told.source)
        event.patient.identifiers.append(Identifier(name, "PI", told.source_id))
    event.patient.partner_id = told.row_id
    return event


def source_ids(source):
    """Return the code of the identifier system of a sender's own FHIR ids."""
    return f"{source.code}:fhir-id"


def person_of(resource, told):
    """Return the canonical Person of a Patient or RelatedPerson."""
    kind = resource["resourceType"]
    person = Person(identifiers_of(resource, told))
    values = Values(told.is_whole)
    name = people.full_name(resource.get("name") or [])[0]
    if name:
        values.put("name", name)
    values.put("sex", _sex(resource, kind))
    _put_birth(values, resource, kind)
    telecom = resource.get("telecom") or []
    person.phones = people.phones_of(telecom) or (False if told.is_whole else None)
    if told.is_whole and person.phones and len(person.phones) == 1:
        values.told["phone_other_stored"] = False
    values.put("email", people.email_of(telecom))
    _put_address(values, resource.get("address") or [])
    if kind == "Patient":
        _put_death(values, resource)
    person.values = values.told
    return person


def identifiers_of(resource, told):
    """Return the numbers that name a person.

    One without a type is the record number of its system, as in HL7 v2.
    """
    kind = resource["resourceType"]
    found = []
    for place, one in enumerate(resource.get("identifier") or []):
        type_code = _type_of(one)
        if not one.get("value") or type_code in NOT_OF_PERSONS or one.get("use") == "secondary":
            continue
        if len(one["value"]) > 250:
            expression = f"{kind}.identifier[{place}].value"
            raise invalid("longer than 250 characters", expression, "too-long")
        found.append(_identifier(one, type_code, told))
    return list(dict.fromkeys(found))


def _type_of(identifier):
    concept = identifier.get("type") or {}
    return next((one["code"] for one in concept.get("coding") or [] if one.get("code")), "").upper()


def _identifier(one, type_code, told):
    """Return the number by its system: as the sender maps it, as it is listed, as it is called."""
    uri, source = one.get("system") or "", told.source
    mapped = source.systems.get((uri, type_code)) or source.systems.get((uri, ""))
    system, kind = ID_TYPES.get(type_code, (None, "XX"))
    if uri in told.systems and not mapped:
        mapped, listed = told.systems[uri]
        kind = kind if type_code else listed
    if type_code.startswith("NN") and not system:
        system = type_code
    name = mapped or system or uri.removeprefix(codes.OWN)
    return Identifier(name or source.authority or source.code, kind, one["value"])


def _sex(resource, kind):
    told = resource.get("gender")
    return word(codes.SEXES, told, f"{kind}.gender") if told else None


def _put_birth(values, resource, kind):
    day, precision = moments.to_day(resource.get("birthDate"), f"{kind}.birthDate")
    values.put("birth_date", day)
    if day and precision != "day":
        values.told["birth_precision"] = precision


def _put_death(values, resource):
    told = resource.get("deceasedDateTime")
    day = moments.to_day(told, "Patient.deceasedDateTime")[0]
    flag = resource.get("deceasedBoolean")
    is_dead = True if day else None if flag is None else flag in (True, "true")
    values.put("is_deceased", is_dead)
    values.put("death_date", day)


def _put_address(values, addresses):
    """The home address, else the first that is no old one."""
    current = [one for one in addresses if one.get("use") not in ("old", "temp", "billing")]
    home = [one for one in current if one.get("use") == "home"]
    told = (home or current or [{}])[0]
    if not told and not values.is_whole:
        return
    lines = [line for line in told.get("line") or [] if line]
    if not lines and told.get("text") and not told.get("city"):
        lines = [told["text"]]
    values.put("street", lines[0] if lines else None)
    values.put("street2", " ".join(lines[1:]))
    values.put("city", _city(told))
    values.put("zip", told.get("postalCode"))
    country = (told.get("country") or "").strip().upper()
    values.put("country", COUNTRIES.get(country, country[:2]))


def _city(address):
    """Return province, city and district as one text.

    >>> _city({"state": "浙江省", "city": "浙江省 杭州市"}), _city({"state": "MA", "city": "B"})
    ('浙江省 杭州市', 'MA B')
    """
    state, city = address.get("state") or "", address.get("city") or ""
    parts = [] if city.startswith(state) else [state]
    return " ".join(part for part in (*parts, city, address.get("district") or "") if part)
