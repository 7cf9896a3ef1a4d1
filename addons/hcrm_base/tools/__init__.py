from . import access_log
from . import masking
from . import matching
from . import merging
from . import name_search
from . import phone
from . import pinyin_readings
from . import resident_id
