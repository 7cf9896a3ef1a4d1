"""Search parameters of a resource type, as data: the handler's ``_match_<kind>`` answers them."""

from typing import NamedTuple


class Param(NamedTuple):
    """One search parameter; ``type`` as CapabilityStatement names it."""

    type: str
    kind: str
    field: str = ""
    table: dict | None = None  # FHIR's words → ours, of a status
    target: str = ""  # resource type a reference leads to
    system: str = ""  # field that holds the code system
    doc: str = ""


def merged(*tables):
    """Return the tables as one; later ones win."""
    return {name: param for table in tables for name, param in table.items()}


#: What every type answers.
COMMON = {
    "_id": Param("token", "id", doc="Logical id"),
    "_lastUpdated": Param("date", "moment", "write_date", doc="When it last changed here"),
}
PATIENT = {
    "patient": Param("reference", "patient", "partner_id", target="Patient", doc="Whose it is"),
    "subject": Param("reference", "patient", "partner_id", target="Patient", doc="Whose it is"),
}
ENCOUNTER = {
    "encounter": Param(
        "reference", "record", "encounter_id", target="Encounter", doc="The visit it belongs to"
    ),
}
IDENTIFIER = {
    "identifier": Param(
        "token", "key", "external_key", doc="The number under which its system sent it"
    ),
}


def practitioner(*names):
    """Return parameters for the doctor."""
    param = Param("reference", "record", "doctor_id", target="Practitioner", doc="The doctor")
    return dict.fromkeys(names, param)
