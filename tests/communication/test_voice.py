"""Real calls between two Asterisks: counted at the far end, whatever dies meanwhile."""

import time
from collections import Counter

import pytest

from tests.support.rig import eventually

#: Numbers of patients by what they do, the last digit of the number called.
CONFIRMS, LISTENS, HANGS_UP, SILENT, BUSY = "1", "0", "7", "8", "9"
ANSWERED = "started"
GIVE_BACK = """
user = env["res.users"].search([("login", "=", "{login}")])
assert env["hcrm.call"]._give_back([("user_id", "=", user.id)])
env.cr.commit()
"""


def _number(series, digit):
    return f"139{series:07}{digit}"


@pytest.fixture
def voice(voice_hospital, telephones):
    """One process speaks, one worker sends."""
    voice_hospital.set_up_voice(telephones.hospital.ari_url)
    voice_hospital.start_voice()
    voice_hospital.wait_heard()
    yield voice_hospital
    voice_hospital.stop_voice()


def _answered(telephones, number):
    """How often a number was answered at the far end."""
    return sum(call.answered for call in telephones.public.calls(number))


def test_calls_and_what_becomes_of_them(voice, telephones):
    """Keys, silence to the end, hung up in the middle, nobody there, busy: two and more at once."""
    numbers = {how: _number(1, how) for how in (CONFIRMS, LISTENS, HANGS_UP, SILENT, BUSY)}
    telephones.public.behave(numbers[LISTENS], "quiet")
    begun = time.monotonic()
    asked = voice.ask_calls("many", numbers.values())
    voice.start_workers()
    wanted = {
        numbers[CONFIRMS]: ("delivered", ""),
        numbers[LISTENS]: ("delivered", ""),
        numbers[HANGS_UP]: ("waiting", "hung_up"),
        numbers[SILENT]: ("waiting", "not_picked_up"),
        numbers[BUSY]: ("waiting", "line_busy"),
    }
    eventually(lambda: voice.fates("many") == wanted, lambda: voice.fates("many"), 90)
    assert len(asked) == 5
    assert all(len(telephones.public.calls(number)) == 1 for number in numbers.values())
    eventually(lambda: all(call.ended for call in telephones.public.calls()), "all hung up", 60)
    telephones.public.wait_idle()
    assert telephones.public.calls(numbers[LISTENS])[0].loudness > 0.01, "nothing was said"
    assert voice.keys("many") == {numbers[CONFIRMS]: "1"}
    assert time.monotonic() - begun < 90


def test_two_processes_take_no_call_twice(voice, telephones):
    """Both run; the second waits for the line, and each thing happens once."""
    voice.start_voice(2)
    number = _number(2, CONFIRMS)
    voice.ask_calls("two", [number])
    voice.start_workers()
    eventually(lambda: voice.fates("two")[number][0] == "delivered", "delivered", 60)
    assert len(telephones.public.calls(number)) == 1
    wanted = Counter({"started": 1, "key": 1, "digits": 1, "ended": 1})
    eventually(lambda: voice.events("two") == wanted, "each thing happened once", 30)


def test_voice_killed_while_speaking(voice, telephones):
    """kill -9 in the middle of the words: another process says them again, in the same call."""
    number = _number(3, CONFIRMS)
    telephones.public.behave(number, "keys", keys="wwwwwwwwwwwwwwwwwwwwwwwwwwwwww1")
    voice.ask_calls("killed", [number])
    voice.start_workers()
    eventually(lambda: voice.events("killed")[ANSWERED], "picked up", 60)
    voice.voices[0].kill()
    voice.start_voice()
    eventually(lambda: voice.fates("killed")[number][0] == "delivered", "delivered", 90)
    assert len(telephones.public.calls(number)) == 1, "called twice"
    assert voice.keys("killed") == {number: "1"}


def test_asterisk_killed_while_speaking(voice, telephones):
    """kill -9 of the exchange: care is called again, advertising is not; no call is lost."""
    care, advert = _number(4, LISTENS), _number(5, LISTENS)
    for number in (care, advert):
        telephones.public.behave(number, "quiet")
    voice.ask_calls("care", [care])
    voice.ask_calls("advert", [advert], purpose="marketing")
    voice.start_workers()
    eventually(lambda: voice.events("care")[ANSWERED] and voice.events("advert")[ANSWERED], "", 60)
    telephones.hospital.kill()
    telephones.hospital.restart()
    eventually(lambda: voice.fates("care")[care][0] == "delivered", "care delivered", 120)
    eventually(lambda: voice.fates("advert")[advert] == ("failed", "not_repeated"), "", 30)
    assert _answered(telephones, care) == 2, "care is repeated once"
    assert _answered(telephones, advert) == 1, "nobody is advertised to twice"


