from . import base_partner_merge_automatic_wizard
from . import hcrm_break_glass_wizard
from . import hcrm_merge_wizard
from . import hcrm_privacy_handover
from . import hcrm_promise_approval
from . import hcrm_segment_add
