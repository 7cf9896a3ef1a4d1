"""One call under way: carries verbs out, and tells the program what came of them."""

import asyncio
import logging
import uuid

from . import verbs
from .ari import AriError
from .parts import GOODBYE, LEG, Gone
from .persons import Persons
from .recordings import Recordings
from .speech import SpeechError

_logger = logging.getLogger(__name__)

#: Seconds in which Asterisk tells the cause after a channel has left us; of callers it never does.
LAST_WORDS = 0.5
#: A sound that never ends must not hold a call for ever.
LONGEST_SOUND = 600.0


class Runner(Persons, Recordings):
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
            if await self._wait(self._has_left, timeout=seconds):
                await self._wait(lambda event: False, timeout=LAST_WORDS)
        except Gone as gone:
            return gone.cause
        return 16

    def _has_left(self, event):
        return event["type"] == "StasisEnd" and event["channel"]["id"] == self.ref

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
            if self._has_left(event):
                end = min(end, loop.time() + LAST_WORDS)
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
        elif not event or event["playback"].get("state") == "failed":
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
