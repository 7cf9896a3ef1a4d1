"""How much two texts tell the same: pairs of neighbouring signs, as Chinese has no spaces."""

import unicodedata

#: Signs of a text that are compared: nobody tells a thing twice after a novel.
LONGEST = 4000


def pairs(text):
    """Return the pairs of neighbouring letters, digits and characters of a text.

    >>> sorted(pairs("排队，排队 3小时")) == ["3小", "小时", "排队", "队3", "队排"]
    True
    >>> pairs(None), pairs("a")
    (frozenset(), frozenset())
    """
    plain = unicodedata.normalize("NFKC", text or "").casefold()[:LONGEST]
    signs = [sign for sign in plain if sign.isalnum()]
    return frozenset(map("".join, zip(signs, signs[1:], strict=False)))


def likeness(one, other):
    """Return how much two sets of pairs share: 0 to 1, measured by the shorter one.

    Who complains again tells it longer or shorter; a text of a few signs is like nothing.

    >>> likeness(pairs("急诊排队等了三个小时没人管"), pairs("昨天在急诊排队等了三个小时，没人管我"))
    1.0
    >>> likeness(pairs("急诊排队等了三个小时没人管"), pairs("食堂的饭菜又贵又难吃，建议改进"))
    0.0
    >>> likeness(pairs("排队"), pairs("排队三个小时"))
    0.0
    """
    shorter = min(len(one), len(other))
    return round(len(one & other) / shorter, 2) if shorter >= 5 else 0.0
