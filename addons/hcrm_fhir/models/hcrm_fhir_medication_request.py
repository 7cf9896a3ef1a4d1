from odoo import api, models

from ..tools import codes, timing
from ..tools.mapping import medication_request
from ..tools.param import COMMON, ENCOUNTER, IDENTIFIER, PATIENT, Param, merged, practitioner


class HcrmFhirMedicationRequest(models.AbstractModel):
    _name = "hcrm.fhir.medication.request"
    _description = "FHIR MedicationRequest"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "MedicationRequest"
    _fhir_model = "hcrm.prescription"
    _fhir_reader = staticmethod(medication_request.read)
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "authoredon": "start_date"}
    _fhir_note = "Prescriptions, one drug each. authoredOn is the day from which it is taken."
    _fhir_params = merged(
        COMMON,
        PATIENT,
        ENCOUNTER,
        IDENTIFIER,
        practitioner("requester"),
        {
            "status": Param("token", "status", "state", table=codes.PRESCRIPTION_IN),
            "code": Param("token", "code", "drug_code", system="drug_system", doc="The drug"),
            "authoredon": Param("date", "day", "start_date", doc="From which day"),
        },
    )

    @api.model
    def _render(self, records):
        return [self._render_one(prescription) for prescription in records]

    @api.model
    def _render_one(self, one):
        return {
            "identifier": self._identifiers_of(one),
            "status": codes.PRESCRIPTION_OUT[one.state],
            "intent": "order",
            "medicationCodeableConcept": self._concept(
                one.drug_code, one.drug_system, one.drug_name
            ),
            "subject": self._patient_of(one),
            "encounter": self._encounter_of(one),
            "authoredOn": one.start_date.isoformat(),
            "requester": self._doctor_of(one),
            "dosageInstruction": [self._render_dosage(one)],
            "dispenseRequest": {
                "quantity": _quantity(one.quantity, one.quantity_unit),
                "expectedSupplyDuration": one.days_supply
                and {"value": one.days_supply, "unit": "d", "system": codes.UCUM, "code": "d"}
                or None,
            },
        }

    @api.model
    def _render_dosage(self, one):
        dose = _quantity(one.dose, one.dose_unit)
        return {
            "timing": timing.to_fhir(one.frequency) if one.frequency else None,
            "route": {"text": one.route} if one.route else None,
            "doseAndRate": [{"doseQuantity": dose}] if dose else None,
        }


def _quantity(value, unit):
    return {"value": value, "unit": unit or None} if value else None
