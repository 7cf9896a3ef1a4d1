"""Reads a message before others do: what must not stand in it, what must, what it costs.

Pure: word lists come from the database, findings are codes; their words are in ``FINDINGS``.
"""

import re
import unicodedata
from typing import NamedTuple

from odoo.tools.translate import LazyTranslate

from . import template_text
from .sms_text import measure

_lt = LazyTranslate(__name__)

#: Others may read along: family, employer, whoever holds the phone.
OPEN_CHANNELS = frozenset(("sms", "email", "voice", "fax", "wechat"))
OPT_OUT = {"zh": "拒收请回复R", "en": "Reply R to refuse"}
OPT_OUT_MAIL = {
    "zh": "如不想再收到此类邮件，请直接回复“退订”。",
    "en": "To get no more of these e-mails, reply “unsubscribe”.",
}
ERROR, WARNING = "error", "warning"
MOST_PARTS, MANY_PARTS = 10, 2

FINDINGS = {
    "health_word": _lt(
        "“%(word)s” tells about health: use neutral text and a secure link instead."
    ),
    "department_word": _lt(
        "“%(word)s” gives away why somebody comes: write “your appointment” and a secure link."
    ),
    "health_value": _lt("“%(word)s” looks like a result: use neutral text and a secure link."),
    "icd_code": _lt("“%(word)s” is a code of a diagnosis: use neutral text and a secure link."),
    "clinical_open": _lt("Clinical texts do not go by this channel: a letter or the portal may."),
    "clinical_place": _lt("{%(word)s} tells about health: it does not go by this channel."),
    "unknown_place": _lt("Nobody can fill “%(word)s”: choose a place from the list."),
    "empty_place": _lt("Nothing is known for {%(word)s}: add words instead, {%(word)s|so}."),
    "no_signature": _lt("A Chinese SMS begins with the signature: put {signature} first."),
    "no_opt_out": _lt("Marketing says at its end how to refuse: put {opt_out} last."),
    "no_opt_out_typed": _lt("Marketing says at its end how to refuse: end with “%(words)s”."),
    "no_ad_mark": _lt("The subject of marketing begins with （AD） or 广告."),
    "no_subject": _lt("An e-mail needs a subject line."),
    "foreign_link": _lt("“%(word)s” leads elsewhere: only links to our own address."),
    "cure_promise": _lt("“%(word)s” promises success: the law on medical advertising forbids it."),
    "too_long": _lt("%(parts)s parts: nobody reads an SMS of more than %(most)s."),
    "many_parts": _lt("%(parts)s parts are sent and paid for each person."),
    "empty": _lt("The text is empty."),
}
#: Findings whose word stands in the text itself: for who may read the text.
_FROM_TEXT = frozenset(
    ("health_word", "department_word", "health_value", "icd_code", "foreign_link", "cure_promise")
)
#: What tells about somebody's health, and what leads elsewhere.
HEALTH = frozenset(
    (
        "health_word",
        "department_word",
        "health_value",
        "icd_code",
        "clinical_open",
        "clinical_place",
    )
)
_KIND_CODES = {"department": "department_word", "promise": "cure_promise"}
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s，。；）】]+"
    r"|(?<![\w@.])[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*\.(?:com|cn|net|org|cc|top|xyz|vip|io|me|info)"
    r"(?![\w.])(?:/[^\s，。；）】]*)?",
    re.IGNORECASE,
)
_ICD = re.compile(r"(?<![A-Za-z0-9])[A-TV-Z]\d{2}\.\d{1,3}(?!\d)")
_VALUE = re.compile(
    r"\d+(?:\.\d+)?\s*(?:mmol|[mµu]?mol/l|mg/d?l|g/l|mmhg|i?u/m?l|ng/ml|%\s*hba1c)", re.IGNORECASE
)
_AD = re.compile(r"^\s*[（(【\[]?\s*(?:广告|廣告|AD\b)", re.IGNORECASE)
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Finding(NamedTuple):
    """What is wrong, as code and values."""

    level: str
    code: str
    values: dict = {}  # noqa: RUF012 never changed


def veil(finding):
    """Return the finding without the word that it found.

    >>> veil(Finding(ERROR, "health_word", {"word": "hiv"})).values
    {'word': '…'}
    >>> veil(Finding(ERROR, "empty_place", {"word": "person.name"})).values
    {'word': 'person.name'}
    """
    return finding._replace(values={"word": "…"}) if finding.code in _FROM_TEXT else finding


class Words(NamedTuple):
    """Words that must not stand in a message: a pattern, and {word: kind}."""

    pattern: re.Pattern
    kinds: dict


