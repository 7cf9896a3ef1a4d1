from . import hcrm_his_message_ignore
