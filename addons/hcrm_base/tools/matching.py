"""How likely two records are the same person.

Rule: the same resident ID, or the same number in the same system, is certain. The same name, birth
date and sex make a candidate once a phone or any number is shared. Two different valid resident IDs
or different sexes speak against it. A person decides about every candidate.
"""

import re
import unicodedata
from typing import NamedTuple

try:
    from . import resident_id
except ImportError:  # run alone: python -m doctest tools/matching.py
    import resident_id

NATIONAL_SYSTEMS = frozenset(("nnchn", "national_id", "resident_id", "id_card"))
KNOWN_SEXES = frozenset(("male", "female"))
KEYS = frozenset(("same_national_id", "same_identifier"))
CERTAIN_SCORE = 100
CANDIDATE_SCORE = 90
DOUBTFUL_SCORE = 60
POINTS = {
    "same_name": 30,
    "same_birth_date": 30,
    "same_sex": 10,
    "shared_phone": 20,
    "shared_number": 20,
}

_IGNORED_IN_NAMES = re.compile(r"[\W_]+")


class Match(NamedTuple):
    """The verdict on a pair.

    ``score`` is 0 to 100; ``reasons`` a list of ``same_national_id``, ``same_identifier`` (same
    system and value), the keys of ``POINTS``, and ``conflict_national_id``, ``conflict_sex`` and
    ``conflict_person``; ``certain`` is true when no doubt is left.
    """

    score: int
    reasons: list
    certain: bool

    @property
    def is_candidate(self):
        """Tell whether a person should look at the pair.

        >>> Match(90, [], False).is_candidate, Match(70, [], False).is_candidate
        (True, False)
        """
        return self.score >= CANDIDATE_SCORE or not KEYS.isdisjoint(self.reasons)


class _Profile(NamedTuple):
    name: str
    birth_date: str
    sex: str
    phones: frozenset
    national_ids: frozenset
    numbers: frozenset


def score(a, b):
    """Compare two records.

    :param a: dict with any of ``name`` (str), ``birth_date`` (date or ISO str), ``sex``,
        ``phones`` (iterable of E.164 str) and ``identifiers`` ({system code: value or values});
        a birth date or sex that is missing is read from a valid resident ID
    :param b: the same
    :return: :class:`Match`; symmetric in ``a`` and ``b``

    >>> id_18 = {"identifiers": {"NNCHN": "510108198711252435"}}
    >>> id_15 = {"identifiers": {"NNCHN": "510108871125243"}}
    >>> score(id_18, id_15)
    Match(score=100, reasons=['same_national_id', 'same_birth_date', 'same_sex'], certain=True)
    >>> wang = {"name": "王 伟", "birth_date": "1980-01-02", "sex": "male", "phones": {"+861"}}
    >>> score(wang, {**wang, "name": "王伟"}).score, score(wang, {**wang, "phones": ()}).score
    (90, 70)
    >>> score(wang, {**wang, "sex": "female"})
    Match(score=0, reasons=['conflict_sex'], certain=False)
    """
    one, two = _profile(a), _profile(b)
    if one.national_ids and two.national_ids and not one.national_ids & two.national_ids:
        return Match(0, ["conflict_national_id"], False)
    same_id = bool(one.national_ids & two.national_ids)
    is_other_sex = bool(one.sex and two.sex and one.sex != two.sex)
    if is_other_sex and not same_id:
        return Match(0, ["conflict_sex"], False)
    keys = ["same_national_id"] if same_id else []
    if one.numbers & two.numbers:
        keys.append("same_identifier")
    reasons = keys + _shared(one, two)
    conflicts = ["conflict_sex"] if is_other_sex else []
    if keys and not same_id and _is_another_person(one, two):
        conflicts.append("conflict_person")
    return _verdict(keys, reasons, conflicts)


def normalize_name(name):
    """Return a name for comparison: half-width, lower case, without spaces, dots and accents.

    >>> normalize_name("买买提•吐尔逊") == normalize_name("买买提·吐尔逊")
    True
    >>> normalize_name(" ＺＨＡＮＧ　Wěi "), normalize_name("张　伟"), normalize_name(None)
    ('zhangwei', '张伟', '')
    """
    text = unicodedata.normalize("NFKD", str(name or "")).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", _IGNORED_IN_NAMES.sub("", text))


def _verdict(keys, reasons, conflicts):
    if keys and not conflicts:
        return Match(CERTAIN_SCORE, reasons, True)
    if keys:
        return Match(DOUBTFUL_SCORE, reasons + conflicts, False)
    return Match(min(sum(POINTS[reason] for reason in reasons), 99), reasons, False)


def _shared(one, two):
    """Return the codes of what two profiles have in common."""
    pairs = {
        "same_name": one.name and one.name == two.name,
        "same_birth_date": one.birth_date and one.birth_date == two.birth_date,
        "same_sex": one.sex and one.sex == two.sex,
        "shared_phone": one.phones & two.phones,
        "shared_number": _values(one) & _values(two) and not one.numbers & two.numbers,
    }
    return [reason for reason, is_shared in pairs.items() if is_shared]


def _is_another_person(one, two):
    """Tell whether both name and birth date are known and differ: a number given out twice."""
    return bool(
        one.name
        and two.name
        and one.birth_date
        and two.birth_date
        and one.name != two.name
        and one.birth_date != two.birth_date
    )


def _values(profile):
    return {value for _system, value in profile.numbers}


def _profile(record):
    national_ids, numbers, person = set(), set(), None
    for system, value in _identifiers(record.get("identifiers")):
        if system.lower() in NATIONAL_SYSTEMS:
            try:
                number = resident_id.upgrade(value)
            except resident_id.ResidentIdError:
                continue  # placeholders such as 000000 are shared by thousands
            national_ids.add(number)
            person = resident_id.parse(number)
        else:
            numbers.add((system, value))
    sex = record.get("sex")
    return _Profile(
        name=normalize_name(record.get("name")),
        birth_date=str(record.get("birth_date") or (person and person.birth_date) or "")[:10],
        sex=sex if sex in KNOWN_SEXES else (person.sex if person else ""),
        phones=frozenset(phone.partition(";")[0] for phone in record.get("phones") or () if phone),
        national_ids=frozenset(national_ids),
        numbers=frozenset(numbers),
    )


def _identifiers(identifiers):
    """Yield (system, bare value) of {system: value or iterable of values}."""
    for system, values in (identifiers or {}).items():
        for value in [values] if isinstance(values, str) else values or ():
            bare = "".join(unicodedata.normalize("NFKC", value or "").split()).upper()
            if bare:
                yield system, bare
