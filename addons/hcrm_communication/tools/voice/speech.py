"""Texts as sound: an engine of the hospital's choice makes them, once each, at 8 kHz."""

import array
import asyncio
import hashlib
import math
import os
import re
import shlex
import tempfile
import time
import wave
from contextlib import suppress
from pathlib import Path

RATE = 8000
#: {voice}, {text} (a file with the text), {wav} (the file to make) are put in; no shell reads it.
COMMAND = "espeak-ng -v {voice} -s 150 -f {text} -w {wav}"
VOICES = {"zh_CN": "cmn", "zh_TW": "cmn", "zh_HK": "yue", "en_US": "en-us", "en_GB": "en-gb"}
#: Sounds tell what persons were told: they go when nobody needed them for so many days.
KEPT_DAYS = 7
_TAPS = 24  # on either side
_BRACKETS = re.compile(r"【([^】]*)】")
_LINK = re.compile(r"\s*https?://\S+")


class SpeechError(Exception):
    """No sound could be made."""


def speakable(text):
    """Return a text without what only eyes can read.

    >>> speakable("【仁爱医院】李明您好，详见 https://x.example/a 。")
    '仁爱医院，李明您好，详见 。'
    """
    return _BRACKETS.sub(r"\1，", _LINK.sub("", text or "")).strip()


class Speech:
    """The cache of spoken texts; files are named by what they say and who says it."""

    def __init__(self, folder, command=COMMAND, seconds=60):
        self.folder, self.command, self.seconds = Path(folder), command, seconds

    async def make(self, text, lang):
        """Return the path of the sound, without suffix; raises :class:`SpeechError`."""
        text = speakable(text)
        name = hashlib.sha256(f"{self.command}\0{lang}\0{text}".encode()).hexdigest()
        path = self.folder / f"{name}.wav"
        if path.exists():
            os.utime(path)
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            await self._say(text, lang, path)
        return str(path.with_suffix(""))

    async def _say(self, text, lang, path):
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            words, sound = Path(work) / "text", Path(work) / "sound.wav"
            words.write_text(text, encoding="utf-8")
            voice = VOICES.get(lang) or (lang or "en").partition("_")[0]
            parts = [
                part.format(voice=voice, text=words, wav=sound)
                for part in shlex.split(self.command)
            ]
            await self._run(parts)
            fresh = Path(work) / "fresh.wav"
            try:
                await asyncio.to_thread(to_telephone, sound, fresh)
            except (OSError, EOFError, wave.Error) as error:
                raise SpeechError(f"{parts[0]} made no wav file: {error}") from error
            fresh.chmod(0o644)  # the telephone system runs as somebody else
            fresh.rename(path)

    async def _run(self, parts):
        quiet = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *parts, stdin=quiet, stdout=quiet, stderr=quiet
            )
        except OSError as error:
            raise SpeechError(f"{parts[0]} cannot be started: {error.strerror}") from error
        try:
            code = await asyncio.wait_for(process.wait(), self.seconds)
        except (TimeoutError, asyncio.TimeoutError):
            process.kill()
            raise SpeechError(f"{parts[0]} took longer than {self.seconds} s") from None
        if code:
            raise SpeechError(f"{parts[0]} ended with {code}")

    def sweep(self):
        """Delete what nobody heard for days."""
        oldest = time.time() - KEPT_DAYS * 86400
        for path in self.folder.glob("*.wav"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def to_telephone(source, target):
    """Write ``source`` as mono, 16 bit, 8 kHz: low-passed, so that nothing whistles."""
    with wave.open(str(source)) as sound:
        rate, channels, width = sound.getframerate(), sound.getnchannels(), sound.getsampwidth()
        if width != 2:
            raise wave.Error("not 16 bit")
        samples = array.array("h", sound.readframes(sound.getnframes()))
    if channels > 1:
        samples = array.array("h", [sum(samples[i : i + channels]) // channels
                                    for i in range(0, len(samples), channels)])  # fmt: skip
    with wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(resample(samples, rate).tobytes())


def resample(samples, rate):
    """Return samples at 8 kHz.

    >>> tone = array.array("h", [round(9000 * math.sin(i * 2 * math.pi * 400 / 22050))
    ...     for i in range(22050)])
    >>> made = resample(tone, 22050)
    >>> len(made), 8500 < max(made) < 9500
    (8000, True)
    >>> hiss = array.array("h", [9000, -9000] * 8000)  # 8 kHz at 16 kHz: no telephone carries it
    >>> max(resample(hiss, 16000)[50:-50]) < 300
    True
    >>> resample(tone, 8000) is tone
    True
    """
    if rate == RATE:
        return samples
    common = math.gcd(rate, RATE)
    up, down = RATE // common, rate // common
    filters = [_filter(phase / up, min(1.0, RATE / rate)) for phase in range(up)]
    padded = [0] * _TAPS + list(samples) + [0] * (_TAPS + 1)
    made = array.array("h")
    for number in range(len(samples) * up // down):
        place, phase = divmod(number * down, up)
        window = padded[place : place + 2 * _TAPS]
        value = sum(map(float.__mul__, filters[phase], map(float, window)))
        made.append(max(-32768, min(32767, round(value))))
    return made


def _filter(offset, band):
    """Return the weights of the samples around a point ``offset`` after the middle one."""
    weights = []
    for tap in range(-_TAPS, _TAPS):
        at = tap - offset
        angle = math.pi * at * band
        low_pass = band if not angle else band * math.sin(angle) / angle
        weights.append(low_pass * (0.5 + 0.5 * math.cos(math.pi * at / (_TAPS + 1))))
    total = sum(weights)
    return [weight / total for weight in weights]
