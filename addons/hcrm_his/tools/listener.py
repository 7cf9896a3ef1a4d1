"""The MLLP server: many connections, one writer, an answer only after the commit.

``read → queue (bounded) → one transaction for all that waits → answers``. When the queue is full
nobody's socket is read, so that TCP slows the senders down.
"""

import asyncio
import logging
import signal
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import mllp
from .ack import read_address
from .large_slots import LargeSlots, Slot, TooSlow

_logger = logging.getLogger(__name__)

CHUNK = 64 * 1024
QUEUE_MESSAGES = 2_000
QUEUE_BYTES = 64 * 1024 * 1024
BATCH_MESSAGES = 500
BATCH_BYTES = 16 * 1024 * 1024
LARGE = 1024 * 1024  # a half-received message above this needs one of the slots
LARGE_SLOTS = (8, 4, 2)  # in all, of one peer, of one sender there
LARGE_SECONDS = 10  # after which the holder of a slot must have sent at its rate
GOODBYE_SECONDS = 15
REPORT_SECONDS = 60


@dataclass(frozen=True)
class Options:
    """How to listen; see ``odoo hcrm_mllp --help``."""

    interface: str = "127.0.0.1"
    port: int = 2575
    max_connections: int = 200
    max_bytes: int = mllp.LIMIT
    idle_seconds: float = 3600.0
    frame_seconds: float = 60.0
    large_rate: int = 32 * 1024  # bytes per second
    tls_cert: str = ""
    tls_key: str = ""
    tls_ca: str = ""

    def tls(self):
        """Return the TLS context, None for plain TCP; with a CA, senders need a certificate."""
        if not self.tls_cert:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.tls_cert, self.tls_key or None)
        if self.tls_ca:
            context.load_verify_locations(self.tls_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class Link:
    """One sender's connection and the answers it waits for."""

    def __init__(self, writer):
        peer = writer.get_extra_info("peername") or ("?",)
        self.peer = str(peer[0])
        self._writer = writer
        self._owed = 0
        self._settled = asyncio.Event()
        self._settled.set()

    def expect(self):
        """Count a message that is on its way to the database."""
        self._owed += 1
        self._settled.clear()

    def answer(self, data):
        """Send an answer, if somebody is still there to read it."""
        self._owed -= 1
        if data and not self._writer.is_closing():
            self._writer.write(data)
        if not self._owed:
            self._settled.set()

    async def close(self):
        """Close after the last answer."""
        try:
            await self._settled.wait()
            self._writer.close()
            await asyncio.wait_for(self._writer.wait_closed(), 5)
        except (OSError, asyncio.TimeoutError, ssl.SSLError):
            self._writer.transport.abort()


class Listener:
    """Serves until told to stop.

    :param writer: object with ``write([(frame, peer)]) → entries`` and ``tick()``, both blocking
    """

    def __init__(self, options, writer):
        self._options = options
        self._writer = writer
        self._queue = asyncio.Queue(QUEUE_MESSAGES)
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._large = LargeSlots(LARGE_SLOTS, options.large_rate, LARGE_SECONDS)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="hcrm-mllp")
        self._serving = set()
        self._counts = dict.fromkeys(("received", "accepted", "refused"), 0)
        self.stopping = asyncio.Event()

    async def run(self):
        """Listen, serve, and leave no message unanswered when stopped."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        options = self._options
        server = await asyncio.start_server(
            self._serve, options.interface, options.port, ssl=options.tls(), limit=CHUNK
        )
        _logger.info("listening for HL7 on %s:%s", options.interface, options.port)
        consumer = asyncio.create_task(self._consume())
        ticker = asyncio.create_task(self._tick())
        await self.stopping.wait()
        server.close()
        await self._say_goodbye()
        for task in (consumer, ticker):
            task.cancel()
        await asyncio.gather(consumer, ticker, return_exceptions=True)
        self._pool.shutdown()

    async def _say_goodbye(self):
        """Answer what was received, then hang up."""
        for task in self._serving:
            task.cancel()
        try:
            await asyncio.wait_for(self._settle(), GOODBYE_SECONDS)
        except asyncio.TimeoutError:
            _logger.warning("%s messages stay unanswered", self._queue.qsize())

    async def _settle(self):
        await self._queue.join()
        while self._serving:
            await asyncio.wait(set(self._serving))

    # ONE CONNECTION

    async def _serve(self, reader, writer):
        if len(self._serving) >= self._options.max_connections or self.stopping.is_set():
            _logger.warning("too many connections")
            writer.close()
            return
        task = asyncio.current_task()
        self._serving.add(task)
        link = Link(writer)
        try:
            await self._talk(reader, writer, link)
        except asyncio.CancelledError:
            _logger.debug("hanging up")
        except (OSError, asyncio.TimeoutError, ssl.SSLError) as error:
            _logger.info("%s: %s", link.peer, type(error).__name__)
        finally:
            self._serving.discard(task)
            closing = asyncio.create_task(link.close())
            self._serving.add(closing)
            closing.add_done_callback(self._serving.discard)

    async def _talk(self, reader, writer, link):
        frames = mllp.FrameReader(self._options.max_bytes)
        slot, problem = Slot(self._large, link.peer), mllp.CUT
        try:
            while data := await self._read(reader, frames, slot):
                for frame in frames.feed(data):
                    await self._submit(frame, link)
                await self._take_slot(frames, slot)
                await slot.of_peer(writer.drain)
        except TooSlow:
            problem = mllp.SLOW
            _logger.warning("%s: cut off in a large message that did not go on", link.peer)
        finally:
            await slot.give_back()
            for frame in frames.close(problem):
                self._queue_up(frame, link)

    async def _read(self, reader, frames, slot):
        options = self._options
        seconds = options.frame_seconds if frames.is_inside else options.idle_seconds
        await self._room.wait()
        data = await slot.of_peer(lambda: reader.read(CHUNK), seconds)
        slot.count(len(data))
        return data

    async def _take_slot(self, frames, slot):
        """Few may send something large at a time, so that memory stays bounded."""
        is_large = frames.pending > LARGE
        if is_large and not slot.is_held:
            await slot.take(read_address(frames.head.decode("latin-1")).sender_code)
        elif slot.is_held and not is_large:
            await slot.give_back()

    async def _submit(self, frame, link):
        link.expect()
        self._count_bytes(len(frame.body))
        try:
            await self._queue.put((frame, link))
        except asyncio.CancelledError:  # not answered, so the sender will send it again
            self._count_bytes(-len(frame.body))
            link.answer(b"")
            raise

    def _queue_up(self, frame, link):
        """Keep the rest of a broken connection, if there is room for it."""
        if not self._queue.full():
            link.expect()
            self._count_bytes(len(frame.body))
            self._queue.put_nowait((frame, link))

    def _count_bytes(self, change):
        self._bytes += change
        if self._bytes > QUEUE_BYTES:
            self._room.clear()
        else:
            self._room.set()

    # THE WRITER

    async def _consume(self):
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._next_batch()
            frames = [(frame, link.peer) for frame, link in batch]
            try:
                entries = await loop.run_in_executor(self._pool, self._writer.write, frames)
                answers = [entry.answer() for entry in entries]
            except Exception:
                # nothing is acknowledged that is not known to be stored: the senders send again
                _logger.exception("cannot store")
                entries, answers = [], [b""] * len(batch)
            for (frame, link), answer in zip(batch, answers, strict=True):
                self._count_bytes(-len(frame.body))
                link.answer(answer)
                self._queue.task_done()
            self._count(batch, entries)

    async def _next_batch(self):
        """Return what waits: one transaction serves all."""
        batch = [await self._queue.get()]
        size = len(batch[0][0].body)
        while len(batch) < BATCH_MESSAGES and size < BATCH_BYTES and not self._queue.empty():
            batch.append(self._queue.get_nowait())
            size += len(batch[-1][0].body)
        return batch

    def _count(self, batch, entries):
        accepted = sum(entry.is_accepted for entry in entries)
        self._counts["received"] += len(batch)
        self._counts["accepted"] += accepted
        self._counts["refused"] += len(batch) - accepted

    async def _tick(self):
        loop = asyncio.get_running_loop()
        rounds = 0
        while True:
            await asyncio.sleep(1)
            await loop.run_in_executor(self._pool, self._writer.tick)
            rounds += 1
            if rounds % REPORT_SECONDS == 0 and self._counts["received"]:
                _logger.info(
                    "%(received)s received: %(accepted)s accepted, %(refused)s not", self._counts
                )
                self._counts = dict.fromkeys(self._counts, 0)
