import json
import random

from odoo.tests import BaseCase, tagged

from ..tools.voice import ivr, verbs

KEYS = "1234567890*#"
LANGS = ("zh_CN", "en_US")


@tagged("post_install", "-at_install")
class TestIvr(BaseCase):
    """The interpreter of the menu, met by callers who press whatever comes to mind."""

    def test_every_call_ends(self):
        """Given any menu, any sequence of events brings the call to its end, without an error."""
        chance = random.Random(20261122)
        for number in range(400):
            with self.subTest(number=number):
                script = _script(chance)
                state = ivr.begin(script, chance.random() < 0.7)
                state, said = self._go(script, state, verbs.Started(), chance)
                for _event in range(ivr.MOST_STEPS):
                    if state["phase"] == ivr.ENDED:
                        break
                    state, said = self._go(script, state, _key(chance), chance)
                self.assertEqual(state["phase"], ivr.ENDED)
                self.assertIsInstance(said[-1], verbs.Hangup)

    def test_no_state_is_left_in_silence(self):
        """Whatever event comes, the caller hears something, or talks, or has hung up."""
        chance = random.Random(7)
        for number in range(400):
            with self.subTest(number=number):
                script = _script(chance)
                state = ivr.begin(script)
                state, _said = self._go(script, state, verbs.Started(), chance)
                for _event in range(30):
                    was = state
                    event = _any_event(chance)
                    state, said = self._go(script, state, event, chance)
                    quiet = isinstance(event, (verbs.Ended, verbs.Connected))
                    self.assertTrue(said or quiet or was["phase"] == ivr.ENDED, (event, was))

    def test_hanging_up_ends_it_wherever_it_is(self):
        chance = random.Random(11)
        for _number in range(200):
            script = _script(chance)
            state = ivr.begin(script)
            for _event in range(chance.randrange(6)):
                state, _said = self._go(script, state, _any_event(chance), chance)
            state, said = ivr.step(script, state, verbs.Ended(16))
            self.assertEqual((state["phase"], said), (ivr.ENDED, []))
            self.assertEqual(ivr.step(script, state, verbs.Digits("1"))[1], [])

    def test_a_recording_is_kept_after_hanging_up(self):
        """Given a caller who speaks and hangs up, the handler is asked with the recording."""
        option = {"id": 1, "key": "1", "action": "message", "name": {"zh_CN": "留言"}}
        script = {"root": "1", "lang": "zh_CN", "words": {}, "menus": {"1": {"options": [option]}}}
        state, _said = ivr.step(script, ivr.begin(script), verbs.Started())
        state, _said = ivr.step(script, state, verbs.Digits("1"))
        state, _said = ivr.settle(script, state, [verbs.Record()])
        state, _said = ivr.step(script, state, verbs.Ended(16))
        state, [handle] = ivr.step(script, state, verbs.Recorded("a.wav", 4.0))
        self.assertEqual(handle.option, option)
        self.assertEqual(ivr.settle(script, state, [verbs.Say("谢谢")]), (state, []))

    def test_a_call_that_lasts_too_long_ends(self):
        script = _script(random.Random(3))
        state, _said = ivr.step(script, ivr.begin(script), verbs.Started())
        state, said = ivr.step(script, state, verbs.Digits("1"), late=True)
        self.assertEqual((state["phase"], said[-1]), (ivr.ENDED, verbs.Hangup()))

    def _go(self, script, state, event, chance):
        """One event, with a handler that does what handlers may do; state must survive JSON."""
        state, said = ivr.step(script, json.loads(json.dumps(state)), event)
        if said and isinstance(said[-1], ivr.Handle):
            answer = chance.choice(
                (
                    [],
                    [verbs.Say("好")],
                    [verbs.Gather()],
                    [verbs.Record()],
                    [verbs.Connect()],
                    [verbs.Say("再见"), verbs.Hangup()],
                )
            )
            state, more = ivr.settle(script, state, answer)
            said = said[:-1] + more
        self.assertFalse([one for one in said if isinstance(one, ivr.Handle)])
        return state, said


def _script(chance):
    """Return a menu of up to four, right or wrong, with ways in circles."""
    menus = {str(number): None for number in range(chance.randint(1, 4))}
    for number in menus:
        menus[number] = {
            "greeting": _texts(chance),
            "closed_greeting": _texts(chance),
            "replays": chance.randrange(4),
            "fallback": chance.choice(
                (None, _option(chance, menus), {"id": 0, "action": "person"})
            ),
            "options": [_option(chance, menus) for _one in range(chance.randrange(6))],
        }
    return {"root": "0", "lang": "zh_CN", "langs": list(LANGS), "words": {}, "menus": menus}


def _option(chance, menus):
    actions = [*ivr.OWN_ACTIONS, "person", "message", "opt_out"]
    return {
        "id": chance.randrange(99),
        "key": chance.choice(KEYS),
        "action": chance.choice(sorted(actions)),
        "name": _texts(chance),
        "text": _texts(chance),
        "target": chance.choice([*menus, "gone"]),
        "lang": chance.choice([*LANGS, "", None]),
        "offered": chance.choice(("always", "open", "closed")),
        "announced": chance.random() < 0.8,
    }


def _texts(chance):
    return {lang: "您好" for lang in LANGS if chance.random() < 0.8}


def _key(chance):
    if chance.random() < 0.1:
        return verbs.Silence()
    return verbs.Digits("".join(chance.choices(KEYS, k=chance.choice((0, 1, 1, 1, 8)))))


def _any_event(chance):
    return chance.choice(
        (
            _key(chance),
            _key(chance),
            _key(chance),
            verbs.Started(),
            verbs.Recorded("x.wav", chance.random() * 9),
            verbs.Connected(5),
            verbs.NotConnected("busy"),
            verbs.Ended(16),
        )
    )
