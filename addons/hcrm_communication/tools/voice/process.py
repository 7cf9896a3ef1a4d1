"""The process that speaks: takes lines nobody serves, and keeps what happens in the database.

Any number of processes may run, on any host: each line belongs to the one that holds its lock on
a connection of its own. When a process dies its lock goes with it, and another one takes over.
"""

import asyncio
import functools
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg2
import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.sql_db import connection_info_for

from .engine import Engine
from .speech import SpeechError

_logger = logging.getLogger(__name__)

#: First half of the advisory lock of a line; the second is the gateway's id.
LINE_LOCK = 0x48434F34
CHANNEL = "hcrm_voice"
#: Seconds between two looks at the gateways.
LOOK = 3.0
THREADS = 8
TRIES = 6
#: Two transactions met: the second one is tried again.
_MET = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    psycopg2.errors.UniqueViolation,
)


class OdooDesk:
    """The :class:`~.line.Desk` in Odoo's database: ``hcrm.voice.desk`` has a method for each."""

    def __init__(self, dbname):
        self.dbname = dbname
        self._threads = ThreadPoolExecutor(THREADS)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self._ask, name)

    async def _ask(self, name, *arguments):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._work, name, arguments)

    def _work(self, name, arguments):
        for number in range(TRIES):
            try:
                registry = Registry(self.dbname).check_signaling()
                with registry.cursor() as cr:
                    # who meets another waits instead of failing: rows are locked by hand
                    cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                    desk = api.Environment(cr, SUPERUSER_ID, {})["hcrm.voice.desk"]
                    return getattr(desk, f"_{name}")(*arguments)
            except _MET:
                if number == TRIES - 1:
                    raise
                time.sleep(random.uniform(0.05, 0.2) * (number + 1))  # noqa: S311 no secret
        return None


class Process:
    """Serves every line it can get."""

    def __init__(self, dbname, speech):
        self.dbname, self.speech = dbname, speech
        self.desk = OdooDesk(dbname)
        self.engines = {}  # gateway id → (line, engine, task)
        self.locks = self.notices = None  # connections
        self.can_speak = None

    async def run(self, stopping):
        """Serve until ``stopping`` is set; a database that is away is waited for."""
        while not stopping.is_set():
            try:
                await self._look()
            except psycopg2.Error as error:
                _logger.warning("The database is away: %s", type(error).__name__)
                await self._leave_all()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stopping.wait(), LOOK)
        await self._leave_all()

    async def _look(self):
        """Leave lines that changed or are closed, take those that nobody serves."""
        await self._keep_locks()
        wanted = {line.gateway_id: line for line in await self.desk.lines()}
        for gateway_id, (line, _engine, task) in list(self.engines.items()):
            if wanted.get(gateway_id) != line or task.done():
                await self._leave(gateway_id)
        for gateway_id, line in wanted.items():
            if gateway_id in self.engines or not await self._can_speak():
                continue
            if await self._lock(gateway_id):
                engine = Engine(line, self.desk, self.speech)
                task = asyncio.create_task(engine.run())
                self.engines[gateway_id] = line, engine, task
        self.speech.sweep()

    async def _can_speak(self):
        """Who cannot speak takes no line: nobody would be called to hear silence."""
        if self.can_speak is not True:
            try:
                await self.speech.make("1", "zh_CN")
                self.can_speak = True
            except (SpeechError, OSError) as error:
                if self.can_speak is None:
                    _logger.error("No text can be spoken, so no call is made or taken: %s", error)
                self.can_speak = False
        return self.can_speak

    # LOCKS AND NOTICES

    async def _keep_locks(self):
        """Have a connection whose end frees the lines, and one on which the database speaks.

        They are two: libpq cannot wait for notices while a thread asks something.
        """
        if self.locks is None:
            self.locks = await asyncio.to_thread(self._connect)
            self.notices = await asyncio.to_thread(self._connect, f"LISTEN {CHANNEL}")
            asyncio.get_running_loop().add_reader(self.notices.fileno(), self._hear)
        await asyncio.to_thread(self._execute, "SELECT 1")
        if self.notices.closed:
            raise psycopg2.OperationalError("notices")

    def _connect(self, query="SELECT 1"):
        _name, info = connection_info_for(self.dbname)
        connection = psycopg2.connect(**{**info, "application_name": "hcrm_voice"})
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(query)
        return connection

    def _execute(self, query, values=None):
        with self.locks.cursor() as cr:
            cr.execute(query, values)
            return cr.fetchone()[0]

    async def _lock(self, gateway_id):
        query = "SELECT pg_try_advisory_lock(%s, %s)"
        return await asyncio.to_thread(self._execute, query, (LINE_LOCK, gateway_id))

    def _hear(self):
        """The database says: gateway, what is wanted, channel."""
        try:
            self.notices.poll()
        except psycopg2.Error:
            asyncio.get_running_loop().remove_reader(self.notices.fileno())
            self.notices.close()
            return
        while self.notices.notifies:
            gateway_id, what, ref = self.notices.notifies.pop(0).payload.split(":", 2)
            if int(gateway_id) in self.engines:
                self.engines[int(gateway_id)][1].notice(ref, what)

    async def _leave(self, gateway_id):
        _line, _engine, task = self.engines.pop(gateway_id)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if self.locks is not None:
            query = "SELECT pg_advisory_unlock(%s, %s)"
            await asyncio.to_thread(self._execute, query, (LINE_LOCK, gateway_id))

    async def _leave_all(self):
        for gateway_id in list(self.engines):
            with suppress(psycopg2.Error):
                await self._leave(gateway_id)
        if self.notices is not None and not self.notices.closed:
            asyncio.get_running_loop().remove_reader(self.notices.fileno())
            self.notices.close()
        if self.locks is not None:
            self.locks.close()
        self.locks = self.notices = None
