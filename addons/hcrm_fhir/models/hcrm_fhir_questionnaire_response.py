from odoo import api, models
from odoo.fields import Domain

from ..tools.mapping import questionnaire_response
from ..tools.param import COMMON, ENCOUNTER, PATIENT, Param, merged
from ..tools.query import plain, token


class HcrmFhirQuestionnaireResponse(models.AbstractModel):
    _name = "hcrm.fhir.questionnaire.response"
    _description = "FHIR QuestionnaireResponse"
    _inherit = ["hcrm.fhir.resource"]

    _fhir_type = "QuestionnaireResponse"
    _fhir_model = "hcrm.fhir.document"
    _fhir_reader = staticmethod(questionnaire_response.read)
    _fhir_sorts = {"_id": "id", "_lastUpdated": "write_date", "authored": "authored_at"}
    _fhir_note = "Kept and given back as it was told; answers are not judged here."
    _fhir_params = merged(
        COMMON,
        PATIENT,
        ENCOUNTER,
        {
            "identifier": Param("token", "document", "external_key", doc="Its business number"),
            "authored": Param("date", "moment", "authored_at", doc="When it was answered"),
            "questionnaire": Param("uri", "canonical", "questionnaire", doc="Canonical address"),
            "status": Param("token", "word", "status", doc="completed, in-progress, …"),
        },
    )

    @api.model
    def _get_base_domain(self):
        return Domain("resource_type", "=", self._fhir_type)

    @api.model
    def _match_document(self, param, modifier, text):
        return self._match_key(param, modifier, text)

    @api.model
    def _match_canonical(self, param, modifier, text):
        """An address without a version finds them all."""
        told = plain(text)
        found = Domain("questionnaire", "=", told)
        return found if "|" in told else found | Domain("questionnaire", "=like", f"{told}|%")

    @api.model
    def _match_word(self, param, modifier, text):
        return Domain(param.field, "=", token(text)[1])

    @api.model
    def _render(self, records):
        """References follow merges and corrections; the rest is as it was told."""
        return [
            (one.content or {})
            | {"subject": self._patient_of(one), "encounter": self._encounter_of(one)}
            for one in records
        ]