def fold(text):
    """One width and case; nothing invisible, no space between Chinese characters.

    >>> fold("肿 瘤\u200b科 ＨＩＶ"), fold("a  b")
    ('肿瘤科 hiv', 'a b')
    """
    plain = unicodedata.normalize("NFKC", text or "").casefold()
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    plain = " ".join(plain.split())
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", plain)


def compile_words(kinds):
    """Return :class:`Words`; Latin words count whole only.

    >>> found = compile_words({"HIV": "diagnosis", "癌": "diagnosis"}).pattern.findall
    >>> found("hiv+ 肺癌"), found("shiva")
    (['hiv', '癌'], [])
    """
    folded = {fold(word): kind for word, kind in kinds.items() if fold(word)}
    parts = [
        re.escape(word) if _HAN.search(word) else rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"
        for word in sorted(folded, key=len, reverse=True)
    ]
    return Words(re.compile("|".join(parts) or r"(?!)"), folded)


def lint(text, subject="", *, purpose, channel, words, host="", is_clinical=False, is_made=False):
    """Return the findings of one text.

    :param words: of :func:`compile_words`
    :param is_made: True for a text whose places are filled: nothing is taken on trust any more
    """
    findings = []
    if not (text or "").strip():
        return [Finding(ERROR, "empty")]
    if not is_made:
        findings += _check_places(f"{subject or ''}\n{text}", channel, is_clinical)
    if channel in OPEN_CHANNELS:
        findings += _check_health(f"{subject or ''}\n{text}", words, is_clinical)
    findings += _check_links(text, host)
    if purpose == "marketing":
        findings += _check_marketing(text, subject, channel, words)
        findings += _check_opt_out(text, channel, is_made)
    if channel == "sms":
        findings += _check_sms(text)
    elif channel == "email" and not (subject or "").strip():
        findings.append(Finding(ERROR, "no_subject"))
    return findings


def errors(findings):
    """Return those that keep a text from being approved or sent."""
    return [one for one in findings if one.level == ERROR]


def _check_places(text, channel, is_clinical):
    for name in template_text.unknown(text):
        yield Finding(ERROR, "unknown_place", {"word": name})
    if is_clinical or channel not in OPEN_CHANNELS:
        return
    for name in template_text.places(text):
        if name in template_text.CLINICAL:
            yield Finding(ERROR, "clinical_place", {"word": name})


def _check_health(text, words, is_clinical):
    if is_clinical:
        yield Finding(ERROR, "clinical_open")
    folded = fold(re.sub(r"\{[^{}|]*", "{", text))
    for word in dict.fromkeys(words.pattern.findall(folded)):
        kind = words.kinds.get(word)
        if kind != "promise":
            yield Finding(ERROR, _KIND_CODES.get(kind, "health_word"), {"word": word})
    for pattern, code in ((_ICD, "icd_code"), (_VALUE, "health_value")):
        if found := pattern.search(unicodedata.normalize("NFKC", text)):
            yield Finding(ERROR, code, {"word": found[0]})


def _check_links(text, host):
    for found in _LINK.findall(unicodedata.normalize("NFKC", text)):
        name = re.sub(r"^https?://", "", found, flags=re.IGNORECASE)
        name = re.split(r"[/?#\\]", name)[0].casefold()
        if not host or name != host.casefold():
            yield Finding(ERROR, "foreign_link", {"word": found[:60]})


def _check_marketing(text, subject, channel, words):
    for word in dict.fromkeys(words.pattern.findall(fold(text))):
        if words.kinds.get(word) == "promise":
            yield Finding(ERROR, "cure_promise", {"word": word})
    if channel == "email" and not _AD.match(unicodedata.normalize("NFKC", subject or "")):
        yield Finding(ERROR, "no_ad_mark")


def _check_opt_out(text, channel, is_made):
    end = text.rstrip(" 。.\n").casefold()
    known = [one.rstrip("。.").casefold() for one in (*OPT_OUT.values(), *OPT_OUT_MAIL.values())]
    if channel not in ("sms", "email", "wechat") or end.endswith(("{opt_out}", *known)):
        return
    if is_made:
        refusals = OPT_OUT_MAIL if channel == "email" else OPT_OUT
        words = refusals["zh" if _HAN.search(text) else "en"]
        yield Finding(ERROR, "no_opt_out_typed", {"words": words})
    else:
        yield Finding(ERROR, "no_opt_out")


def _check_sms(text):
    if _HAN.search(text) and not text.lstrip().startswith(("【", "{signature}")):
        yield Finding(ERROR, "no_signature")
    parts = measure(text).parts
    if parts > MOST_PARTS:
        yield Finding(ERROR, "too_long", {"parts": parts, "most": MOST_PARTS})
    elif parts > MANY_PARTS:
        yield Finding(WARNING, "many_parts", {"parts": parts})
