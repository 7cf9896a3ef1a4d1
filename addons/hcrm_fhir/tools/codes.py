"""How our words and those of FHIR translate. Several FHIR words may mean one of ours."""

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
V2_0203 = "http://terminology.hl7.org/CodeSystem/v2-0203"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CONDITION_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
OWN = "urn:hcrm:"

#: Names that HL7 v2 senders write for code systems, and their URIs.
SYSTEMS = {
    "LN": LOINC,
    "ICD-10": "http://hl7.org/fhir/sid/icd-10",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "SCT": "http://snomed.info/sct",
    "SNM": "http://snomed.info/sct",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "ATC": "http://www.whocc.no/atc",
}
_NAMES = {uri: name for name, uri in reversed(SYSTEMS.items())}

SEXES = {"male": "male", "female": "female", "other": "other", "unknown": "unknown"}

CLASSES_OUT = {
    "outpatient": ("AMB", "ambulatory"),
    "inpatient": ("IMP", "inpatient encounter"),
    "emergency": ("EMER", "emergency"),
    "examination": ("AMB", "ambulatory"),
    "home": ("HH", "home health"),
}
CLASSES_IN = {
    **dict.fromkeys(("AMB", "VR", "SS", "PRENC", "FLD"), "outpatient"),
    **dict.fromkeys(("IMP", "ACUTE", "NONAC", "OBSENC"), "inpatient"),
    "EMER": "emergency",
    "HH": "home",
}

ENCOUNTER_OUT = {
    "planned": "planned",
    "in_progress": "in-progress",
    "finished": "finished",
    "cancelled": "cancelled",
}
ENCOUNTER_IN = {
    "planned": "planned",
    **dict.fromkeys(("arrived", "triaged", "in-progress", "onleave", "unknown"), "in_progress"),
    "finished": "finished",
    **dict.fromkeys(("cancelled", "entered-in-error"), "cancelled"),
}
#: Encounter.statusHistory and the times of a visit.
VISIT_TIMES = {
    "planned": "booked_at",
    "arrived": "checked_in_at",
    "triaged": "called_at",
    "in-progress": "seen_at",
    "finished": "left_at",
}

OBSERVATION_OUT = {
    "preliminary": "preliminary",
    "final": "final",
    "corrected": "corrected",
    "cancelled": "cancelled",
}
OBSERVATION_IN = {
    **dict.fromkeys(("registered", "preliminary", "unknown"), "preliminary"),
    "final": "final",
    **dict.fromkeys(("amended", "corrected"), "corrected"),
    **dict.fromkeys(("cancelled", "entered-in-error"), "cancelled"),
}
CATEGORIES = (
    *("vital-signs", "laboratory", "survey", "social-history", "imaging", "procedure", "exam"),
    *("therapy", "activity"),
)
#: Vital signs by LOINC code: HL7 v2 tells no category.
VITALS = (
    *("85354-9", "8480-6", "8462-4", "8867-4", "9279-1", "8310-5", "2708-6", "59408-5"),
    *("29463-7", "8302-2", "9843-4", "39156-5", "85353-1"),
)

PRESCRIPTION_OUT = {
    "draft": "draft",
    "active": "active",
    "completed": "completed",
    "stopped": "stopped",
    "cancelled": "cancelled",
}
PRESCRIPTION_IN = {
    "active": "active",
    "completed": "completed",
    **dict.fromkeys(("stopped", "on-hold"), "stopped"),
    **dict.fromkeys(("cancelled", "entered-in-error"), "cancelled"),
    **dict.fromkeys(("draft", "unknown"), "draft"),
}

APPOINTMENT_OUT = {
    "proposed": "proposed",
    "booked": "booked",
    "arrived": "arrived",
    "fulfilled": "fulfilled",
    "cancelled": "cancelled",
    "noshow": "noshow",
}
APPOINTMENT_IN = {
    **dict.fromkeys(("proposed", "pending", "waitlist"), "proposed"),
    "booked": "booked",
    **dict.fromkeys(("arrived", "checked-in"), "arrived"),
    "fulfilled": "fulfilled",
    **dict.fromkeys(("cancelled", "entered-in-error"), "cancelled"),
    "noshow": "noshow",
}

