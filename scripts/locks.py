"""File locks: the kernel frees them when a process dies, however it dies."""

import contextlib
import errno
import fcntl
import os

from scripts import say
from scripts.say import Trouble


def _open(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _note_owner(handle):
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)


def owner(path):
    """Process id that was written by the lock's holder."""
    try:
        return path.read_text().strip() or "?"
    except OSError:
        return "?"


@contextlib.contextmanager
def only_one(path, busy=None):
    """Hold an exclusive lock; wait for it, or raise Trouble(busy) when somebody has it."""
    handle = _open(path)
    try:
        if not try_lock(handle):
            if busy:
                raise Trouble(busy.format(pid=owner(path)))
            say.line(f"  … waiting for another HCRM command (process {owner(path)}) to finish")
            fcntl.flock(handle, fcntl.LOCK_EX)
        _note_owner(handle)
        yield
    finally:
        os.close(handle)


def try_lock(handle, kind=fcntl.LOCK_EX):
    """Lock without waiting; False when somebody else holds it."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


class Users:
    """Counts the commands that use a shared service; the last one to leave stops it."""

    def __init__(self, path):
        self.handle = _open(path)
        fcntl.flock(self.handle, fcntl.LOCK_SH)

    def leave(self):
        """True when nobody else is using the service."""
        if self.handle is None:
            return False
        last = try_lock(self.handle, fcntl.LOCK_EX)
        os.close(self.handle)
        self.handle = None
        return last
