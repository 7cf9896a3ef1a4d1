from . import hcrm_inbound_match
from . import hcrm_inbound_reply
from . import hcrm_consent_form
from . import hcrm_consent_import
from . import hcrm_contact_question
from . import mail_compose_message
from . import sms_composer
from . import hcrm_communication_mend
