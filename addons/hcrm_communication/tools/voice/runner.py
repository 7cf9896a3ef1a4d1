"""One call under way: carries verbs out, and tells the program what came of them."""

import asyncio
import logging
import uuid

from . import verbs
from .ari import AriError
from .causes import read_cause
from .dialling import endpoint
from .recordings import Recordings
from .speech import SpeechError

_logger = logging.getLogger(__name__)

#: Legs and bridges of a call are named after its channel, with its name last: Asterisk refuses a
#: channel whose name another one begins with.
LEG = "~"
#: Seconds between two looks whether somebody took a waiting call; a notice is quicker.
LOOK = 2.0
#: Seconds in which a channel that hangs up is gone.
GOODBYE = 5.0
#: A sound that never ends must not hold a call for ever.
LONGEST_SOUND = 600.0


class Gone(Exception):
    """The caller's channel is no more."""

    def __init__(self, cause=0):
        super().__init__(cause)
        self.cause = cause


class Runner(Recordings):
    """The engine gives it the ARI events of its channels in their order."""

    def __init__(self, engine, channel_ref):
        self.engine, self.ref = engine, channel_ref
        self.ari, self.desk, self.line = engine.ari, engine.desk, engine.line
        self.events = asyncio.Queue()
        self.call = None
        self.typed = ""
        self.recordings = {}  # name → None while it is made
        self.legs = 0

    # LIFE

    async def run(self, start):
        """Live through the call. ``start``: an event of ARI, ``resume`` or ``dial``."""
        self.call = await self.desk.find(self.line, self.ref)
        if self.call is None:
            if not isinstance(start, dict) or start["type"] != "StasisStart":
                return
            if (start.get("args") or [""])[0] == "desk":  # a keypad: clicks dial
                await self.ari.drop(f"/channels/{self.ref}")
                return
            await self._arrive(start)
        if self.call.state == "ended":
            if isinstance(start, dict) and start["type"] == "StasisStart":
                # given up for lost, and picked up after all: nobody would speak
                await self.ari.drop(f"/channels/{self.ref}")
            return
        try:
            await self._live(start)
        except Gone as gone:
            await self._end(gone.cause)
        except AriError as error:
            if error.status == 0:
                raise
            _logger.warning("Call %s: Asterisk refused: %s", self.call.call_id, error)
            await self._hang_up()

    async def _arrive(self, start):
        channel, args = start["channel"], start.get("args") or [""]
        called = args[1] if len(args) > 1 else channel["dialplan"]["exten"]
        number = (channel.get("caller") or {}).get("number") or ""
        self.call = await self.desk.arrive(self.line, self.ref, number, called)

    async def _live(self, start):
        if start == "dial":
            answer = await self._dial()
        elif start == "resume":
            answer = await self._resume()
        elif start["type"] == "ChannelDestroyed":
            raise Gone(start.get("cause") or 0)
        else:
            answer = await self._start(start)
        while True:
            answer = await self._tell(await self._carry_out(answer))

    async def _start(self, start):
        """The line is open: it was picked up, or somebody called."""
        args, context = start.get("args") or (), self.line.machine_context
        if "called" in args:  # another process sent it to the dialplan
            return await self._tell(_who_answered(args))
        is_outgoing = "out" in args
        if context and is_outgoing:
            await self.ari.ask(
                "POST", f"/channels/{self.ref}/continue", context=context, extension="s", priority=1
            )
            back = await self._wait(lambda event: event["type"] == "StasisStart", timeout=15)
            return await self._tell(_who_answered((back or {}).get("args") or ()))
        if not is_outgoing:
            await self.ari.ask("POST", f"/channels/{self.ref}/answer")
        return await self._tell(verbs.Started())

    async def _resume(self):
        """Go on where another process stopped: first what was stored and never asked about."""
        answer, waiting = await self.desk.pending(self.call.call_id)
        for number, event in waiting:
            answer = await self.desk.next(self.call.call_id, event, number)
        if self.call.state == "talking":
            channels = await self.ari.get("/channels") or ()
            legs = [one["id"] for one in channels if one["id"].endswith(LEG + self.ref)]
            await self._talk(legs[0] if legs else "")
        if answer or not self.call.is_fresh:
            return answer
        channel = await self.ari.get(f"/channels/{self.ref}") or {}
        data = (channel.get("dialplan") or {}).get("app_data") or ""
        return await self._start({"args": data.split(",")[1:]})

    async def _tell(self, event):
        """Store an event, then ask what follows."""
        kind, data = verbs.kind_of(event), verbs.event_data(event)
        number = await self.desk.store(self.call.call_id, kind, data)
        return await self.desk.next(self.call.call_id, event, number)

    async def _end(self, cause):
        """The channel is gone: keep what was being recorded, then tell."""
        await self._keep_recordings()
        await self._drop_legs()
        await self._tell(verbs.Ended(cause))

    async def _hang_up(self):
        await self.ari.drop(f"/channels/{self.ref}")
        gone = await self._wait_gone(GOODBYE)
        await self._end(gone)

    async def _wait_gone(self, seconds):
        try:
            await self._wait(lambda event: False, timeout=seconds)
        except Gone as gone:
            return gone.cause
        return 16

    # WAITING

    async def _wait(self, wanted, timeout=None):
        """Return the next event that is wanted; None when it did not come in time.

        Keys are stored as they come, whoever waits for what.
        """
        loop = asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        while True:
            left = None if end is None else max(0.0, end - loop.time())
            try:
                event = await asyncio.wait_for(self.events.get(), left)
            except (TimeoutError, asyncio.TimeoutError):
                return None
            await self._note(event)
            if wanted(event):
                return event

    async def _note(self, event):
        """What is noted of any event: keys, and the end."""
        kind, channel = event["type"], (event.get("channel") or {}).get("id")
        if kind == "hangup":
            await self._drop_legs()
            await self.ari.drop(f"/channels/{self.ref}")
        if channel != self.ref:
            return
        if kind == "ChannelDtmfReceived":
            self.typed += event["digit"]
            await self.desk.store(self.call.call_id, "key", {"key": event["digit"]})
        elif kind == "ChannelDestroyed":
            raise Gone(event.get("cause") or 0)
        elif kind == "ChannelHangupRequest":
            # sounds "finish" now: nobody heard them
            raise Gone(await self._find_cause(event.get("cause") or 0))

    async def _find_cause(self, told):
        """Return the cause of the end that follows a request to hang up."""
        loop = asyncio.get_running_loop()
        end = loop.time() + GOODBYE
        while (left := end - loop.time()) > 0:
            try:
                event = await asyncio.wait_for(self.events.get(), left)
            except (TimeoutError, asyncio.TimeoutError):
                break
            if event["type"] == "ChannelDestroyed" and event["channel"]["id"] == self.ref:
                return event.get("cause") or told
            if event["type"] == "RecordingFinished":
                self.recordings[event["recording"]["name"]] = event["recording"]
        return told

    # VERBS

    async def _carry_out(self, answer):
        """Carry verbs out until one has something to tell."""
        for verb in answer:
            event = await getattr(self, f"_do_{type(verb).__name__.lower()}")(verb)
            if event is not None:
                return event
        return verbs.Finished()

    async def _do_say(self, verb):
        await self._sound(await self._make(verb))

    async def _do_play(self, verb):
        await self._sound(await self._make(verb))

    async def _do_hangup(self, _verb):
        await self.ari.drop(f"/channels/{self.ref}")
        raise Gone(await self._wait_gone(GOODBYE))

    async def _make(self, verb):
        if isinstance(verb, verbs.Play):
            return str(self.engine.speech.folder / verb.file)
        try:
            return await self.engine.speech.make(verb.text, verb.lang)
        except SpeechError:
            _logger.exception("Call %s cannot be spoken to", self.call.call_id)
        await self._do_hangup(verb)
        return None

    async def _sound(self, path, interrupt=False):
        """Play one sound to its end, or to the first key; True if a key ended it."""
        name = uuid.uuid4().hex
        await self.ari.ask("POST", f"/channels/{self.ref}/play/{name}", media=f"sound:{path}")
        typed = len(self.typed)

        def wanted(event):
            if interrupt and len(self.typed) > typed:
                return True
            return event["type"] == "PlaybackFinished" and event["playback"]["id"] == name

        event = await self._wait(wanted, LONGEST_SOUND)
        is_cut = interrupt and len(self.typed) > typed
        if is_cut:
            await self.ari.drop(f"/playbacks/{name}")
        elif event and event["playback"].get("state") == "failed":
            _logger.error("Call %s: Asterisk cannot play %s", self.call.call_id, path)
            await self._do_hangup(None)  # what nobody heard is not told as said
        return is_cut

    async def _do_gather(self, verb):
        """Keys pressed before count, too: who knows the menu need not hear it."""
        for part in verb.say:
            if verb.interrupt and self.typed:
                break
            path = await self._make(part)
            if await self._sound(path, verb.interrupt):
                break
        if not verb.interrupt:
            self.typed = ""
        keys = await self._collect(verb)
        return verbs.Digits(keys) if keys else verbs.Silence()

    async def _collect(self, verb):
        """Take keys off what was typed: so many, or up to the one that finishes."""
        while True:
            keys, finish, rest = self.typed.partition(verb.finish or "\0")
            if len(keys) >= verb.digits:
                self.typed = (keys + finish + rest)[verb.digits :]
                return keys[: verb.digits]
            if finish:
                self.typed = rest
                return keys or finish
            count = len(self.typed)
            await self._wait(lambda _event, had=count: len(self.typed) > had, verb.timeout)
            if len(self.typed) == count:
                self.typed = ""
                return keys

    # PERSONS

    async def _do_connect(self, verb):
        user_id = verb.user_id
        if not user_id:
            await self.desk.queue(self.call.call_id)
            await self.ari.ask("POST", f"/channels/{self.ref}/moh", mohClass=verb.music)
            user_id = await self._wait_for_person(verb.timeout)
        if not user_id:
            return verbs.NotConnected("timeout")
        line = await self.desk.endpoint(self.call.call_id, user_id)
        if not line:
            return verbs.NotConnected("no_endpoint")
        leg = self._new_leg()
        if reason := await self._ring(line, self.call.number, leg):
            return verbs.NotConnected(reason)
        await self._bridge(leg)
        await self._tell(verbs.Connected(user_id))
        await self._talk(leg)
        return verbs.Finished()

    async def _wait_for_person(self, timeout):
        """Return who took the call, or 0 when nobody did."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while (left := end - loop.time()) > 0:
            if user_id := await self.desk.wanted(self.call.call_id):
                return user_id
            await self._wait(lambda event: event["type"] == "wanted", min(LOOK, left))
        return 0

    async def _ring(self, line, caller, leg, whose=None):
        """Ring a telephone as ``leg``; return "" when it was picked up, else why not.

        :param whose: the leg of who waits for it: without them it rings no longer
        """
        await self.ari.ask(
            "POST",
            "/channels",
            endpoint=line,
            app=self.line.app,
            appArgs="leg",
            channelId=leg,
            callerId=caller or self.line.sender,
            timeout=self.line.ring_seconds,
        )

        def wanted(event):
            channel = (event.get("channel") or {}).get("id")
            is_start = event["type"] == "StasisStart" and channel == leg
            return is_start or event["type"] == "ChannelDestroyed" and channel in (leg, whose)

        event = await self._wait(wanted, self.line.ring_seconds + 10)
        if event and event["type"] == "StasisStart":
            return ""
        await self.ari.drop(f"/channels/{leg}")
        return read_cause((event or {}).get("cause") or 0)

    def _new_leg(self):
        self.legs += 1
        return f"{self.legs}{LEG}{self.ref}"

    async def _bridge(self, leg):
        """Let both speak, and record it."""
        bridge = f"bridge{LEG}{self.ref}"
        await self.ari.ask("POST", f"/bridges/{bridge}", type="mixing")
        await self.ari.ask("POST", f"/bridges/{bridge}/addChannel", channel=[self.ref, leg])
        try:
            await self._begin_recording(f"/bridges/{bridge}/record")
        except AriError as error:  # two people speak: that is more than its recording
            if error.status == 0:
                raise
            self.recordings.clear()
            _logger.error("Call %s is not recorded: %s", self.call.call_id, error)

    async def _talk(self, leg):
        """Both speak until one hangs up."""

        def wanted(event):
            of_leg = (event.get("channel") or {}).get("id") == leg
            return of_leg and event["type"] in ("ChannelHangupRequest", "ChannelDestroyed")

        if leg and await self.ari.get(f"/channels/{leg}"):
            await self._wait(wanted)
        await self.ari.drop(f"/channels/{self.ref}")
        raise Gone(await self._wait_gone(GOODBYE))

    async def _dial(self):
        """Click-to-dial: the agent's telephone first, then the number."""
        line = await self.desk.endpoint(self.call.call_id, self.call.user_id)
        number = endpoint(self.line.endpoint, self.call.number, self.line.region)
        if not line or not number:
            await self._tell(verbs.NotConnected("no_endpoint"))
            raise Gone(28)
        leg = self._new_leg()
        if reason := await self._ring(line, self.call.number, leg):
            await self._tell(verbs.NotConnected(reason))
            raise Gone(0)
        await self.ari.ask("POST", f"/channels/{leg}/ring")
        if await self._ring(number, self.line.sender, self.ref, leg):
            raise Gone(await self._wait_gone(GOODBYE))  # the agent hung up first
        await self._tell(verbs.Started())
        await self._bridge(leg)
        await self._tell(verbs.Connected(self.call.user_id))
        await self._talk(leg)

    async def _drop_legs(self):
        """What belonged to the call goes with it."""
        for number in range(1, max(self.legs, 1) + 1):
            await self.ari.drop(f"/channels/{number}{LEG}{self.ref}")
        await self.ari.drop(f"/bridges/bridge{LEG}{self.ref}")


def _who_answered(args):
    """Return what the dialplan heard: a person, unless it is sure of a machine.

    >>> _who_answered(["called", "MACHINE"]).by
    'machine'
    """
    return verbs.Started("machine" if "MACHINE" in args else "person")
