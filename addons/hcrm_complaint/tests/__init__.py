from . import test_clocks
from . import test_conversation_case
from . import test_custody
from . import test_explanation
from . import test_intake
from . import test_ladder
from . import test_today
from . import test_translations
