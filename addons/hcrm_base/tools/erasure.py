"""What an erasure looks for and what it leaves: the forms of a person's words, coarse values."""

import html
import json
import re

from . import phone as phone_tools

#: Stands where a text was. No language, and long enough for texts that must have a length.
ERASED = "█" * 10
#: Shorter words are no trace of anybody, and would hit half of all texts.
SHORTEST = 2
#: From this length on a name is looked for in records about others, if nobody else bears it.
SHORTEST_MENTION = 3
SHORTEST_NUMBER = 6
#: A coarse text (a town, an occupation) stays where as many others have the same.
CROWD = 10
AREA_DIGITS = 6
#: What means something in a regular expression of PostgreSQL.
_SPECIAL = re.compile(r"[.^$*+?()\[\]{}|\\]")


def forms(text):
    """Return the forms in which a text is found in plain text, HTML and JSON.

    >>> sorted(forms('A & "B"'))
    ['A & "B"', 'A & \\\\"B\\\\"', 'A &amp; "B"', 'A &amp; &#34;B&#34;', 'A &amp; &quot;B&quot;']
    >>> forms("张伟")
    {'张伟'}
    """
    escaped = html.escape(text, quote=False)
    return {
        text,
        json.dumps(text, ensure_ascii=False)[1:-1],
        escaped,
        escaped.replace('"', "&quot;"),
        escaped.replace('"', "&#34;"),
    }


def phone_forms(stored):
    """Return a number as it is kept, dialled and written.

    >>> sorted(phone_forms("+8613800138000"))
    ['+8613800138000', '138 0013 8000', '138-0013-8000', '13800138000']
    >>> phone_forms("call the neighbour"), phone_forms("")
    ({'call the neighbour'}, set())
    """
    if not stored:
        return set()
    shown = phone_tools.national(stored)
    found = {stored, shown, shown.replace(" ", "-"), re.sub(r"[ ()-]", "", shown)}
    return found if stored.startswith("+") else {stored}


def person_name_forms(name):
    """Return a name whole, without blanks and points, and as HL7 parts it.

    >>> sorted(person_name_forms("欧阳 明月"))
    ['欧阳 明月', '欧阳^明月', '欧阳明月']
    >>> person_name_forms("李")
    set()
    """
    words = (name or "").split()
    found = {" ".join(words), "".join(words), "^".join(words), re.sub(r"[·•]", "", name or "")}
    return {word for word in found if len(word) >= SHORTEST}


def pattern(words):
    """Return a PostgreSQL regular expression that finds any of the words, the longest first.

    A word of digits is no part of a longer number: a record number is no piece of a result.

    >>> print(pattern(["ab", "a.b+c", "ab"]))
    a\\.b\\+c|ab
    >>> print(pattern(["12345", "123"]))
    (?<![0-9])12345(?![0-9])
    >>> pattern([""]) is None
    True
    """
    return "|".join(map(_found_by, _long_enough(words))) or None


def likes(words):
    """Return patterns for ILIKE that find what ``pattern`` finds, and parts of longer numbers.

    A trigram index answers these at once; a regular expression with conditions around its words
    makes it read everything.

    >>> likes(["ab", "50%_x", "123"])
    ['%50\\\\%\\\\_x%', '%ab%']
    """
    return ["%" + re.sub(r"([\\%_])", r"\\\1", word) + "%" for word in _long_enough(words)]


def _long_enough(words):
    """Return the words, the longest first; short ones would hit half of all texts."""
    found = {word for word in words if len(word) >= (4 if word.isdigit() else SHORTEST)}
    return sorted(found, key=lambda word: (-len(word), word))


def _found_by(word):
    escaped = _SPECIAL.sub(r"\\\g<0>", word)
    return f"(?<![0-9]){escaped}(?![0-9])" if word.isdigit() else escaped


def coarse_date(day):
    """Return New Year's Day of the year: statistics need no more.

    >>> from datetime import date
    >>> coarse_date(date(1980, 5, 6)), coarse_date(None)
    (datetime.date(1980, 1, 1), None)
    """
    return day.replace(month=1, day=1) if day else None


def coarse_area(code):
    """Return the district of an area code.

    >>> coarse_area("330106001002"), coarse_area("3301"), coarse_area(None)
    ('330106', '3301', None)
    """
    return code[:AREA_DIGITS] if code else None
