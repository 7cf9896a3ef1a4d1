"""How a caller and somebody of the hospital come to speak."""

import asyncio
import logging

from . import verbs
from .ari import AriError
from .causes import read_cause
from .dialling import endpoint
from .parts import GOODBYE, LEG, Gone

_logger = logging.getLogger(__name__)

#: Seconds between two looks whether somebody took a waiting call; a notice is quicker.
LOOK = 2.0


class Persons:
    """The part of a runner that connects people."""

    async def _do_connect(self, verb):
        if verb.user_id:
            return await self._connect(verb.user_id)
        await self.desk.queue(self.call.call_id)
        await self.ari.ask("POST", f"/channels/{self.ref}/moh", mohClass=verb.music)
        end = asyncio.get_running_loop().time() + verb.timeout
        while user_id := await self._wait_for_person(end):
            if told := await self._connect(user_id, is_taken=True):
                return told
        return verbs.NotConnected("timeout")

    async def _connect(self, user_id, is_taken=False):
        """Ring somebody and let both speak; None if the caller was given back to the line."""
        line = await self.desk.endpoint(self.call.call_id, user_id)
        if not line:
            return verbs.NotConnected("no_endpoint")
        leg = self._new_leg()
        reason = await self._ring(line, self.call.number, leg, desk=user_id if is_taken else 0)
        if is_taken and await self.desk.wanted(self.call.call_id) != user_id:
            await self.ari.drop(f"/channels/{leg}")  # picked up a moment too late
            return None
        if reason:
            return verbs.NotConnected(reason)
        await self._bridge(leg)
        await self._tell(verbs.Connected(user_id))
        await self._talk(leg)
        return verbs.Finished()

    async def _wait_for_person(self, end):
        """Return who took the call, or 0 when nobody did up to ``end``, a time of the loop."""
        loop = asyncio.get_running_loop()
        while (left := end - loop.time()) > 0:
            if user_id := await self.desk.wanted(self.call.call_id):
                return user_id
            await self._wait(lambda event: event["type"] == "wanted", min(LOOK, left))
        return 0

    async def _ring(self, line, caller, leg, whose=None, desk=0):
        """Ring a telephone as ``leg``; return "" when it was picked up, else why not.

        :param whose: the leg of who waits for it: without them it rings no longer
        :param desk: the user who took the call: without that it rings no longer, either
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
            is_end = event["type"] == "ChannelDestroyed" and channel in (leg, whose)
            return is_start or is_end or desk and event["type"] == "wanted"

        event = await self._wait(wanted, self.line.ring_seconds + 10)
        while event and event["type"] == "wanted":
            if await self.desk.wanted(self.call.call_id) != desk:
                break
            event = await self._wait(wanted, self.line.ring_seconds)
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
