from . import hcrm_complaint_pass
