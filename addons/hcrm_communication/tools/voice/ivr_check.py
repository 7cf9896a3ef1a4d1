"""What is wrong with a telephone menu, before any caller finds out: a script in, codes out."""

import re
import unicodedata
from typing import NamedTuple

from .ivr import KEYS

_DIGITS = dict(zip("一二三四五六七八九零〇", "12345678900", strict=True))
_ENGLISH = {
    name: str(number)
    for number, name in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
}
_NAMED = {"星": "*", "米": "*", "井": "#", "star": "*", "hash": "#", "pound": "#"}
_NAMED |= _DIGITS | _ENGLISH
#: "请按1", "按 2 键", "按数字3", "按星号键", "press 1", "press the star key"; never "拨打120".
_MENTION = re.compile(
    r"(?:按下?(?:数字|键)?|press(?:\s+the)?)\s*"
    r"(\d+|[*#一二三四五六七八九零〇星米井]|(?:star|hash|pound|" + "|".join(_ENGLISH) + r")\b)",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Problem(NamedTuple):
    """``menu`` is where it is; ``values`` fill the sentence of ``code``."""

    code: str
    menu: str
    values: dict


def named_keys(text):
    """Return the keys that a text tells the caller to press.

    >>> sorted(named_keys("预约请按1，投诉请按 ２ 键，返回请按星号键，急救请拨打120，分机请按8001"))
    ['*', '1', '2']
    >>> sorted(named_keys("Press one for visits, press 0, or press the hash key."))
    ['#', '0', '1']
    >>> sorted(named_keys("请按一，再按数字三")), named_keys("请按时就诊"), named_keys(None)
    (['1', '3'], set(), set())
    """
    plain = unicodedata.normalize("NFKC", text or "")
    found = (match.lower() for match in _MENTION.findall(plain))
    keys = {_NAMED.get(match, match) for match in found}
    return {key for key in keys if len(key) == 1 and key in KEYS}


def problems(script):
    """Return what must be mended before this script may answer calls.

    >>> menu = {"greeting": {"zh_CN": "您好，预约请按1，投诉请按3。"}, "options": [
    ...     {"key": "1", "action": "repeat", "name": {"zh_CN": "重听"}},
    ...     {"key": "1", "action": "hangup", "name": {"zh_CN": "结束"}}]}
    >>> script = {"root": "7", "lang": "zh_CN", "langs": ["zh_CN"], "menus": {"7": menu}}
    >>> [(one.code, one.values.get("key")) for one in problems(script)]
    [('key_twice', '1'), ('unknown_key', '3')]
    >>> menu["options"].pop(), menu["greeting"].update(zh_CN="您好"), problems(script)[0].code
    ({'key': '1', 'action': 'hangup', 'name': {'zh_CN': '结束'}}, None, 'no_exit')
    """
    found = []
    for number, menu in script["menus"].items():
        for check in (_check_greeting, _check_keys, _check_options, _check_languages):
            found += (Problem(code, number, values) for code, values in check(script, menu))
    found += _check_exits(script)
    return list(dict((repr(one), one) for one in found).values())


def _check_greeting(script, menu):
    if not menu.get("greeting", {}).get(script["lang"]):
        yield "no_greeting", {}


def _check_keys(_script, menu):
    """Each hour has its own choices: a key may mean two things at two hours."""
    for when, greeting in (("open", "greeting"), ("closed", "closed_greeting")):
        keys = [one["key"] for one in _offered(menu, when)]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield "key_twice", {"key": key}
        for text in (menu.get(greeting) or menu.get("greeting") or {}).values():
            for key in sorted(named_keys(text) - set(keys)):
                yield "unknown_key", {"key": key}


def _check_options(script, menu):
    for option in menu.get("options", ()):
        place = {"key": option["key"]}
        if option["action"] == "submenu" and option.get("target") not in script["menus"]:
            yield "no_target", place
        if option["action"] == "say" and not any((option.get("text") or {}).values()):
            yield "no_text", place
        if option["action"] == "language" and option.get("lang") not in script["langs"]:
            yield "no_language", place
        if option.get("announced", True) and not any((option.get("name") or {}).values()):
            yield "no_name", place


def _check_languages(script, menu):
    """A voice for one language cannot read another's letters."""
    texts = [("", menu.get(name)) for name in ("greeting", "closed_greeting", "emergency")]
    for option in menu.get("options", ()):
        if option["action"] != "language":
            texts += [(option["key"], option.get(name)) for name in ("name", "text")]
    for lang in script["langs"]:
        for key, text in ((key, (texts_ or {}).get(lang)) for key, texts_ in texts):
            if text and not lang.startswith(("zh", "ja", "yue")) and _HAN.search(text):
                yield "wrong_language", {"key": key, "lang": lang, "text": text[:30]}


def _check_exits(script):
    """From every menu a caller must be able to key a way to something that is an end."""
    for when in ("open", "closed"):
        leads, ends = {}, set()
        for number, menu in script["menus"].items():
            options = _offered(menu, when)
            leads[number] = {one.get("target") for one in options if one["action"] == "submenu"}
            if not options or any(_ends(one) for one in options):
                ends.add(number)
            if any(one["action"] == "back" for one in options):
                leads[number] |= _get_parents(script, number)
        while more := {one for one, targets in leads.items() if targets & ends} - ends:
            ends |= more
        for number in script["menus"]:
            if number not in ends:
                yield Problem("no_exit", number, {})


def _get_parents(script, target):
    return {
        number
        for number, menu in script["menus"].items()
        for one in menu.get("options", ())
        if one["action"] == "submenu" and one.get("target") == target
    }


def _ends(option):
    return option.get("ends", option["action"] in ("person", "message", "hangup"))


def _offered(menu, when):
    options = menu.get("options", ())
    return [one for one in options if one.get("offered", "always") in ("always", when)]
