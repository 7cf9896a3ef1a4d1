"""Suggests codes for the words of a case and says which words spoke for them. Without the ORM.

Each code has a middle (centroid) of the texts that bear it, over single Chinese characters and
pairs (words in other scripts), weighted by how few texts have them; a text goes to the nearest, its
category counting for half. Small, learned in a moment, and its reasons can be read off.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log, sqrt

#: Parts of the text that are read by their own: a run of Han characters, or a word.
RUNS = re.compile(r"[\u4e00-\u9fff]+|[a-z]+")
#: How much the category counts beside the code: chosen by cross-validation on the seed, not on
#: what it is judged by.
CATEGORY = 0.5
#: A first suggestion this much ahead of the second is called clear.
CLEAR = 1.3
#: Words of the own cases enter from so many cases on: no one case's words are kept.
MIN_CASES = 3
TOP = 3


def features(text):
    """Return {feature: places} of a text; single characters and pairs of Han runs.

    Digits and signs are not read.

    >>> sorted(features("没人管 2床 OK"))
    ['ok', '人', '人管', '床', '没', '没人', '管']
    """
    found = defaultdict(list)
    for run in RUNS.finditer(text.lower()):
        start, word = run.start(), run.group()
        if word.isascii():
            found[word].append((start, start + len(word)))
            continue
        for size in (1, 2):
            for place in range(len(word) - size + 1):
                found[word[place : place + size]].append((start + place, start + place + size))
    return dict(found)


def learn(examples, own=()):
    """Return a model of (code, text) pairs: plain data, fit to be stored as JSON.

    ``own`` are cases of the hospital: a feature that the examples do not have enters only if it
    stands in three cases, so that nobody's name or words are kept.

    >>> model = learn([("food", "饭菜凉了"), ("rude", "态度差")], own=[("rude", "王小明骂人")])
    >>> "骂人" in model["rarity"], "态度" in model["rarity"]
    (False, True)
    >>> own = [("rude", "护士骂人"), ("rude", "医生骂人"), ("rude", "保安骂人")]
    >>> "骂人" in learn([("food", "饭菜凉了")], own=own)["rarity"]
    True
    """
    seed = [(code, set(features(text))) for code, text in examples]
    cases = [(code, set(features(text))) for code, text in own]
    frequent = Counter(word for _code, words in cases for word in words)
    known = {word for _code, words in seed for word in words}
    known |= {word for word, count in frequent.items() if count >= MIN_CASES}
    texts = [(code, words & known) for code, words in seed + cases]
    spread = Counter(word for _code, words in texts for word in words)
    rarity = {word: log((len(texts) + 1) / (count + 0.5)) for word, count in spread.items()}
    return {
        "rarity": {word: round(value, 4) for word, value in rarity.items()},
        "codes": _middles(texts, rarity, lambda code: code),
        "categories": _middles(texts, rarity, lambda code: code.split(".")[0]),
    }


def _middles(texts, rarity, group):
    """Return {group: {feature: weight}}, each of length 1."""
    sums = defaultdict(Counter)
    for code, words in texts:
        length = sqrt(sum(rarity[word] ** 2 for word in words)) or 1.0
        for word in words:
            sums[group(code)][word] += rarity[word] / length
    middles = {}
    for name, weights in sums.items():
        length = sqrt(sum(value**2 for value in weights.values())) or 1.0
        middles[name] = {word: round(value / length, 4) for word, value in weights.items()}
    return middles


@dataclass(frozen=True)
class Suggestion:
    """A code, whether it is well ahead of the next one, and the words that spoke for it."""

    code: str
    is_clear: bool
    words: tuple


def suggest(model, text, count=TOP):
    """Return the likeliest codes of a text, best first; nothing where no word is known.

    >>> model = learn([("food", "饭菜送来都凉了"), ("rude", "护士态度很差"), ("food", "饭菜难吃")])
    >>> best = suggest(model, "今天的饭菜又是冷的")[0]
    >>> best.code, best.is_clear, best.words
    ('food', True, ('饭菜',))
    >>> suggest(model, "xyz 123")
    []
    """
    found = {word: spans for word, spans in features(text).items() if word in model["rarity"]}
    scores = {code: _score(model, found, code) for code in model["codes"]}
    best = sorted((code for code in scores if scores[code] > 0), key=lambda one: -scores[one])
    told = []
    for place, code in enumerate(best[:count]):
        following = scores[best[place + 1]] if place + 1 < len(best) else 0.0
        is_clear = place == 0 and scores[code] >= CLEAR * following
        told.append(Suggestion(code, is_clear, explain(model, text, found, code)))
    return told


def _score(model, found, code):
    return sum(_voice(model, word, code) for word in found)


def _voice(model, word, code):
    """Return how much a feature speaks for a code."""
    own = model["codes"][code].get(word, 0.0)
    above = model["categories"][code.split(".")[0]].get(word, 0.0)
    return model["rarity"][word] * (own + CATEGORY * above)


def explain(model, text, found, code, count=4):
    """Return the stretches of the text that spoke most for a code, in its order."""
    voices = [0.0] * len(text)
    for word, spans in found.items():
        voice = _voice(model, word, code)
        for start, end in spans:
            for place in range(start, end):
                voices[place] += voice / (end - start)
    enough = max(voices, default=0.0) / 3
    stretches, begin = [], None
    for place in range(len(text) + 1):
        speaks = place < len(text) and voices[place] > enough
        if speaks and begin is None:
            begin = place
        elif not speaks and begin is not None:
            stretches.append((sum(voices[begin:place]), begin, text[begin:place]))
            begin = None
    best = sorted(stretches, reverse=True)[:count]
    ordered = sorted(best, key=lambda one: one[1])
    return tuple(dict.fromkeys(word for _voice, _place, word in ordered))


# HOW GOOD IT IS


def by_keywords(table, text, count=TOP):
    """Return the codes whose keywords stand in a text, most first: what a simple list can do.

    >>> by_keywords([("food", "饭"), ("rude", "骂"), ("rude", "态度")], "吃饭时骂人，态度差")
    ['rude', 'food']
    """
    hits = Counter(code for code, word in table if word in text)
    return [code for code, _hits in sorted(hits.items(), key=lambda item: (-item[1], item[0]))][
        :count
    ]


def kappa(pairs):
    """Return Cohen's kappa of (truth, told) pairs.

    Cohen 1960 by hand: 50 grants read twice, both yes 20, both no 15, 5 and 10 apart: 0.40.

    >>> grants = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    >>> round(kappa(grants), 4)
    0.4
    >>> kappa([])
    0.0
    """
    total = len(pairs)
    if not total:
        return 0.0
    same = sum(truth == told for truth, told in pairs) / total
    left, right = (Counter(side) for side in zip(*pairs, strict=True))
    chance = sum(left[code] * right[code] for code in left) / total**2
    return (same - chance) / (1 - chance) if chance < 1 else 1.0


def judge(probe, tell):
    """Return how well ``tell(text)`` (codes, best first) agrees with (code, text) pairs.

    >>> score = judge([("a.x", "1"), ("a.y", "2"), ("b.z", "3")], lambda text: ["a.x", "a.y"])
    >>> score["first"], score["top3"], score["category_first"]
    (33.3, 66.7, 66.7)
    """
    told = [(truth, list(tell(text))) for truth, text in probe]
    firsts = [(truth, codes[0] if codes else "") for truth, codes in told]
    above = [(truth.split(".")[0], code.split(".")[0]) for truth, code in firsts]
    return {
        "count": len(probe),
        "first": _percent(truth == code for truth, code in firsts),
        "top3": _percent(truth in codes[:TOP] for truth, codes in told),
        "kappa": round(kappa(firsts), 3),
        "category_first": _percent(truth == code for truth, code in above),
        "category_kappa": round(kappa(above), 3),
        "silent": sum(not codes for _truth, codes in told),
    }


def _percent(answers):
    answers = list(answers)
    return round(100 * sum(answers) / len(answers), 1) if answers else 0.0