def test_a_caller_is_put_through(voice, telephones):
    """Somebody calls, waits, a desk takes the call: both are heard, it is recorded."""
    voice.give_desk("officer", "PJSIP/desk1")
    telephones.public.call(caller="13900009990", talk=True, stays="25")
    waiting = "direction = 'in' AND state = 'queued'"
    eventually(lambda: voice.calls(waiting), "the caller waits", 60)
    voice.take_call("officer")
    eventually(lambda: voice.calls("direction = 'in' AND state = 'talking'"), "they speak", 60)
    assert len(telephones.public.calls("desk1")) == 1
    time.sleep(5)
    telephones.public.command("channel request hangup all")
    over = "direction = 'in' AND state = 'ended' AND outcome = 'answered'"
    eventually(lambda: voice.calls(over), "it is over", 30)
    eventually(voice.recordings, "it is recorded", 30)
    telephones.hospital.wait_idle()


def test_given_back_while_the_phone_rings(voice, telephones):
    """The first phone is silent at once, the caller keeps the place, the next desk has the call."""
    voice.give_desk("officer", "PJSIP/desk1")
    voice.give_desk("service_manager", "PJSIP/desk2")
    telephones.public.behave("desk1", "silent")
    telephones.public.call(caller="13900009980", talk=True, stays="40")
    eventually(lambda: voice.calls("direction = 'in' AND state = 'queued'"), "the caller waits", 60)
    voice.take_call("officer")
    eventually(lambda: telephones.public.calls("desk1"), "the first desk's phone rings", 30)
    voice.shell(GIVE_BACK.format(login="officer"))
    eventually(lambda: telephones.public.calls("desk1")[0].ended, "it rings no longer", 5)
    assert voice.calls("direction = 'in' AND state = 'queued' AND user_id IS NULL") == 1
    voice.take_call("service_manager")
    eventually(lambda: voice.calls("direction = 'in' AND state = 'talking'"), "they speak", 30)
    [call] = telephones.public.calls("desk2")
    assert call.answered and not telephones.public.calls("desk1")[0].answered
    telephones.public.command("channel request hangup all")
    over = "number_stored = '+8613900009980' AND state = 'ended' AND outcome = 'answered'"
    begun = time.monotonic()
    eventually(lambda: voice.calls(over), "it is over", 30)
    assert time.monotonic() - begun < 4, "the desk learns late that it is over"
    telephones.hospital.wait_idle()


def test_a_click_dials(voice, telephones):
    """The desk's telephone first, then the number; a busy one is told."""
    voice.give_desk("officer", "PJSIP/desk2")
    number = _number(6, LISTENS)
    telephones.public.behave(number, "quiet")
    voice.dial("officer", f"+86{number}")
    talking = "program = 'click' AND state = 'talking'"
    eventually(lambda: voice.calls(talking), "they speak", 60)
    rang = [call.number for call in telephones.public.calls()]
    assert rang == ["desk2", number]
    telephones.public.command("channel request hangup all")
    over = "program = 'click' AND state = 'ended' AND outcome = 'answered'"
    eventually(lambda: voice.calls(over), "it is over", 30)
    voice.dial("officer", f"+86{_number(6, BUSY)}")
    busy = "program = 'click' AND state = 'ended' AND outcome = 'busy'"
    eventually(lambda: voice.calls(busy), "busy", 60)
    telephones.hospital.wait_idle()


@pytest.mark.soak
def test_calls_survive_kills(voice, telephones, soak):
    """Twenty calls, the processes and Asterisk killed in turn: each is heard, or is marked."""
    count = soak.size(8, 40)
    numbers = [_number(100 + place, LISTENS) for place in range(count)]
    for number in numbers:
        telephones.public.behave(number, "quiet")
    voice.ask_calls("soak", numbers)
    voice.start_workers()
    kills = [voice.voices[0], telephones.hospital, voice.workers[0], voice.voices[0]]
    for victim in kills:
        time.sleep(4)
        victim.kill()
        victim.restart()
    done = ("delivered", "failed")
    eventually(
        lambda: all(state in done for state, _code in voice.fates("soak").values()),
        "all are settled",
        soak.size(180, 900),
    )
    calls = {number: _answered(telephones, number) for number in numbers}
    assert all(calls.values()), "somebody was never called"
    lost = voice.count_lost("soak")
    twice = sum(times - 1 for times in calls.values())
    assert twice <= lost, "called twice without a call that got lost"
    soak.report("Calls, kills", messages=count, kills=len(kills), lost=0, repeated=twice)
