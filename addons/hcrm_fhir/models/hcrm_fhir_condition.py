from odoo import api, models
from odoo.fields import Domain

from ..tools import codes
from ..tools.mapping import condition
from ..tools.param import COMMON, ENCOUNTER, IDENTIFIER, PATIENT, Param, merged
from ..tools.query import token


class HcrmFhirCondition(models.AbstractModel):
    _name = "hcrm.fhir.condition"
    _description = "FHIR Condition"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "Condition"
    _fhir_model = "hcrm.diagnosis"
    _fhir_reader = staticmethod(condition.read)
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "recorded-date": "recorded_at"}
    _fhir_note = "Diagnoses. One coding is kept, ICD-10 where there is one."
    _fhir_params = merged(
        COMMON,
        PATIENT,
        ENCOUNTER,
        IDENTIFIER,
        {
            "code": Param("token", "code", "code", system="coding_system", doc="ICD-10"),
            "recorded-date": Param("date", "moment", "recorded_at", doc="When it was recorded"),
            "onset-date": Param("date", "moment", "onset_at", doc="When it began"),
            "category": Param("token", "category", doc="encounter-diagnosis, problem-list-item"),
            "clinical-status": Param("token", "clinical", "clinical_status"),
            "verification-status": Param("token", "code", "verification_status"),
        },
    )

    @api.model
    def _match_category(self, param, modifier, text):
        is_visit = token(text)[1] == "encounter-diagnosis"
        return Domain("encounter_id", "!=" if is_visit else "=", False)

    @api.model
    def _match_clinical(self, param, modifier, text):
        code = token(text)[1]
        domain = Domain("clinical_status", "=", code)
        return domain | Domain("clinical_status", "=", False) if code == "active" else domain

    @api.model
    def _render(self, records):
        return [self._render_one(diagnosis) for diagnosis in records]

    @api.model
    def _render_one(self, diagnosis):
        is_error = diagnosis.verification_status == "entered-in-error"
        category = "encounter-diagnosis" if diagnosis.encounter_id else "problem-list-item"
        clinical = None if is_error else diagnosis.clinical_status or "active"
        verification = diagnosis.verification_status or (
            "confirmed" if diagnosis.kind == "final" else "provisional"
        )
        return {
            "identifier": self._identifiers_of(diagnosis),
            "clinicalStatus": _coded(codes.CLINICAL, clinical),
            "verificationStatus": _coded(codes.VERIFICATION, verification),
            "category": [_coded(codes.CONDITION_CATEGORY, category)],
            "code": self._concept(diagnosis.code, diagnosis.coding_system, diagnosis.name),
            "subject": self._patient_of(diagnosis),
            "encounter": self._encounter_of(diagnosis),
            "onsetDateTime": self._moment(diagnosis.onset_at),
            "abatementDateTime": self._moment(diagnosis.abated_at),
            "recordedDate": self._moment(diagnosis.recorded_at),
            "asserter": self._doctor_of(diagnosis),
        }


def _coded(system, code):
    return {"coding": [{"system": system, "code": code}]} if code else None
