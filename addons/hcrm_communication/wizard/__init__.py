from . import hcrm_inbound_match
from . import hcrm_inbound_reply
