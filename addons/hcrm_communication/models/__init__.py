from . import hcrm_message_topic
