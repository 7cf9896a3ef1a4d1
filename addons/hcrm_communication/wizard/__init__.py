from . import hcrm_conversation_match
from . import hcrm_conversation_pass
from . import hcrm_consent_form
from . import hcrm_consent_import
from . import hcrm_contact_question
from . import mail_compose_message
from . import sms_composer
from . import hcrm_communication_mend
