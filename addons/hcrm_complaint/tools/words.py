"""Do words for staff tell who complained?"""

import re
import unicodedata

#: A single character is no name: 王 stands in many a sentence.
SHORTEST = 2
SHORTEST_NUMBER = 7
#: 12床, 加3床, 5号床, bed 7: not 3床位, 2床被子, 床单.
BED = re.compile(
    r"(?:加|第)?\d{1,3}\s?号?病?床(?![位单垫被])|\bbed\s?(?:no\.?\s?)?\d{1,3}\b", re.IGNORECASE
)


def fold(text):
    """Return a text as it is compared: width, case and spaces say nothing.

    >>> fold("王 秀英 ＡＢ")
    '王秀英ab'
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text or "")).casefold()


def find_told(text, names, numbers=()):
    """Return the names and numbers of people that stand in a text.

    >>> find_told("王秀英的家属打 138 0013-8001", ["王秀英", "王", None], ["+8613800138001"])
    ['王秀英', '+8613800138001']
    >>> find_told("床位问题", ["王秀英"])
    []
    """
    folded = fold(text)
    found = [name for name in names if len(fold(name)) >= SHORTEST and fold(name) in folded]
    digits = re.sub(r"\D", "", folded)
    for number in numbers:
        bare = re.sub(r"\D", "", number or "")[-11:]
        if len(bare) >= SHORTEST_NUMBER and bare in digits:
            found.append(number)
    return found


def find_beds(text):
    """Return the numbers of beds that stand in a text: on a ward they are as good as a name.

    >>> find_beds("昨晚加3床按铃，12号床家属去叫的护士"), find_beds("at Bed 7, no help")
    (['加3床', '12号床'], ['Bed 7'])
    >>> find_beds("病房只有3床位，床单没换"), find_beds(None)
    ([], [])
    """
    return BED.findall(unicodedata.normalize("NFKC", text or ""))
