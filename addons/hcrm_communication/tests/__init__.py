from . import test_dry_run
from . import test_outbox
from . import test_sending
from . import test_translations
from . import test_inbound
from . import test_inbound_http
from . import test_inbound_mail
