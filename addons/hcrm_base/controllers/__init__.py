from . import access_log
from . import promises
from . import privacy