IMMUNIZATION_OUT = {
    "completed": "completed",
    "not_done": "not-done",
    "entered_in_error": "entered-in-error",
}
IMMUNIZATION_IN = {theirs: ours for ours, theirs in IMMUNIZATION_OUT.items()}

#: v3-RoleCode, v2-0131 and our relations; the first of each is written.
RELATIONS_OUT = {
    "parent": ("PRN", "parent"),
    "child": ("CHILD", "child"),
    "spouse": ("SPS", "spouse"),
    "sibling": ("SIB", "sibling"),
    "grandparent": ("GRPRN", "grandparent"),
    "grandchild": ("GRNDCHILD", "grandchild"),
    "guardian": ("GUARD", "guardian"),
    "ward": ("WARD", "ward"),
    "carer": ("CAREGIVER", "caregiver"),
    "cared_for": ("CARED", "cared for"),
    "other": ("FAMMEMB", "family member"),
}
RELATIONS_IN = {
    **{code: ours for ours, (code, _name) in RELATIONS_OUT.items()},
    **dict.fromkeys(("MTH", "FTH", "NMTH", "NFTH", "ADOPTP", "STPPRN", "PRNFOST"), "parent"),
    **dict.fromkeys(("SON", "DAU", "NCHILD", "SONC", "DAUC", "CHLDADOPT", "STPCHLD"), "child"),
    **dict.fromkeys(("HUSB", "WIFE", "DOMPART", "SIGOTHR"), "spouse"),
    **dict.fromkeys(("BRO", "SIS", "NSIB", "NBRO", "NSIS", "HSIB", "STPSIB"), "sibling"),
    **dict.fromkeys(("GRMTH", "GRFTH", "MGRMTH", "MGRFTH", "PGRMTH", "PGRFTH"), "grandparent"),
    **dict.fromkeys(("GRNDSON", "GRNDDAU"), "grandchild"),
    **dict.fromkeys(("HPOWATT", "DPOWATT", "GUADLTM"), "guardian"),
}

#: v2-0203 and the types of hcrm.identifier.system.
ID_TYPES_OUT = {
    "MR": ("MR", "Medical record number"),
    "PI": ("PI", "Patient internal identifier"),
    "NNCHN": ("NNCHN", "National person identifier, China"),
    "PPN": ("PPN", "Passport number"),
    "HR": ("HR", "Resident health record number"),
    "MC": ("MC", "Insurance card number"),
    "BC": ("BCT", "Birth certificate"),
}
ID_USES = ("official", "usual", "temp", "old")


def system_uri(name):
    """Return the URI of a code system as we name it; None for nothing.

    >>> system_uri("LN"), system_uri("http://a"), system_uri("L"), system_uri(False)
    ('http://loinc.org', 'http://a', 'urn:hcrm:L', None)
    """
    if not name:
        return None
    return SYSTEMS.get(name) or (name if ":" in name else OWN + name)


def system_name(uri):
    """Return our name of a code system, the URI where we have none.

    >>> system_name("http://loinc.org"), system_name("urn:hcrm:L"), system_name("http://a")
    ('LN', 'L', 'http://a')
    """
    return _NAMES.get(uri) or (uri or "").removeprefix(OWN)


def system_names(uri):
    """Return all names under which rows may know a code system.

    >>> system_names("http://hl7.org/fhir/sid/icd-10")
    ['http://hl7.org/fhir/sid/icd-10', 'ICD-10', 'I10', 'ICD10']
    """
    return [uri, *(name for name, known in SYSTEMS.items() if known == uri)] + (
        [uri.removeprefix(OWN)] if uri.startswith(OWN) else []
    )


def theirs(table, ours):
    """Return the words of FHIR that mean one of ours.

    >>> theirs(APPOINTMENT_IN, "arrived")
    ['arrived', 'checked-in']
    """
    return [word for word, meaning in table.items() if meaning == ours]
