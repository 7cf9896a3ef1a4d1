"""Codes as they are keyed on a telephone: letters stand on its keys."""

import unicodedata

_KEYS = {
    letter: key
    for key, letters in zip(
        "23456789", ("ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"), strict=True
    )
    for letter in letters
}


def keys_of(code):
    """Return the keys that spell a code, without what no key has.

    >>> keys_of("CARD-01"), keys_of("n1024"), keys_of("０１２"), keys_of("心内"), keys_of(None)
    ('227301', '61024', '012', '', '')
    """
    plain = unicodedata.normalize("NFKC", code or "").upper()
    keys = (_KEYS.get(char, char) for char in plain)
    return "".join(key for key in keys if key.isascii() and key.isdecimal())
