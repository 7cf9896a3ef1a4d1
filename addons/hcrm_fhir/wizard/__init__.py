from . import hcrm_fhir_key_create
