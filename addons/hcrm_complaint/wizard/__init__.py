from . import hcrm_complaint_pass
from . import hcrm_complaint_ask
from . import hcrm_complaint_step
from . import hcrm_complaint_confirm
from . import hcrm_contact_question
