"""The seal of a statement: a hash over its words, its version and the version before.

Who keeps the digest that was printed or sent can prove later that nothing was changed.
"""

import hashlib
import unicodedata


def digest(number, version, text, before=""):
    """Return the SHA-256 digest of a version of a statement as 64 hexadecimal digits.

    :param number: the intake number of the case
    :param version: 1 for the first
    :param before: the digest of the version before, empty for the first

    The words count, not how a program writes them: composed and decomposed letters, line ends.

    >>> first = digest("02600001237", 1, "我等了三个小时。")
    >>> len(first)
    64
    >>> first == digest("02600001237", 1, "我等了三个小时。\\r\\n".strip())
    True
    >>> first == digest("02600001237", 1, "我等了两个小时。")
    False
    >>> digest("1", 2, "a\\r\\nb", first) == digest("1", 2, "a\\nb", first)
    True
    """
    plain = unicodedata.normalize("NFC", text or "").replace("\r\n", "\n").strip()
    return hashlib.sha256("\x1e".join((number, str(version), before, plain)).encode()).hexdigest()
