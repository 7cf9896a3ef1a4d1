"""What a server saw, one line of JSON each: on the disk before the server answers."""

import asyncio
import json
import os
import time


class Journal:
    """Whoever awaits `add` knows that the line survives a kill and a power cut.

    Lines of many callers share one fsync: the next write begins when the last one is down.
    Without ``sync`` a line still survives a kill of the server, but not a power cut.
    """

    def __init__(self, path, sync=True):
        self.sync = sync
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._waiting = []
        self._wake = asyncio.Event()
        self._writer = None
        self._end_torn_line()

    def _end_torn_line(self):
        """A line that a kill cut off must not swallow the next one."""
        size = os.fstat(self._handle).st_size
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            os.write(self._handle, b"\n")

    def start(self):
        """Begin to write; needs the running loop."""
        self._writer = asyncio.get_running_loop().create_task(self._write())

    async def add(self, kind, **fields):
        """Write one line; returns when it is safe."""
        line = json.dumps({"kind": kind, "time": time.time(), **fields}, ensure_ascii=False)
        data = line.encode("utf-8", "surrogateescape") + b"\n"
        if not self.sync:
            self._append(data)
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((data, done))
        self._wake.set()
        await done

    async def _write(self):
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            await loop.run_in_executor(None, self._append, b"".join(line for line, _ in batch))
            for _line, done in batch:
                if not done.done():
                    done.set_result(None)

    def _append(self, data):
        while data:
            data = data[os.write(self._handle, data) :]
        if self.sync:
            os.fdatasync(self._handle)


def read(path, kind=None, start=0):
    """Lines of a journal as dictionaries; a line that a kill cut off is nobody's.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w") as file:
    ...     _ = file.write('{"kind": "a", "n": 1}\\n{"kind": "a", "n\\n{"kind": "b"}\\n')
    ...     file.flush()
    ...     read(file.name, "a"), len(read(file.name))
    ([{'kind': 'a', 'n': 1}], 2)
    """
    try:
        with open(path, "rb") as lines:
            lines.seek(start)
            found = [record for record in map(_parse, lines) if record]
    except FileNotFoundError:
        return []
    return [record for record in found if kind in (None, record["kind"])]


def _parse(line):
    try:
        return json.loads(line.decode("utf-8", "surrogateescape"))
    except ValueError:
        return None
