"""Words that a provider has approved, with gaps for values: what may leave and what stands in them.

A message goes through such a provider only if its words are an approved text with its gaps filled:
so what arrives is letter by letter what policy, linter and preview saw, wherever it was written.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from .. import template_text

#: How providers write a gap: ``${name}`` (clouds), ``{{name.DATA}}`` (WeChat).
_GAP = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}|\{\{([A-Za-z][A-Za-z0-9_]*)\.DATA\}\}")
_LINK = re.compile(r"https?://|www\.|(?<![\w.])[\w-]+\.(?:com|cn|net|org|cc|top|vip)(?!\w)", re.I)
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3}-?\d{4})(?!\d)")
#: What a cloud's SMS takes in one gap: characters.
SMS_LONGEST = 35
#: What WeChat takes in a gap, by the beginning of its name; None: any form.
WECHAT_LIMITS = {
    "thing": (20, None),
    "number": (32, re.compile(r"\d+(\.\d+)?")),
    "letter": (32, re.compile(r"[A-Za-z]+")),
    "symbol": (5, re.compile(r"[^\w\s]+")),
    "character_string": (32, re.compile(r"[\x21-\x7e]+")),
    "time": (32, re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日)?\s*(\d{1,2}:\d{2})?(~.*)?")),
    "date": (32, re.compile(r"\d{4}年\d{1,2}月\d{1,2}日(\s*\d{1,2}:\d{2})?")),
    "amount": (16, None),
    "phone_number": (17, re.compile(r"[\d+\- ]+")),
    "car_number": (8, None),
    "name": (10, re.compile(r"[\u4e00-\u9fff·]+|[A-Za-z ]{1,20}")),
    "phrase": (5, re.compile(r"[\u4e00-\u9fff]+")),
    "const": (20, None),
}


class Fit(NamedTuple):
    """``values`` of the gaps; or ``why`` not, and which gap."""

    values: dict | None = None
    why: str = ""
    gap: str = ""


@dataclass(frozen=True)
class Registered:
    """One approved text. ``pieces`` are words and names of gaps, in turn: words first and last."""

    code: str
    pieces: tuple
    way: str = ""

    @property
    def gaps(self):
        """Names of the gaps, in order."""
        return self.pieces[1::2]

    def fill(self, values):
        """Return the words as the provider will send them."""
        parts = list(self.pieces)
        parts[1::2] = [values[name] for name in self.gaps]
        return "".join(parts)


def parse(code, words, way=""):
    """Return the provider's words as :class:`Registered`.

    >>> parse("SMS_1", "${title}，您预约了${when}到院。").pieces
    ('', 'title', '，您预约了', 'when', '到院。')
    >>> parse("T", "时间：{{time1.DATA}}\\n地点：{{thing2.DATA}}").gaps
    ('time1', 'thing2')
    """
    found = _GAP.split(words or "")
    pieces = [found[0]]
    for place in range(1, len(found), 3):
        pieces += [found[place] or found[place + 1], found[place + 2]]
    return Registered(code, tuple(pieces), way)


def trouble(words):
    """Return why words cannot be registered: a code, or an empty text.

    >>> trouble("${a}${b}"), trouble("${a}，${a}"), trouble("您好，{b}"), trouble("${a}，您好")
    ('touching', 'twice', 'brace', '')
    >>> trouble("【仁爱医院】您好")
    'signature'
    """
    one = parse("", words)
    if any(not piece for piece in one.pieces[2:-1:2]):
        return "touching"
    if len(set(one.gaps)) < len(one.gaps):
        return "twice"
    if re.search(r"[{}]", "".join(one.pieces[::2])):
        return "brace"
    return "signature" if (words or "").lstrip().startswith("【") else ""


def sms_limit(_name, value):
    """Return what a cloud's SMS would say against a value, or nothing.

    >>> sms_limit("x", "李明先生"), sms_limit("x", "x" * 36), sms_limit("x", "请看 a.com/1")
    ('', 'too_long', 'link')
    >>> sms_limit("x", "请致电010-88886666"), sms_limit("x", "【好】"), sms_limit("x", "11月22日")
    ('phone', 'signature', '')
    """
    if len(value) > SMS_LONGEST:
        return "too_long"
    if _LINK.search(value):
        return "link"
    if _PHONE.search(value):
        return "phone"
    return "signature" if re.search("[【】]", value) else ""


def wechat_limit(name, value):
    """Return what WeChat would say against a value, by the kind of its gap.

    >>> wechat_limit("thing1", "x" * 20), wechat_limit("thing1", "x" * 21)
    ('', 'too_long')
    >>> wechat_limit("time2", "2026年11月23日 09:30"), wechat_limit("time2", "明天上午")
    ('', 'form')
    >>> wechat_limit("name1", "李明"), wechat_limit("phrase3", "ok"), wechat_limit("first", "x")
    ('', 'form', '')
    """
    kind = name.rstrip("0123456789")
    longest, form = WECHAT_LIMITS.get(kind, (200, None))
    if len(value) > longest:
        return "too_long"
    return "form" if form and not form.fullmatch(value) else ""


def match(one, text, limit):
    """Return the :class:`Fit` of a text to one registered text.

    :param limit: a function of name and value, which says what is wrong with a value

    >>> one = parse("SMS_1", "${title}，您预约了${when}到院。")
    >>> match(one, "李明，您好，您预约了11月22日到院。", sms_limit).values
    {'title': '李明，您好', 'when': '11月22日'}
    >>> match(one, "您预约了11月22日到院。", sms_limit)
    Fit(values=None, why='words', gap='')
    >>> match(one, "李明，您预约了" + "x" * 40 + "到院。", sms_limit)[1:]
    ('too_long', 'when')
    """
    if not (text.startswith(one.pieces[0]) and text.endswith(one.pieces[-1])):
        return Fit(why="words")
    found = _split(one.pieces, text, limit)
    if found is not None:
        return Fit(dict(zip(one.gaps, found, strict=True)))
    found = _split(one.pieces, text, lambda _name, _value: "")
    if found is None:
        return Fit(why="words")
    for name, value in zip(one.gaps, found, strict=True):
        if why := limit(name, value):
            return Fit(why=why, gap=name)
    return Fit(why="words")


def _split(pieces, text, limit):
    """Return the values of the gaps, or None; each place of the text is looked at once per gap."""

    @cache
    def rest(number, at):
        """Values from gap ``number`` on, whose words before end at ``at``."""
        if number >= len(pieces):
            return () if at == len(text) else None
        name, words = pieces[number], pieces[number + 1]
        is_last = number + 2 >= len(pieces)
        end = len(text) - len(words) if is_last else text.find(words, at + 1)
        while end > at:
            value = text[at:end]
            if not limit(name, value):
                later = rest(number + 2, end + len(words))
                if later is not None:
                    return (value, *later)
            end = -1 if is_last else text.find(words, end + 1)
        return None

    return rest(1, len(pieces[0]))


def find(candidates, text, limit):
    """Return (:class:`Registered`, its :class:`Fit`) for a text; the first that fits, else the one
    whose words fit while a value does not, else (None, fit).

    >>> short, long = parse("A", "${a}好"), parse("B", "${a}您好")
    >>> find([short, long], "李明您好", sms_limit)[0].code, find([], "x", sms_limit)[1].why
    ('A', 'words')
    """
    nearest = None, Fit(why="words")
    for one in candidates:
        fit = match(one, text, limit)
        if fit.values is not None:
            return one, fit
        if fit.why != "words":
            nearest = one, fit
    return nearest


def propose(body, constants, link_base="", gap="${%s}", typed=False):
    """Return (provider's words, {gap: our places}) for one of our own texts.

    What is the same for everybody stands in it as words; places that touch become one gap, because
    nobody could tell afterwards where one value ends; a secure link keeps its fixed beginning.

    :param typed: the beginning of a gap's name says what it takes (WeChat)

    >>> body = "{signature}{person.title|您好}，{appointment.date}{appointment.time}。{opt_out}"
    >>> propose(body, {"opt_out": "拒收请回复R"})
    ('${title}，${date_time}。拒收请回复R', {'title': 'person.title', 'date_time': \
'appointment.date appointment.time'})
    >>> propose("时间：{appointment.moment}\\n地点：{appointment.campus}", {}, gap="{{%s.DATA}}",
    ...     typed=True)[0]
    '时间：{{time1.DATA}}\\n地点：{{thing2.DATA}}'
    >>> propose("{person.name}看{value.link}", {}, "https://h.cn/s/")[0]
    '${name}看https://h.cn/s/${link}'
    """
    text = re.sub(r"^\s*\{signature\}", "", body or "")
    for name, words in constants.items():
        place = re.compile(rf"\{{{re.escape(name)}(?:\|([^{{}}]*))?\}}")
        text = place.sub(lambda found, known=words: known or found[1] or "", text)
    gaps = {}

    def put(found):
        names = template_text.places(found[0])
        ends = "_".join(name.rpartition(".")[2] for name in names)[:30]
        if typed:
            kind = "time" if names == ["appointment.moment"] else "thing"
            ends = f"{kind}{len(gaps) + 1}"
        free = next(one for one in (ends, *(f"{ends}{n}" for n in range(2, 99))) if one not in gaps)
        gaps[free] = " ".join(names)
        return (link_base if names == ["value.link"] else "") + gap % free

    return re.sub(r"(?:\{[^{}]+\})+", put, text), gaps
