from odoo import api, models
from odoo.fields import Domain

from ..tools import codes, moments
from ..tools.errors import invalid
from ..tools.mapping import encounter
from ..tools.param import COMMON, PATIENT, Param, merged, practitioner
from ..tools.query import plain, token

#: Numbers that we gave because the sender gave none: nobody knows them.
OWN_NUMBER = "fhir:"


class HcrmFhirEncounter(models.AbstractModel):
    _name = "hcrm.fhir.encounter"
    _description = "FHIR Encounter"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Encounter"
    _fhir_model = "hcrm.encounter"
    _fhir_reader = staticmethod(encounter.read)
    _fhir_rank = 2
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "date": "started_at"}
    _fhir_note = (
        "Visits and stays. The first identifier is the visit number, unique in the hospital: HL7 "
        "v2 and FHIR speak of one visit by it. reasonCode.text: the reason in the patient's words."
    )
    _fhir_params = merged(
        COMMON,
        PATIENT,
        practitioner("practitioner", "participant"),
        {
            "date": Param("date", "period", "started_at", doc="From the start to the end"),
            "status": Param("token", "status", "state", table=codes.ENCOUNTER_IN),
            "class": Param("token", "class", "encounter_class", doc="v3-ActCode"),
            "identifier": Param("token", "number", "visit_number", doc="The visit number"),
            "service-provider": Param(
                "reference", "record", "department_id", target="Organization", doc="Department"
            ),
        },
    )

    @api.model
    def _match_class(self, param, modifier, text):
        code = token(text)[1]
        ours = codes.CLASSES_IN.get(code, code.lower())
        names = ("outpatient", "examination") if code == "AMB" else (ours,)
        return Domain("encounter_class", "in", names)

    @api.model
    def _match_number(self, param, modifier, text):
        return Domain("visit_number", "=", token(text)[1])

    @api.model
    def _match_period(self, param, modifier, text):
        """A visit that has not ended goes on."""
        prefix, told = moments.split_prefix(plain(text))
        start, end = moments.span(told, self._get_zone())
        if prefix in ("gt", "ge"):
            least = end if prefix == "gt" else start
            return Domain("ended_at", "=", False) | Domain("ended_at", ">=", least)
        if prefix == "eb":
            return Domain("ended_at", "<", start)
        if prefix in ("eq", "ne"):
            inside = Domain("started_at", ">=", start) & Domain("started_at", "<", end)
            inside &= Domain("ended_at", "=", False) | Domain("ended_at", "<", end)
            return inside if prefix == "eq" else ~inside
        return self._between("started_at", prefix, start, end)

    @api.model
    def _after_write(self, entries, outcomes):
        """A visit that was typed in here gets the number that a system knows it by."""
        for entry in entries:
            visit_sudo = self.env["hcrm.encounter"].sudo().browse(entry.record_id)
            is_told = not entry.key.startswith(OWN_NUMBER)
            if is_told and not visit_sudo.visit_number:
                visit_sudo.visit_number = entry.key
            elif is_told and visit_sudo.visit_number != entry.key:
                place = "Encounter.identifier"
                raise invalid("a visit keeps its number", place).at(entry.place)

    @api.model
    def _render(self, records):
        return [self._render_one(encounter) for encounter in records]

    @api.model
    def _render_one(self, encounter):
        code, display = codes.CLASSES_OUT[encounter.encounter_class]
        number = encounter.visit_number
        is_known = number and not number.startswith(OWN_NUMBER)
        doctor = self._doctor_of(encounter)
        return {
            "identifier": [{"use": "official", "value": number}] if is_known else None,
            "status": codes.ENCOUNTER_OUT[encounter.state],
            "statusHistory": self._render_history(encounter),
            "class": {"system": codes.ACT_CODE, "code": code, "display": display},
            "type": self._render_type(encounter),
            "subject": self._patient_of(encounter),
            "participant": doctor and [{"individual": doctor}],
            "period": {
                "start": self._moment(encounter.started_at),
                "end": self._moment(encounter.ended_at),
            },
            "reasonCode": [{"text": encounter.reason}] if encounter.reason else None,
            "hospitalization": {"dischargeDisposition": {"text": encounter.disposition or None}},
            "location": [{"location": {"display": encounter.location}}]
            if encounter.location
            else None,
            "serviceProvider": self._department_of(encounter),
        }

    @api.model
    def _render_type(self, encounter):
        if encounter.encounter_class != "examination":
            return None
        return [{"coding": [{"system": codes.OWN + "encounter-class", "code": "examination"}]}]

    @api.model
    def _render_history(self, encounter):
        """The times of the visit, each as the moment at which a status began."""
        return [
            {"status": status, "period": {"start": self._moment(encounter[name])}}
            for status, name in codes.VISIT_TIMES.items()
            if encounter[name]
        ]
