"""Search tokens for names: ``tokens(name)`` of every row goes into a text[] column with a GIN
index, and a row is found when it contains all of ``query_tokens(text)`` (``@>``). Trigrams cannot
do this, as most Chinese names have two or three characters.

A row's tokens, in the order in which they survive the limit of ``MAX_TOKENS``:

* Chinese (also kana and Hangul) pairs of neighbours and single characters: any substring is found;
* the spelling from the first unit on, in all its beginnings of up to ``MAX_PREFIX`` letters. A
  unit is the pinyin of a character or a Latin word: ``zhangweili`` for 张伟丽, ``johnsmith``;
* initials: ``zwl``, ``wl``, ``zhangwl``;
* the spelling from every later unit on: ``weili``, ``li``, ``smith``;
* the same for other readings (曾 zeng, ceng), one changed character at a time.

Pinyin and Latin words share one namespace on purpose: ``wang`` finds 王伟 and Wang Wei. Traditional
characters are not folded into simplified ones; their pinyin is the same.
"""

import re
import unicodedata

try:
    from .pinyin_readings import name_readings
except ImportError:  # run alone: python -m doctest tools/name_search.py
    from pinyin_readings import name_readings

MAX_TOKENS = 64
MAX_PREFIX = 12
MAX_CJK_TOKENS = 48
MAX_QUERY_TOKENS = 16
MAX_VARIANTS = 4
MAX_INITIALS = 8

_CJK = (
    "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_PLAIN_CHINESE = re.compile("[\u4e00-\u9fff]+")
_RUNS = re.compile(f"(?P<cjk>[{_CJK}]+)|(?P<digits>\\d+)|(?P<word>[^\\W\\d_{_CJK}]+)")
# what lies between two Chinese characters: padding (张　伟) or the dot of Uyghur names
_GAP = f"(?<=[{_CJK}])[\\W_]+(?=[{_CJK}])"
_CJK_GAP = re.compile(_GAP)
_SINGLE_GAP = re.compile(f"(?<![{_CJK}])([{_CJK}])[\\W_]+(?=[{_CJK}])|{_GAP}(?!.[{_CJK}])")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])")
_APOSTROPHES = re.compile("(?<=\\w)['`´\u2018\u2019\u02bb\u02bc](?=\\w)")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)


def tokens(name):
    """Return the search tokens of a name.

    :param name: str or None
    :return: sorted list of at most ``MAX_TOKENS`` distinct str without white space, so that they
        can be kept joined by spaces; empty for nothing

    >>> tokens("王伟")
    ['w', 'wa', 'wan', 'wang', 'wangw', 'wangwe', 'wangwei', 'we', 'wei', 'ww', '伟', '王', '王伟']
    >>> {"weili", "zwl", "zw", "zhangwei", "zhangwl", "伟丽"} <= set(tokens("张伟丽"))
    True
    >>> {"smith", "joh", "js", "johns"} <= set(tokens("John Smith"))
    True
    """
    if not name or name.isspace():
        return []
    found = {}
    runs = [("cjk", name)] if _PLAIN_CHINESE.fullmatch(name) else _runs(name)
    for kind, run in runs:
        if kind == "cjk":
            _add_cjk(found, run)
        elif kind == "digits":
            _add_beginnings(found, run)
    units = [readings for run in runs for readings in _units(*run)]
    for spelling in _spellings(units):
        _add_spelling(found, spelling)
    if not found:
        return [_whole(name)]
    return sorted(found if len(found) <= MAX_TOKENS else list(found)[:MAX_TOKENS])


def query_tokens(text):
    """Return the tokens that a row must all have to answer what a user typed.

    Words are looked for independently of their order. Chinese words stay apart at a space, unless
    one of them is a single character: ``张 伟`` is the padded form of 张伟. A Chinese query of
    three or more characters also finds the rare name that has all its pairs elsewhere. Only the
    first ``MAX_QUERY_TOKENS`` count, and of a long word its first ``MAX_PREFIX`` letters.

    :param text: str or None
    :return: list of distinct str; empty for None and "" only

    >>> query_tokens("张伟丽"), query_tokens("张"), query_tokens("张 伟")
    (['张伟', '伟丽'], ['张'], ['张伟'])
    >>> query_tokens("Zhang  WEI"), query_tokens("O'Brien José"), query_tokens("王wei2")
    (['zhang', 'wei'], ['obrien', 'jose'], ['王', 'wei', '2'])
    >>> query_tokens("买买提·吐尔逊"), query_tokens("%")
    (['买买', '买提', '吐尔', '尔逊'], ['%'])
    """
    if not text:
        return []
    found = {}
    for match in _RUNS.finditer(_SINGLE_GAP.sub(r"\1", _fold(text))):
        run = match[0]
        if match.lastgroup != "cjk":
            found[run[:MAX_PREFIX]] = None
        elif len(run) == 1:
            found[run] = None
        else:
            found.update(dict.fromkeys(_pairs(run)))
    return list(found)[:MAX_QUERY_TOKENS] or [_whole(text)]


def matches(name_tokens, text):
    """Tell whether a row with ``name_tokens`` answers ``text``, as the database does with ``@>``.

    >>> matches(tokens("曾茜"), "zengxi"), matches(tokens("曾茜"), "茜曾")
    (True, False)
    """
    return set(query_tokens(text)) <= set(name_tokens)


def _fold(text):
    """Return ``text`` half-width, in lower case, without accents and apostrophes."""
    if text.isascii():
        return _APOSTROPHES.sub("", text.lower())
    text = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text))
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(char for char in text if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", text).translate(_LETTERS)


def _whole(text):
    return "".join(text.casefold().split()) or text


def _runs(name):
    """Return [(kind, run)] of a name, its Chinese parts joined, camel case taken apart."""
    text = _fold(_CAMEL.sub(" ", unicodedata.normalize("NFKC", name)))
    text = _CJK_GAP.sub("", text)
    return [(match.lastgroup, match[0]) for match in _RUNS.finditer(text)]


def _units(kind, run):
    if kind == "cjk":
        return [readings for readings in name_readings(run) if readings]
    return [(run,)] if kind == "word" else []


def _pairs(run):
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _add_cjk(found, run):
    pairs = _pairs(run)[:MAX_CJK_TOKENS]
    found.update(dict.fromkeys(pairs))
    found.update(dict.fromkeys(run[: MAX_CJK_TOKENS - len(pairs)]))


def _spellings(units):
    """Yield lists of syllables: the first readings, then those with one of them exchanged."""
    if not units:
        return
    first = [readings[0] for readings in units]
    yield first
    variants = 1
    for index, readings in enumerate(units):
        for reading in readings[1:]:
            if variants == MAX_VARIANTS:
                return
            variants += 1
            yield [*first[:index], reading, *first[index + 1 :]]


def _add_spelling(found, units):
    _add_beginnings(found, "".join(units))
    if len(units) == 1:
        return
    initials = "".join([unit[0] for unit in units[:MAX_INITIALS]])
    _add_beginnings(found, initials)
    _add_beginnings(found, initials[1:])
    found[(units[0] + initials[1:])[:MAX_PREFIX]] = None
    for start in range(1, len(units)):
        _add_beginnings(found, "".join(units[start:]))


def _add_beginnings(found, text):
    for end in range(1, min(len(text), MAX_PREFIX) + 1):
        found[text[:end]] = None
