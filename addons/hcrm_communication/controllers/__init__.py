from . import gateway
from . import inbound
