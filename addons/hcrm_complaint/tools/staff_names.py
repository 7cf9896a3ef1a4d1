"""Names of staff as people say them: with what somebody is before or behind it."""

import re
import unicodedata

BEFORE = re.compile(r"^(?:dr|prof|nurse|doctor|sister|mr|mrs|ms)\b\.?\s*", re.IGNORECASE)
BEHIND = re.compile(
    "(?:护士长|护士|副主任|主任|医生|医师|大夫|药师|技师|教授|副院长|院长|科长|老师|先生|女士|同志|师傅)+$"
)
BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
#: A surname alone is the name of many.
SHORTEST = 2


def bare(told):
    """Return the name without titles, or nothing if no full name is left.

    >>> bare("李 红护士长"), bare("张伟主任医师"), bare("Dr. House"), bare("李红")
    ('李红', '张伟', 'House', '李红')
    >>> bare("王医生"), bare("护士"), bare("那个高个子"), bare(None)
    ('', '', '那个高个子', '')
    """
    name = unicodedata.normalize("NFKC", told or "").strip()
    name = BETWEEN.sub("", BEFORE.sub("", name))
    name = BEHIND.sub("", name).strip(" .,，。")
    return name if len(name) >= SHORTEST else ""
