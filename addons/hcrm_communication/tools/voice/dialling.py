"""Which number a trunk is told to dial."""

import phonenumbers

#: Places of a pattern of endpoints, as the form of the gateway names them.
PLACES = ("number", "e164", "digits")


def endpoint(pattern, address, region):
    """Return the endpoint for a number in E.164; nothing if it is none, or the pattern is wrong.

    ``{number}`` is dialled as from a telephone of the hospital's country, ``{e164}`` with a plus
    sign, ``{digits}`` without it.

    >>> endpoint("PJSIP/{number}@trunk", "+8613800138001", "CN")
    'PJSIP/13800138001@trunk'
    >>> endpoint("PJSIP/{number}@trunk", "+4930123456", "CN")
    'PJSIP/004930123456@trunk'
    >>> endpoint("PJSIP/{e164}@trunk", "+861058850000", "CN"), endpoint("{digits}", "+8612345678901", "CN")
    ('PJSIP/+861058850000@trunk', '8612345678901')
    >>> endpoint("PJSIP/{number}@trunk", "12", "CN"), endpoint("{wrong}", "+8613800138001", "CN")
    ('', '')
    """  # noqa: E501
    try:
        number = phonenumbers.parse(address, None)
        dialled = phonenumbers.format_out_of_country_calling_number(number, region)
        values = {"number": _digits(dialled), "e164": address, "digits": _digits(address)}
        return pattern.format_map(values)
    except (phonenumbers.NumberParseException, KeyError, ValueError, IndexError, AttributeError):
        return ""


def _digits(text):
    return "".join(sign for sign in text if sign.isdigit())
