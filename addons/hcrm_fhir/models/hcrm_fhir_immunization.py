from odoo import api, models

from ..tools import codes
from ..tools.mapping import immunization
from ..tools.param import COMMON, IDENTIFIER, PATIENT, Param, merged, practitioner


class HcrmFhirImmunization(models.AbstractModel):
    _name = "hcrm.fhir.immunization"
    _description = "FHIR Immunization"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Immunization"
    _fhir_model = "hcrm.immunization"
    _fhir_reader = staticmethod(immunization.read)
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "date": "given_on"}
    _fhir_note = "Doses given; the day is kept, not the hour."
    _fhir_params = merged(
        COMMON,
        {"patient": PATIENT["patient"]},
        IDENTIFIER,
        practitioner("performer"),
        {
            "date": Param("date", "day", "given_on", doc="The day it was given"),
            "status": Param("token", "status", "status", table=codes.IMMUNIZATION_IN),
            "vaccine-code": Param("token", "code", "vaccine_code", system="vaccine_system"),
            "lot-number": Param("string", "words", "lot_number"),
        },
    )

    @api.model
    def _render(self, records):
        return [self._render_one(immunization) for immunization in records]

    @api.model
    def _render_one(self, one):
        doctor = self._doctor_of(one)
        return {
            "identifier": self._identifiers_of(one),
            "status": codes.IMMUNIZATION_OUT[one.status],
            "vaccineCode": self._concept(one.vaccine_code, one.vaccine_system, one.vaccine_name),
            "patient": self._patient_of(one),
            "occurrenceDateTime": one.given_on.isoformat(),
            "lotNumber": one.lot_number or None,
            "site": {"text": one.site} if one.site else None,
            "performer": doctor and [{"actor": doctor}],
            "note": [{"text": one.note}] if one.note else None,
            "protocolApplied": [{"doseNumberPositiveInt": one.dose_number}],
        }
