"""All calls of one Asterisk: hears events, keeps a runner for each call, finds what got lost."""

import asyncio
import logging

import aiohttp

from . import verbs
from .ari import Ari, AriError
from .parts import LEG
from .recordings import call_of
from .runner import Runner

_logger = logging.getLogger(__name__)

#: Seconds between two looks whether calls and channels still agree.
RECONCILE = 20.0
#: Seconds between two signs of life.
BEAT = 4.0
#: Seconds after which a call that no channel knows is lost: the outbox may be about to make it.
GRACE = 30.0
#: Seconds within which a click is dialled; later it would surprise.
CLICK = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
#: What opens a call nobody knew of.
_OPENING = ("StasisStart", "ChannelDestroyed")


class Engine:
    """Serves one line until it is stopped."""

    def __init__(self, line, desk, speech):
        self.line, self.desk, self.speech = line, desk, speech
        self.ari = None
        self.runners = {}  # channel → (runner, task)
        self.strange = set()  # recordings of calls this database does not know

    async def run(self):
        """Stay connected; calls go on in Asterisk while we are not."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with Ari(
                    self.line.url, self.line.user, self.line.secret, self.line.app
                ) as self.ari:
                    await self._serve()
                    pause = FIRST_PAUSE
            except (aiohttp.ClientError, AriError, OSError, asyncio.TimeoutError) as error:
                _logger.warning("Gateway %s: Asterisk is away: %s", self.line.gateway_id, error)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                _logger.exception("Gateway %s: stopped, begins again", self.line.gateway_id)
                pause = min(pause * 2, LONGEST_PAUSE)
            finally:
                await self._forget_all()
            await asyncio.sleep(pause)

    async def _serve(self):
        """Hear events and look after calls, until one of both ends."""
        connected = asyncio.Event()
        tasks = [
            asyncio.create_task(self._hear(connected)),
            asyncio.create_task(self._look_after(connected)),
        ]
        try:
            done, _rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self, connected):
        async for event in self.ari.events():
            if event["type"] == "Connected":
                _logger.info("Gateway %s: hears Asterisk", self.line.gateway_id)
                connected.set()
            else:
                self.route(event)
        raise AriError(0, "the stream of events ended")

    async def _forget_all(self):
        """What was under way is in the database: whoever connects next goes on with it."""
        tasks = [task for _runner, task in self.runners.values()]
        self.runners.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # EVENTS

    def route(self, event):
        """Give an event to its call, in its order; nothing waits here."""
        channel_id = _channel_of(event)
        if not channel_id:
            return
        _leg, is_leg, ref = channel_id.rpartition(LEG)
        known = self.runners.get(ref)
        if known:
            known[0].events.put_nowait(event)
        elif event["type"] in _OPENING and not is_leg:
            self.start(ref, event)

    def start(self, ref, how):
        """Begin, or go on with, one call; once for each channel."""
        if ref in self.runners:
            return
        runner = Runner(self, ref)
        task = asyncio.create_task(self._run(runner, how))
        self.runners[ref] = runner, task

    async def _run(self, runner, how):
        try:
            await runner.run(how)
        except asyncio.CancelledError:
            raise
        except Exception:
            _logger.exception("Call %s stopped", runner.call and runner.call.call_id)
        finally:
            if self.runners.get(runner.ref, (None,))[0] is runner:
                del self.runners[runner.ref]

    def notice(self, channel_ref, what):
        """The database says that something is wanted of a call: a person, or to be dialled."""
        if what == "dial":
            self.start(channel_ref, "dial")
        elif channel_ref in self.runners:
            self.runners[channel_ref][0].events.put_nowait({"type": what})

    # RECONCILING

    async def _look_after(self, connected):
        """Signs of life, and whether calls and channels agree."""
        await connected.wait()
        loop = asyncio.get_running_loop()
        due = 0.0
        while True:
            if loop.time() >= due:
                await self.reconcile()
                due = loop.time() + RECONCILE
            await self.desk.beat(self.line)
            await asyncio.sleep(BEAT)

    async def reconcile(self):
        """Go on with calls nobody leads; end those whose channel is no more."""
        app = await self.ari.get(f"/applications/{self.line.app}") or {}
        calls = await self.desk.open_calls(self.line)
        channels = {channel["id"] for channel in await self.ari.get("/channels") or ()}
        for call in calls:
            if call.channel_ref in self.runners:
                continue
            if call.channel_ref in channels:
                await self._take_over(call, app)
            elif call.program == "click" and call.is_fresh and call.age < CLICK:
                self.start(call.channel_ref, "dial")
            elif call.age > GRACE or not call.is_fresh:
                await self._lose(call)
        await self._adopt(app, {call.channel_ref for call in calls})
        await self._sweep_recordings({call.call_id for call in calls})

    async def _take_over(self, call, app):
        """A channel that still rings tells by itself when it is picked up."""
        channel = await self.ari.get(f"/channels/{call.channel_ref}")
        if channel and channel["state"] == "Up" and call.channel_ref not in self.runners:
            app_name = (channel.get("dialplan") or {}).get("app_name") or "Stasis"
            if app_name == "Stasis":  # else the dialplan listens for a machine, and gives it back
                self.start(call.channel_ref, "resume")
        elif channel and call.channel_ref not in app.get("channel_ids", ()):
            await self.ari.ask(
                "POST",
                f"/applications/{self.line.app}/subscription",
                eventSource=f"channel:{call.channel_ref}",
            )

    async def _lose(self, call):
        """Its channel is gone and nobody said how it ended."""
        event = verbs.Ended(0, is_lost=True)
        number = await self.desk.store(call.call_id, verbs.kind_of(event), verbs.event_data(event))
        await self.desk.next(call.call_id, event, number)

    async def _adopt(self, app, known):
        """Whoever called while nobody listened is greeted now; who was given up is let go."""
        for channel_id in app.get("channel_ids", ()):
            if LEG in channel_id or channel_id in known or channel_id in self.runners:
                continue
            channel = await self.ari.get(f"/channels/{channel_id}")
            call = channel and await self.desk.find(self.line, channel_id)
            if channel and (not call or call.state == "ended"):
                self.start(channel_id, {"type": "StasisStart", "channel": channel})

    # RECORDINGS

    async def keep_recording(self, name):
        """Fetch one recording into the database, then delete it in Asterisk.

        One that cannot be kept stays there for the next sweep: calls go on without.
        """
        try:
            sound = await self.ari.file(f"/recordings/stored/{name}/file")
            if not sound:
                return
            if await self.desk.keep_recording(call_of(name), name, sound):
                await self.ari.drop(f"/recordings/stored/{name}")
            else:
                self.strange.add(name)
                _logger.warning("Recording %s is of no call that is known: left alone", name)
        except Exception as error:
            if isinstance(error, AriError) and error.status == 0:
                raise
            _logger.exception("Recording %s cannot be kept now", name)

    async def _sweep_recordings(self, open_ids):
        """Fetch what a process that died left in Asterisk, once the call is over."""
        for stored in await self._find_stored():
            call_id = call_of(stored["name"])
            if call_id and call_id not in open_ids and stored["name"] not in self.strange:
                await self.keep_recording(stored["name"])
                await self.desk.beat(self.line)  # a long one takes a while

    async def _find_stored(self):
        """Asterisk has no folder before the first recording, and says 500."""
        try:
            return await self.ari.get("/recordings/stored") or ()
        except AriError as error:
            if error.status != 500:
                raise
            return ()


def _channel_of(event):
    """Return the channel an event is about.

    >>> _channel_of({"type": "PlaybackFinished", "playback": {"target_uri": "channel:a-1"}})
    'a-1'
    >>> _channel_of({"type": "RecordingFinished", "recording": {"target_uri": "bridge:bridge~a-1"}})
    'bridge~a-1'
    """
    if channel := event.get("channel"):
        return channel.get("id")
    for name in ("playback", "recording"):
        if thing := event.get(name):
            return (thing.get("target_uri") or "").partition(":")[2]
    return None
