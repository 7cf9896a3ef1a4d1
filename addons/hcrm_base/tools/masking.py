"""What a role that need not see an identifier gets to see of it."""

import unicodedata

MASK = "*"
NATIONAL_KINDS = frozenset(("national_id", "resident_id", "id_card", "nnchn"))
# (shortest length, characters shown at the end), longest first
_TAILS = ((8, 4), (5, 2), (2, 1))


def mask_identifier(value, kind=None):
    """Mask an identifier for the screen.

    A national ID of 18 characters shows 6 + 4, one of 15 shows 6 + 3 (the birth date and the order
    are hidden). Everything else shows its last 4, and a short value its last 2 or 1.

    :param value: text, number or None
    :param kind: code of the identifier system; those of ``NATIONAL_KINDS`` (any case) are national
    :return: str, "" for nothing; never raises

    >>> mask_identifier("11010519491231002X", "national_id")
    '110105********002X'
    >>> mask_identifier("510108871125243", "national_id")
    '510108******243'
    >>> [mask_identifier(v, "mrn") for v in ("MRN00012345", "123456", "123", "7", "", None)]
    ['*******2345', '****56', '**3', '*', '', '']
    """
    text = unicodedata.normalize("NFKC", "" if value in (None, False) else str(value)).strip()
    if str(kind or "").lower() in NATIONAL_KINDS:
        number = "".join(text.split()).upper()
        if len(number) == 18:
            return number[:6] + MASK * 8 + number[-4:]
        if len(number) == 15:
            return number[:6] + MASK * 6 + number[-3:]
    return keep_tail(text, _tail_length(len(text)))


def looks_masked(text):
    """Tell whether ``text`` is what somebody was shown instead of a number.

    >>> looks_masked("138****8000"), looks_masked("88886666*801"), looks_masked(None)
    (True, False, False)
    """
    return MASK * 2 in (text or "")


def keep_tail(text, shown):
    """Return ``text`` with all but its last ``shown`` characters masked.

    >>> keep_tail("12345678", 4), keep_tail("12", 0), keep_tail("", 4)
    ('****5678', '**', '')
    """
    hidden = max(len(text) - shown, 0)
    return MASK * hidden + text[hidden:]


def _tail_length(length):
    return next((shown for minimum, shown in _TAILS if length >= minimum), 0)
