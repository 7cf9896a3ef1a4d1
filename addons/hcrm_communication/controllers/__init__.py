from . import gateway
from . import inbound
from . import contact_preferences
from . import secure_link
from . import platforms
from . import wechat
from . import my_messages
from . import inbound_pages
