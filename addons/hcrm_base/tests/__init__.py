from . import test_tools
from . import test_tools_name_search
