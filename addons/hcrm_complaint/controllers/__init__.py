from . import public_form, status
