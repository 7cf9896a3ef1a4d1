from . import public_form, status
from . import complaint_rating
