"""The telephone menu: (script, state, event) → (state, verbs). No ORM, no clock, no line.

A *script* is a published menu with all menus below it, as plain data (``hcrm.ivr.menu`` makes it):

    {"root": "7", "lang": "zh_CN", "words": {lang: {code: text}}, "menus": {"7": {
        "greeting": {lang: text}, "closed_greeting": {lang: text}, "emergency": {lang: text},
        "timeout": 6.0, "replays": 2, "fallback": option, "options": [option, …]}}}

with options ``{"id", "key", "action", "name": {lang: text}, "text": {lang: text}, "target",
"lang", "offered": "always" | "open" | "closed", "announced"}``. The *state* is plain data, too:
whoever has script and state goes on with the call. What needs the database is not done here:
:class:`Handle` names the option whose handler is to be asked, and :func:`settle` reads from the
handler's verbs how it goes on. Every call ends: after ``MOST_STEPS`` events at the latest.

>>> from odoo.addons.hcrm_communication.tools.voice.verbs import Silence, Started
>>> hours = {"id": 1, "key": "1", "action": "say", "name": {"en_US": "opening hours"},
...          "text": {"en_US": "We are open from 8 to 17."}}
>>> script = {"root": "7", "lang": "en_US", "words": {}, "menus": {"7": {
...     "greeting": {"en_US": "Good day."}, "options": [hours], "replays": 1}}}
>>> state, [ask] = step(script, begin(script), Started())
>>> [say.text for say in ask.say]
['Good day.', 'For opening hours, press 1.']
>>> state, [ask] = step(script, state, Digits("1"))
>>> [say.text for say in ask.say]
['We are open from 8 to 17.', 'For opening hours, press 1.']
>>> state, [ask] = step(script, state, Digits("5"))
>>> ask.say[0].text
'There is no such choice.'
>>> state, verbs = step(script, state, Silence())
>>> verbs
[Say(text='Thank you for calling. Goodbye.', lang='en_US'), Hangup()]
"""

from dataclasses import dataclass, field

from .verbs import (
    Connect,
    Connected,
    Digits,
    Ended,
    Gather,
    Hangup,
    Record,
    Recorded,
    Say,
)

#: More events than this no caller needs; whoever comes here is a program, or asleep on the keys.
MOST_STEPS = 60
#: So many menus a caller can go back.
DEEPEST = 10
KEYS = "1234567890*#"

START, MENU, OPTION, ENDED = "start", "menu", "option", "ended"

#: What the menu itself says, where a script brings no words of its own.
WORDS = {
    "press": "For %(what)s, press %(key)s.",
    "star": "star",
    "hash": "hash",
    "silence": "We heard no key.",
    "wrong": "There is no such choice.",
    "unavailable": "This is not available at the moment.",
    "goodbye": "Thank you for calling. Goodbye.",
}
#: Actions that the interpreter carries out by itself.
OWN_ACTIONS = frozenset(("submenu", "back", "repeat", "say", "language", "hangup"))


@dataclass(frozen=True)
class Handle:
    """Not said but done: the handler of this option is to be asked what happens next."""

    option: dict = field(hash=False)


def begin(script, is_open=True):
    """Return the state of a call that has just come in."""
    return {
        "phase": START,
        "menu": script["root"],
        "path": [],
        "lang": script["lang"],
        "is_open": bool(is_open),
        "misses": 0,
        "steps": 0,
        "option": None,
        "memo": {},
        "chosen": [],
    }


def step(script, state, event, late=False):
    """Return the next state and what is to be done; never raises, whatever comes.

    :param late: the call has lasted long enough: it is brought to an end
    """
    state = {**state, "steps": state["steps"] + 1}
    if isinstance(event, Ended):
        return {**state, "phase": ENDED}, []
    if isinstance(event, Recorded) and state["option"]:
        # a caller who hangs up after speaking has left a message all the same
        return state, [Handle(state["option"])]
    if state["phase"] == ENDED or isinstance(event, Connected):
        return state, []
    if late or state["steps"] > MOST_STEPS:
        return _end(script, state)
    if state["phase"] == START:
        return _announce(script, state, first=True)
    if state["phase"] == OPTION:
        return state, [Handle(state["option"])]
    return _take_key(script, state, event)


def settle(script, state, verbs):
    """Return state and verbs after a handler spoke.

    A handler that ends with a question, a recording or a connection is asked again; one that ends
    with :class:`Hangup` ends the call; one that only says something is done, and the menu follows.

    >>> script = {"root": "1", "lang": "en_US", "words": {}, "menus": {"1": {"options": [
    ...     {"key": "1", "action": "x", "name": {"en_US": "x"}}]}}}
    >>> state, _ask = step(script, begin(script), None)
    >>> state, [handle] = step(script, state, Digits("1"))
    >>> settle(script, state, [Say("What?"), Gather()])[0]["phase"]
    'option'
    >>> state, [said, ask] = settle(script, state, [Say("Done.", "en_US")])
    >>> state["phase"], said.text, ask.say[0].text
    ('menu', 'Done.', 'For x, press 1.')
    """
    verbs = list(verbs or ())
    if state["phase"] == ENDED:
        return state, []
    if any(isinstance(verb, Hangup) for verb in verbs):
        return {**state, "phase": ENDED}, verbs
    if verbs and isinstance(verbs[-1], (Gather, Record, Connect)):
        return {**state, "phase": OPTION}, verbs
    state = {**state, "option": None, "memo": {}}
    follow = _announce if offered(script, state) else _end
    state, announced = follow(script, state)
    return state, verbs + announced


