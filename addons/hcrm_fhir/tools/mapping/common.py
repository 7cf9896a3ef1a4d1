"""What the readers of all resource types share: from FHIR to canonical events."""

from dataclasses import dataclass, field
from datetime import datetime

from odoo.addons.hcrm_his.tools.canonical import Event, Fact, Person, Source, Visit
from odoo.addons.hcrm_his.tools.mapping.values import clip

from .. import codes, moments
from ..errors import invalid
from ..references import References

MAX_NUMBER = 10**9  # numeric(16, 6) and less


@dataclass(slots=True)
class Told:
    """In what circumstances a resource is told.

    ``is_whole``: what it leaves out is to be deleted (PUT). ``key`` names a new row, ``row_id`` a
    known one.
    """

    source: Source
    time: datetime
    references: References
    is_whole: bool = False
    key: str = ""
    row_id: int = 0
    handle: str = ""
    source_id: str = ""  # its id in the files of a load
    components: dict = field(default_factory=dict)
    systems: dict = field(default_factory=dict)  # URI → (code of the identifier system, type)
    warnings: list = field(default_factory=list)

    @property
    def zone(self):
        return self.source.zone

    def event(self, resource, name="subject"):
        """Return the Event about the patient whom ``resource[name]`` names."""
        place = f"{resource['resourceType']}.{name}"
        target = self.references.need(resource.get(name), "Patient", place)
        event = Event(source=self.source, time=self.time, warnings=self.warnings)
        event.patient = Person(partner_id=target.record_id, handle=target.handle, is_hint=True)
        event.visit = self.visit(resource)
        return event

    def visit(self, resource):
        """Return the Visit that the resource belongs to, or None."""
        reference = resource.get("encounter")
        if not reference:
            return None
        place = f"{resource['resourceType']}.encounter"
        target = self.references.need(reference, "Encounter", place)
        return Visit(target.handle, encounter_id=target.record_id)

    def fact(self, model, values, doctor=None, department=None):
        """Return the Fact; staff and departments that are not known here are left out."""
        fact = Fact(model, self.key, values.told, row_id=self.row_id)
        self.put_place(fact, values, doctor, department)
        return fact

    def put_place(self, fact, values, doctor=None, department=None):
        """Tell the doctor and the department, by our id or by their code."""
        doctor_id = self.references.optional(doctor, "Practitioner")
        if doctor_id or self.is_whole:
            values.told["doctor_id"] = doctor_id or False
        department_id = self.references.optional(department, "Organization")
        if department_id or self.is_whole:
            values.told["department_id"] = department_id or False
        if not doctor_id and doctor:
            fact.doctor_code = (doctor.get("identifier") or {}).get("value") or ""
        if not department_id and department:
            code = (department.get("identifier") or {}).get("value")
            fact.department_codes = (code,) if code else ()

    def values(self):
        """Return where to put what is told."""
        return Values(self.is_whole)


class Values:
    """Values by field name; with ``is_whole``, what is left out is deleted.

    >>> values = Values(True)
    >>> values.put("a", "x"), values.put("b", None), values.put("c", 0.0)
    (None, None, None)
    >>> values.told
    {'a': 'x', 'b': False, 'c': 0.0}
    """

    def __init__(self, is_whole):
        self.is_whole = is_whole
        self.told = {}

    def put(self, name, value):
        """Tell a value; None and "" say nothing."""
        if value is None or value == "":
            if self.is_whole:
                self.told[name] = False
        else:
            self.told[name] = clip(value) if isinstance(value, str) else value

    def always(self, **values):
        """Tell values that are told always."""
        self.told.update(values)


def coding(concept, *wanted):
    """Return (code, name of the code system, text) of a CodeableConcept.

    The first coding of a wanted system counts, else the first; without codings the text is the
    code too.

    >>> coding({"coding": [{"system": "http://loinc.org", "code": "K", "display": "钾"}]})
    ('K', 'LN', '钾')
    >>> coding({"text": "头痛"}), coding(None)
    (('头痛', '', '头痛'), ('', '', ''))
    """
    concept = concept or {}
    found = [one for one in concept.get("coding") or [] if one.get("code")]
    first = next((one for one in found if one.get("system") in wanted), found[0] if found else {})
    text = (concept.get("text") or first.get("display") or first.get("code") or "").strip()
    code = first.get("code") or text[:199]
    return code, codes.system_name(first.get("system")) if first.get("system") else "", text


def need_coding(concept, expression, *wanted):
    """Return as :func:`coding`; 422 where neither code nor text is told."""
    found = coding(concept, *wanted)
    if not found[0]:
        raise invalid("neither a code nor a text is told", expression, "required")
    return found


def text_of(concept):
    """Return the text of a CodeableConcept, "" for nothing."""
    return coding(concept)[2]


def word(table, told, expression):
    """Return our word for one of FHIR's; 422 for one that FHIR does not know."""
    try:
        return table[told]
    except (KeyError, TypeError):
        raise invalid("this code is not in its value set", expression, "code-invalid") from None


def number(told, expression):
    """Return a float, None for nothing.

    >>> number("1.50", ""), number(None, "")
    (1.5, None)
    """
    if told is None:
        return None
    try:
        value = float(told)
    except (TypeError, ValueError):
        raise invalid("this is not a number", expression) from None
    if not abs(value) < MAX_NUMBER:
        raise invalid("this number is too large", expression)
    return value


def unit_of(quantity):
    """Return the unit of a Quantity: the UCUM code where there is one."""
    is_ucum = quantity.get("system") == codes.UCUM
    return (quantity.get("code") if is_ucum else None) or quantity.get("unit")


def refuse_modifiers(resource):
    """422 for modifier extensions: what may change the meaning must not be passed over."""
    if resource.get("modifierExtension"):
        place = f"{resource['resourceType']}.modifierExtension"
        raise invalid("modifier extensions are not understood here", place, "extension")


def when(resource, *names, zone):
    """Return the naive UTC moment of the first of these elements that is told; Periods begin."""
    for name in names:
        told = resource.get(name)
        if isinstance(told, dict):
            told = told.get("start") or told.get("end")
        if told:
            return moments.to_utc(told, zone, f"{resource['resourceType']}.{name}")
    return None


def business_key(resource):
    """Return the key by which the sender knows a resource, "" where it has no identifier.

    >>> business_key({"resourceType": "Observation", "identifier": [{"system": "a", "value": "1"}]})
    'FHIR:Observation:a|1'
    """
    told = resource.get("identifier") or []
    for one in told if isinstance(told, list) else [told]:
        if one.get("value"):
            return f"FHIR:{resource['resourceType']}:{one.get('system') or ''}|{one['value']}"
    return ""
