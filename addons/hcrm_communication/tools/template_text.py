"""Texts with places in them: ``{person.title|您好}`` is a name from a list, with words for nothing.

No expressions: what is no name of the list is an error, and what is put in is plain text.
"""

import re
import unicodedata

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

_PLACE = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
#: What the asker gives: ``value.code``.
_GIVEN = re.compile(r"value\.[a-z][a-z0-9_]{0,30}")

#: Everything a text may name, and what it is called.
PLACES = {
    "person.name": _lt("Name of the person it is about"),
    "person.title": _lt("Name with Mr, Ms or the like"),
    "person.family": _lt("Family name with Mr, Ms or the like"),
    "person.short": _lt("Name shortened as neighbours may read it"),
    "recipient.name": _lt("Name of who gets it"),
    "recipient.title": _lt("Name of who gets it, with Mr, Ms or the like"),
    "appointment.date": _lt("Day of the appointment"),
    "appointment.time": _lt("Time of the appointment"),
    "appointment.moment": _lt("Day and time of the appointment, in figures with the year"),
    "appointment.department": _lt("Clinic of the appointment"),
    "appointment.doctor": _lt("Doctor of the appointment"),
    "appointment.campus": _lt("Campus of the appointment"),
    "encounter.date": _lt("Day of the visit"),
    "encounter.end": _lt("Day of the discharge"),
    "encounter.department": _lt("Department of the visit"),
    "encounter.doctor": _lt("Doctor of the visit"),
    "encounter.diagnosis": _lt("First diagnosis of the visit"),
    "hospital.name": _lt("Name of the hospital"),
    "hospital.phone": _lt("Phone of the hospital"),
    "hospital.address": _lt("Address of the hospital"),
    "today": _lt("Today's date"),
    "signature": _lt("Signature in 【】"),
    "opt_out": _lt("How to refuse such messages"),
}

#: Tells about health: never on a channel that others may read.
CLINICAL = frozenset(("encounter.diagnosis",))


def places(text):
    """Return the names in a text, in order.

    >>> places("{person.title|您}，{today}，{value.code}"), places("{{x}} {1+1} {")
    (['person.title', 'today', 'value.code'], ['x', '1+1'])
    """
    return [found[1].strip() for found in _PLACE.finditer(text or "")]


def unknown(text):
    """Return the names that nobody can fill, and braces that open nothing.

    >>> unknown("{person.name} {person.phone} {value.code} {value.__class__} {x"), unknown("{{x}}")
    (['person.phone', 'value.__class__', '{'], ['x', '{'])
    """
    wrong = [name for name in places(text) if name not in PLACES and not _GIVEN.fullmatch(name)]
    rest = _PLACE.sub("", text or "")
    return wrong + (["{"] if "{" in rest or "}" in rest else [])


def render(text, values):
    """Return ``text`` with its places filled; names that stay empty and have no words instead.

    >>> render("{person.title|您}，{today}", {"person.title": "李明先生", "today": "11月22日"})
    ('李明先生，11月22日', [])
    >>> render("{person.title|您好}：{value.code}", {})
    ('您好：', ['value.code'])
    >>> render("{value.x}", {"value.x": "a\\n{person.name}【b】"})[0]
    'a person.name b'
    """
    missing = []

    def fill(found):
        name, instead = found[1].strip(), found[2]
        value = values.get(name)
        if value in (None, False, ""):
            if instead is None:
                missing.append(name)
            return instead or ""
        return str(value) if name in ("signature", "opt_out") else plain(value)

    return _PLACE.sub(fill, text or ""), missing


def plain(value):
    """Return a value as one line that opens no place and forges no signature.

    >>> plain(" 李\\u202e明\\u200b "), plain("x" * 500) == "x" * 200
    ('李明', True)
    """
    text = "".join(char for char in str(value) if unicodedata.category(char) not in ("Cf", "Cs"))
    return " ".join(re.sub(r"[{}【】\x00-\x1f]", " ", text).split())[:200]


def title(name, sex, age, lang, family=None):
    """Return how a person is spoken to.

    >>> title("李明", "male", 40, "zh_CN"), title("李小明", "male", 6, "zh_CN")
    ('李明先生', '李小明小朋友')
    >>> title("王芳", "female", 30, "zh_CN", family="王"), title("Li", "unknown", 30, "zh_CN")
    ('王女士', 'Li')
    >>> title("Li Ming", "female", 30, "en_US"), title("Li Ming", False, None, "en_US")
    ('Ms Li Ming', 'Li Ming')
    """
    called = family or name or ""
    if not called:
        return ""
    if (lang or "").startswith("zh"):
        if age is not None and age < 14:
            return f"{name}小朋友"
        return called + {"male": "先生", "female": "女士"}.get(sex, "")
    if age is not None and age < 14:
        return name
    return f"{ {'male': 'Mr ', 'female': 'Ms '}.get(sex, '') }{called}".strip()
