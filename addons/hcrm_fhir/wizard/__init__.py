from . import hcrm_fhir_key_create
from . import hcrm_fhir_key_show
