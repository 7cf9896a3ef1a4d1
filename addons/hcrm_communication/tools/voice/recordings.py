"""What is recorded of a call, and how recordings are named."""

import uuid

from . import verbs

#: Recordings bear the number of the call: whoever finds one knows where it belongs.
RECORDING = "hcrm-"


def call_of(recording):
    """Return the number of the call that a recording is named after; None for another's file.

    >>> call_of("hcrm-12-0f3a"), call_of("hcrm-x-0f3a"), call_of("other")
    (12, None, None)
    """
    number = recording.removeprefix(RECORDING).partition("-")[0]
    is_ours = recording.startswith(RECORDING) and number.isascii() and number.isdecimal()
    return int(number) if is_ours else None


class Recordings:
    """The part of a runner that records."""

    async def _do_record(self, verb):
        name = await self._begin_recording(
            f"/channels/{self.ref}/record",
            maxDurationSeconds=verb.max_seconds,
            maxSilenceSeconds=max(1, round(verb.silence)),
            beep=verb.beep,
            terminateOn="any",
        )
        self.typed = ""

        def wanted(event):
            return (
                event["type"] in ("RecordingFinished", "RecordingFailed")
                and event["recording"]["name"] == name
            )

        done = await self._wait(wanted, verb.max_seconds + 30)
        self.typed = ""
        seconds = ((done or {}).get("recording") or {}).get("duration") or 0
        await self._keep_recordings()
        return verbs.Recorded(name, seconds)

    async def _begin_recording(self, path, **values):
        name = f"{RECORDING}{self.call.call_id}-{uuid.uuid4().hex[:8]}"
        self.recordings[name] = None
        await self.ari.ask("POST", path, name=name, format="wav", ifExists="overwrite", **values)
        return name

    async def _keep_recordings(self):
        """Fetch what was recorded; what cannot be had now is fetched by the sweep."""
        for name in list(self.recordings):
            await self.engine.keep_recording(name)
            del self.recordings[name]
