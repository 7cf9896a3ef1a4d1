"""From a valid FHIR resource to canonical events; one module per resource type."""

from . import (
    appointment,
    condition,
    encounter,
    immunization,
    medication_request,
    observation,
    patient,
    questionnaire_response,
    related_person,
)
