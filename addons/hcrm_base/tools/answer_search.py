"""Finding an approved answer while somebody waits on the phone: which words to look for."""

import re
import unicodedata

MAX_TERMS = 24

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUNS = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
#: Characters that ask but do not tell what about.
_EMPTY = frozenset("的了吗呢吧啊怎么样什请问我你您是要在和有能可以")


def terms(text):
    """Return the words of a question, at most ``MAX_TERMS``: Chinese in pairs of neighbours.

    Pairs find a phrase whose characters stand in another order or apart; those made of nothing but
    question words are left out, unless nothing else was asked.

    >>> terms("出院怎么结账？"), terms("医保 报销"), terms("ECG fee")
    (['出院', '院怎', '么结', '结账'], ['医保', '报销'], ['ecg', 'fee'])
    >>> terms("怎么"), terms("药"), terms("  %_ ")
    (['怎么'], ['药'], [])
    """
    found, empty = {}, {}
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text or "").casefold()):
        if not re.match(f"[{_CJK}]", run):
            found[run] = None
            continue
        pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        for pair in pairs:
            (empty if _EMPTY.issuperset(pair) else found)[pair] = None
    return list(found or empty)[:MAX_TERMS]
