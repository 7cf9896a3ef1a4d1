"""Two telephone exchanges, seen by a caller's program: ARI, the manager interface, the book."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from contextlib import contextmanager

import pytest
import websocket
from PIL import Image, ImageDraw

from tests.support.asterisk import FAX, HOSPITAL, SECRET, Telephones, speak
from tests.support.rig import eventually


class Ari:
    """As much of ARI as these tests need."""

    def __init__(self, asterisk):
        self.url = asterisk.ari_url
        address = self.url.replace("http", "ws", 1)
        query = f"app=hcrm&api_key=hcrm:{SECRET}"
        self.socket = websocket.create_connection(f"{address}/events?{query}", timeout=30)

    def ask(self, method, path, **query):
        """An order."""
        url = f"{self.url}/{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, method=method)
        login = b64encode(f"hcrm:{SECRET}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or b"null")

    def wait(self, kind, seconds=30, **wanted):
        """The next event of a kind."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            event = json.loads(self.socket.recv())
            if event["type"] == kind and all(event.get(k) == v for k, v in wanted.items()):
                return event
        raise AssertionError(f"no {kind} within {seconds} s")

    def call(self, number, ref, **more):
        """Call somebody; whoever answers is ours."""
        endpoint = f"PJSIP/{number}@trunk"
        return self.ask(
            "POST",
            "channels",
            endpoint=endpoint,
            app="hcrm",
            channelId=ref,
            callerId=HOSPITAL,
            **more,
        )


@contextmanager
def listening(asterisk):
    """HCRM's side of ARI."""
    ari = Ari(asterisk)
    try:
        yield ari
    finally:
        ari.socket.close()


@pytest.fixture
def ari(telephones):
    """ARI of the hospital."""
    with listening(telephones.hospital) as listener:
        yield listener


def pages(path, count):
    """A TIFF for fax machines."""
    made = []
    for number in range(1, count + 1):
        page = Image.new("1", (1728, 2292), 1)
        draw = ImageDraw.Draw(page)
        for row in range(100, 2200, 150):
            draw.rectangle((150, row, 150 + 90 * number, row + 60), fill=0)
        made.append(page)
    made[0].save(path, save_all=True, append_images=made[1:], compression="group4", dpi=(204, 196))
    return path


def page_count(path):
    """Pages of a TIFF."""
    with Image.open(path) as image:
        return image.n_frames


def test_templates_are_filled(telephones):
    """Nothing is left open in a configuration, and everything that it names loads."""
    for side in (telephones.hospital, telephones.public):
        for path in side.folder.glob("*.conf"):
            assert not re.search(r"@[a-z_0-9]+@", path.read_text()), path
        loaded = side.command("module show")
        for name in re.findall(r"(?m)^load = (\S+)", (side.folder / "modules.conf").read_text()):
            assert re.search(rf"(?m)^{name} .* Running ", loaded), name


def test_spoken_and_keyed(telephones, ari):
    """Who is called hears words and presses a key; both ends know."""
    sound = telephones.hospital.folder / "sounds/notice"
    speak("您好，这里是仁爱医院，确认请按一", sound.with_suffix(".wav"))
    ari.call("13800138001", "call-1")
    ari.wait("StasisStart")
    ari.ask("POST", "channels/call-1/play", media=f"sound:{sound}")
    assert ari.wait("ChannelDtmfReceived")["digit"] == "1"
    ari.wait("PlaybackFinished")
    ari.ask("DELETE", "channels/call-1")
    assert ari.wait("ChannelDestroyed")["cause"] == 16
    (call,) = eventually(lambda: [c for c in telephones.public.calls("13800138001") if c.ended])
    assert call.answered and call.caller == HOSPITAL
    assert call.loudness > 0.01


@pytest.mark.parametrize(("number", "cause"), [("13800138009", 17), ("13800138404", 1)])
def test_not_answered(telephones, ari, number, cause):
    """Busy, and no such number."""
    ari.call(number, f"no-{number}")
    assert ari.wait("ChannelDestroyed")["cause"] == cause
    (call,) = telephones.public.calls(number)
    assert not call.answered


def test_silence(telephones, ari):
    """It rings until we give up."""
    ari.call("13800138008", "silent", timeout=3)
    ari.wait("ChannelDestroyed")
    (call,) = eventually(lambda: [c for c in telephones.public.calls("13800138008") if c.ended])
    assert not call.answered


def test_hangs_up_in_the_middle(telephones, ari):
    """The far end goes; we are told."""
    ari.call("13800138007", "short")
    ari.wait("StasisStart")
    assert ari.wait("ChannelDestroyed")["cause"] == 16
    assert [call.answered for call in telephones.public.calls("13800138007")] == [True]


@pytest.mark.parametrize(("number", "who"), [("13800138006", "MACHINE"), ("13800138005", "HUMAN")])
def test_person_or_machine(telephones, ari, number, who):
    """The dial plan listens before it hands over."""
    telephones.public.behave(number, "machine" if who == "MACHINE" else "quiet")
    ari.ask(
        "POST",
        "channels",
        endpoint=f"PJSIP/{number}@trunk",
        context="hcrm-called",
        extension="s",
        priority=1,
        channelId=f"amd-{number}",
    )
    assert ari.wait("StasisStart")["args"][:2] == ["called", who]


