"""What somebody wrote in an SMS that a program may take: a word, a sign, then the matter."""

import re

KINDS = {
    "投诉": "complaint",
    "建议": "suggestion",
    "意见": "suggestion",
    "表扬": "praise",
    "感谢": "praise",
    "举报": "misconduct",
    "complaint": "complaint",
    "suggestion": "suggestion",
    "praise": "praise",
}
#: Fewer signs say nothing.
SHORTEST = 6
_KIND = re.compile(
    r"\s*(" + "|".join(KINDS) + r")\s*[\s:：，,。#＃]\s*(.+)", re.IGNORECASE | re.DOTALL
)
_STATUS = re.compile(r"\s*(?:查询|进度|status)[\s:：#＃]*([\d０-９ -]{11,20})\s*", re.IGNORECASE)


def read_matter(text):
    """Return (kind, words) of a message that begins with what it is, or nothing.

    Without a sign after the word it is a sentence like others, and for a person.

    >>> read_matter("投诉：昨天急诊等了三个小时"), read_matter("表扬 心内科王护士很耐心")
    (('complaint', '昨天急诊等了三个小时'), ('praise', '心内科王护士很耐心'))
    >>> [read_matter(text) for text in ("投诉电话是多少？", "投诉 你", "我要投诉", None)]
    [None, None, None, None]
    """
    found = _KIND.fullmatch(text or "")
    if not found or len(found[2].strip()) < SHORTEST:
        return None
    return KINDS[found[1].lower()], found[2].strip()


def read_status(text):
    """Return the number somebody asks about, or nothing.

    >>> read_status("查询 2026-000123-9"), read_status("查询02600001237"), read_status("查询电话")
    ('2026-000123-9', '02600001237', '')
    """
    found = _STATUS.fullmatch(text or "")
    return found[1].strip() if found else ""
