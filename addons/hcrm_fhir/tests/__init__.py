from . import test_access
from . import test_keys
from . import test_r4
from . import test_read
from . import test_search
from . import test_tools
from . import test_translations