def test_own_name_of_a_call(telephones, ari):
    """A call of the same name is not made again while it lives."""
    telephones.public.behave("13800138005", "quiet")
    ari.call("13800138005", "once")
    ari.wait("StasisStart")
    with pytest.raises(urllib.error.HTTPError):
        ari.call("13800138005", "once")
    ari.ask("DELETE", "channels/once")
    assert len(telephones.public.calls("13800138005")) == 1


def test_two_calls_at_once(telephones, ari):
    """Each with its own keys."""
    telephones.public.behave("13800138003", "keys", keys="3w4", pause=1)
    for number in ("13800138002", "13800138003"):
        ari.call(number, f"two-{number}")
    heard = {}
    for _ in range(3):
        event = ari.wait("ChannelDtmfReceived")
        heard[event["channel"]["id"]] = heard.get(event["channel"]["id"], "") + event["digit"]
    assert heard == {"two-13800138002": "2", "two-13800138003": "34"}


def test_somebody_calls(telephones, ari):
    """Number called, caller and keys arrive."""
    telephones.public.call(keys="2", caller="13911112222")
    event = ari.wait("StasisStart")
    assert event["args"] == ["in", HOSPITAL]
    assert event["channel"]["caller"]["number"] == "13911112222"
    ari.ask("POST", f"channels/{event['channel']['id']}/answer")
    assert ari.wait("ChannelDtmfReceived")["digit"] == "2"


def test_nobody_there(telephones):
    """Without HCRM a caller hears that it is busy, not silence."""
    telephones.public.call()
    eventually(lambda: [call for call in telephones.public.calls() if call.ended])
    assert not telephones.public.calls()[0].answered


def test_desk(telephones, ari):
    """A desk's telephone answers and speaks."""
    ari.ask("POST", "channels", endpoint="PJSIP/desk1", app="hcrm", channelId="desk")
    ari.wait("StasisStart")
    assert telephones.public.calls("desk1")[0].answered


def fax(telephones, number, ref, count=2, **variables):
    """Send one as the product does."""
    pages(telephones.hospital.folder / "fax/out/out.tif", count)
    told = {
        "__HCRM_FAX": ref,
        "__HCRM_FILE": "out.tif",
        "__HCRM_STATION": HOSPITAL,
        "__HCRM_HEADER": "Renai",
        **variables,
    }
    with telephones.hospital.manager() as manager:
        manager.originate(f"Local/{number}@hcrm-fax-call/n", "s", "hcrm-fax-out", HOSPITAL, told)

    def result():
        told = telephones.hospital.command(f"database get hcrm-fax {ref}")
        return "|" in told and told.strip().removeprefix("Value: ")

    return eventually(result, f"fax {ref}", 120)


def test_fax(telephones):
    """Two pages over T.38; both ends count them."""
    told = fax(telephones, "02155550777", "f1/1")
    assert told.split("|")[:2] == ["sent", "2"]
    assert "02155550777" in told.replace(" ", "")
    ((call, path),) = eventually(lambda: telephones.public.faxes("02155550777"))
    assert call.caller == HOSPITAL and page_count(path) == 2


def test_fax_is_not_taken(telephones):
    """Busy, and a person answers."""
    assert fax(telephones, "02155550009", "f2/1") == "unanswered|0|0||BUSY 17|"
    assert fax(telephones, "02155550007", "f3/1").split("|")[:2] == ["failed", "0"]
    assert not telephones.public.faxes()


def test_fax_arrives(telephones):
    """Somebody faxes to the hospital."""
    path = pages(telephones.public.folder / "letter.tif", 1)
    telephones.public.call(FAX, caller="02166667777", fax=path)
    folder = telephones.hospital.folder / "fax/in"
    (told,) = eventually(lambda: list(folder.glob("*.txt")), "a fax", 120)
    assert told.read_text().startswith("02166667777|1|")
    assert page_count(told.with_suffix(".tif")) == 1


def test_killed(telephones):
    """After kill -9 the book and Asterisk's own database are there, and calls work."""
    hospital = telephones.hospital
    with hospital.manager() as manager:
        manager.put("kept", "one", "1")
    time.sleep(1.5)
    hospital.kill()
    hospital.restart()
    assert "Value: 1" in hospital.command("database get kept one")
    with listening(hospital) as ari:
        ari.call("13800138004", "after")
        assert ari.wait("ChannelDtmfReceived")["digit"] == "4"


def test_fax_as_sound(tmp_path):
    """Without T.38, over G.711."""
    telephones = Telephones(tmp_path, t38=False)
    try:
        telephones.start()
        assert fax(telephones, "02155550777", "g711/1", 1).split("|")[:2] == ["sent", "1"]
        ((_call, path),) = eventually(telephones.public.faxes)
        assert page_count(path) == 1
    finally:
        telephones.stop()
