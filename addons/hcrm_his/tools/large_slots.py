"""Few large messages at a time, shared fairly: memory is bounded, and nobody waits for the stuck.

A connection in the middle of something large holds one of a few slots. A peer and a sender have a
share of them, and who holds one must make progress.
"""

import asyncio
import contextlib
import time


class TooSlow(Exception):
    """The holder of a slot made no progress while others may be waiting for it."""


class LargeSlots:
    """The slots of a listener.

    :param limits: how many there are; of these, how many one peer may hold; of these, how many
        connections that name the same sender
    :param rate: bytes per second that a holder must send, judged every ``seconds``
    """

    def __init__(self, limits, rate, seconds):
        self.rate = rate
        self.seconds = seconds
        self._limits = limits
        self._shares = {}  # () or (peer,) or (peer, sender) → [semaphore, who holds or wants it]

    @contextlib.asynccontextmanager
    async def share(self, key):
        """Hold a place in a share; addresses and names that are gone are forgotten."""
        share = self._shares.setdefault(key, [asyncio.Semaphore(self._limits[len(key)]), 0])
        share[1] += 1
        try:
            async with share[0]:
                yield
        finally:
            share[1] -= 1
            if not share[1]:
                del self._shares[key]


class Slot:
    """What one connection holds: nothing, or a slot and the clock of its progress."""

    def __init__(self, slots, peer):
        self._slots = slots
        self._peer = peer
        self._held = contextlib.AsyncExitStack()
        self.is_held = False
        self._spent = 0.0
        self._size = 0

    async def take(self, sender):
        """Wait for a slot: in the sender's share first, so that it keeps no other from waiting."""
        for key in ((self._peer, sender), (self._peer,), ()):
            await self._held.enter_async_context(self._slots.share(key))
        self.is_held, self._spent, self._size = True, 0.0, 0

    async def give_back(self):
        """Free what is held."""
        self.is_held = False
        await self._held.aclose()

    async def of_peer(self, wait, patience=None):
        """Return what ``wait()`` does once the peer has done its part: sent, or read answers.

        A holder's time counts: TooSlow when too little came in it. Without a slot the peer has
        ``patience`` seconds, then asyncio's TimeoutError.
        """
        if not self.is_held:
            return await asyncio.wait_for(wait(), patience)
        while True:
            started = time.monotonic()
            try:
                with contextlib.suppress(asyncio.TimeoutError):
                    return await asyncio.wait_for(wait(), self._slots.seconds - self._spent)
            finally:
                self._spent += time.monotonic() - started
            self._judge()

    def count(self, size):
        """Count bytes that came."""
        self._size += size

    def _judge(self):
        if self._size < self._slots.rate * self._slots.seconds:
            raise TooSlow
        self._spent, self._size = 0.0, 0
