"""How often a drug is taken: the words of prescriptions and FHIR's Timing."""

#: word → (times, per, unit)
WORDS = {
    "qd": (1, 1, "d"),
    "bid": (2, 1, "d"),
    "tid": (3, 1, "d"),
    "qid": (4, 1, "d"),
    "qod": (1, 2, "d"),
    "qw": (1, 1, "wk"),
    "biw": (2, 1, "wk"),
    "q1h": (1, 1, "h"),
    "q2h": (1, 2, "h"),
    "q4h": (1, 4, "h"),
    "q6h": (1, 6, "h"),
    "q8h": (1, 8, "h"),
    "q12h": (1, 12, "h"),
}
_REPEATS = {repeat: word for word, repeat in WORDS.items()}


def to_fhir(frequency):
    """Return a Timing: the word as it was written, and what it says where we know it.

    >>> to_fhir("BID")["repeat"], to_fhir("睡前")
    ({'frequency': 2, 'period': 1, 'periodUnit': 'd'}, {'code': {'text': '睡前'}})
    """
    told = {"code": {"text": frequency}}
    repeat = WORDS.get(frequency.strip().lower())
    if repeat:
        times, period, unit = repeat
        told["repeat"] = {"frequency": times, "period": period, "periodUnit": unit}
    return told


def from_fhir(timing):
    """Return the word of a Timing, "" when it says nothing we can write.

    >>> from_fhir({"repeat": {"frequency": 3, "period": 1.0, "periodUnit": "d"}})
    'tid'
    >>> from_fhir({"repeat": {"frequency": 1, "period": 3, "periodUnit": "d"}})
    '1/3d'
    >>> from_fhir({"code": {"coding": [{"code": "BID"}]}}), from_fhir({})
    ('BID', '')
    """
    code = timing.get("code") or {}
    codings = code.get("coding") or [{}]
    if code.get("text") or codings[0].get("code"):
        return code.get("text") or codings[0]["code"]
    repeat = timing.get("repeat") or {}
    period, unit = repeat.get("period"), repeat.get("periodUnit")
    if not period or not unit:
        return ""
    times = int(repeat.get("frequency") or 1)
    number = float(period)
    known = _REPEATS.get((times, int(number), unit)) if number == int(number) else None
    return known or f"{times}/{number:g}{unit}"
