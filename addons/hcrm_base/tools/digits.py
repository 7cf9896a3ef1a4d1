"""Digits of any script: full-width, Arabic and the others are the same numbers."""

import unicodedata


def plain(text):
    """Return ``text`` with every decimal digit as one of 0 to 9, other characters as NFKC has them.

    >>> plain("１３８ ٠١"), plain("12a"), plain(None)
    ('138 01', '12a', '')
    """
    folded = unicodedata.normalize("NFKC", str(text or ""))
    if folded.isascii():
        return folded
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in folded)
