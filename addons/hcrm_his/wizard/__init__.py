from . import hcrm_his_message_ignore
from . import hcrm_his_feed_try
from . import hcrm_key_show