def fail_words(script, state):
    """Return what a caller hears when the handler is gone or broken."""
    return [_say(script, state, "unavailable")]


def offered(script, state):
    """Return the options of the present menu at this hour."""
    when = "open" if state["is_open"] else "closed"
    options = _menu(script, state).get("options", ())
    return [one for one in options if one.get("offered", "always") in ("always", when)]


def text_in(texts, lang, otherwise=""):
    """Return the text in a language, else in the language of the script, else any.

    >>> text_in({"en_US": "Yes", "zh_CN": "是"}, "zh_CN"), text_in({"zh_CN": "是"}, "en_US")
    ('是', '是')
    >>> text_in({}, "en_US"), text_in(None, "en_US"), text_in({"en_US": ""}, "zh_CN")
    ('', '', '')
    """
    texts = texts or {}
    found = texts.get(lang) or texts.get(otherwise)
    return found or next((text for text in texts.values() if text), "")


# WHAT IS DONE


def _take_key(script, state, event):
    key = event.keys[:1] if isinstance(event, Digits) else ""
    if not key:
        return _miss(script, state, "silence")
    for option in offered(script, state):
        if option["key"] == key:
            return _choose(script, {**state, "misses": 0}, option)
    return _miss(script, state, "wrong")


def _choose(script, state, option):
    if option.get("name"):
        state = {**state, "chosen": [*state["chosen"], option["name"]][-DEEPEST:]}
    action = option["action"]
    if action in OWN_ACTIONS:
        return _OWN[action](script, state, option)
    return {**state, "phase": OPTION, "option": option, "memo": {}}, [Handle(option)]


def _miss(script, state, word):
    """Nothing was keyed, or nothing that means anything: say so, and say the choices again."""
    state = {**state, "misses": state["misses"] + 1}
    if state["misses"] > _menu(script, state).get("replays", 2):
        return _fall_back(script, state)
    return _announce(script, state, lead=(_say(script, state, word),))


def _fall_back(script, state):
    """To a person while there are some, else a polite end."""
    option = _menu(script, state).get("fallback")
    if option and option["action"] not in OWN_ACTIONS and state["is_open"]:
        return _choose(script, {**state, "misses": 0}, option)
    return _end(script, state)


def _submenu(script, state, option):
    target = option.get("target")
    if target not in script["menus"]:
        return _announce(script, state, lead=(_say(script, state, "unavailable"),))
    path = [*state["path"], state["menu"]][-DEEPEST:]
    return _announce(script, {**state, "menu": target, "path": path}, first=True)


def _back(script, state, _option):
    path = list(state["path"])
    menu = path.pop() if path else script["root"]
    return _announce(script, {**state, "menu": menu, "path": path})


def _repeat(script, state, _option):
    return _announce(script, state, first=True)


def _say_text(script, state, option):
    text = text_in(option.get("text"), state["lang"], script["lang"])
    lead = (Say(text, state["lang"]),) if text else ()
    return _announce(script, state, lead=lead)


def _change_language(script, state, option):
    return _announce(script, {**state, "lang": option.get("lang") or state["lang"]}, first=True)


def _end(script, state, _option=None):
    return {**state, "phase": ENDED}, [_say(script, state, "goodbye"), Hangup()]


_OWN = {
    "submenu": _submenu,
    "back": _back,
    "repeat": _repeat,
    "say": _say_text,
    "language": _change_language,
    "hangup": _end,
}


# WHAT IS SAID


def _announce(script, state, first=False, lead=()):
    """Say the choices and wait for a key; a menu without choices goes to its end at once."""
    menu = _menu(script, state)
    state = {**state, "phase": MENU}
    says = (*lead, *(_greet(script, state, menu) if first else ()))
    choices = tuple(_say_choices(script, state))
    if not offered(script, state):
        state, verbs = _fall_back(script, state)
        return state, [*says, *verbs]
    return state, [
        Gather(
            say=(*says, *choices),
            digits=1,
            timeout=menu.get("timeout", 6.0),
            finish="",  # every key may be a choice
            interrupt=True,
        )
    ]


def _greet(script, state, menu):
    names = ["greeting", "emergency"]
    if not state["is_open"] and text_in(menu.get("closed_greeting"), state["lang"]):
        names[0] = "closed_greeting"
    texts = (text_in(menu.get(name), state["lang"], script["lang"]) for name in names)
    return tuple(Say(text, state["lang"]) for text in texts if text)


def _say_choices(script, state):
    for option in offered(script, state):
        if not option.get("announced", True):
            continue
        # who does not understand this language hears of theirs in it
        lang = option.get("lang") if option["action"] == "language" else ""
        lang = lang or state["lang"]
        what = text_in(option.get("name"), lang, script["lang"])
        words = _words(script, lang)
        named = {"*": words["star"], "#": words["hash"]}
        key = named.get(option["key"], option["key"])
        if what:
            yield Say(words["press"] % {"what": what, "key": key}, lang)


def _say(script, state, word):
    return Say(_words(script, state["lang"])[word], state["lang"])


def _words(script, lang):
    return WORDS | (script["words"].get(lang) or {})


def _menu(script, state):
    return script["menus"].get(state["menu"]) or {}
