from . import test_tools
from . import test_tools_name_search
from . import test_encounter
from . import test_identifier
from . import test_name_search
from . import test_person
from . import test_phone
