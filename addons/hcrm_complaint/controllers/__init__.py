from . import public_form, status
from . import complaint_confirm, complaint_rating
from . import my_complaints
