"""A watched folder under the one root that the operator allows: no way leads out of it.

Everything is opened relative to an opened directory and never through a symbolic link, so that who
may write into the folder can neither make us read another file nor move one elsewhere.
"""

import contextlib
import fnmatch
import os
import re
import stat
import time
from pathlib import Path

WORK, DONE, FAILED = "work", "done", "failed"
NOT_READY = (".tmp", ".part", ".filepart", ".crdownload", ".swp", ".ok")
FOLDER = re.compile(r"[^\W.][\w.-]*(?:/[^\W.][\w.-]*){0,4}")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def is_folder_name(name):
    """Tell whether a name stays below the root.

    >>> is_folder_name("lis/results"), is_folder_name("检验"), is_folder_name("../x")
    (True, True, False)
    >>> is_folder_name("/etc"), is_folder_name("a//b"), is_folder_name("a/.ssh")
    (False, False, False)
    """
    return bool(FOLDER.fullmatch(name or ""))


class DropFolder:
    """One folder with its subfolders ``work``, ``done`` and ``failed``; a context manager."""

    def __init__(self, root, name):
        if not is_folder_name(name):
            raise ValueError(name)
        self.path = Path(root) / name
        self._root = root
        self._parts = name.split("/")
        self._stack = contextlib.ExitStack()
        self._fds = {}

    def __enter__(self):
        try:
            Path(self._root).mkdir(parents=True, exist_ok=True)
            current = self._keep(os.open(self._root, _DIRECTORY & ~os.O_NOFOLLOW))
            for part in self._parts:
                current = self._below(current, part)
            self._fds[""] = current
            for name in (WORK, DONE, FAILED):
                self._fds[name] = self._below(current, name)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_error):
        self._stack.close()

    def _keep(self, descriptor):
        self._stack.callback(os.close, descriptor)
        return descriptor

    def _below(self, parent, name):
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o770, dir_fd=parent)
        return self._keep(os.open(name, _DIRECTORY, dir_fd=parent))

    def list_complete(self, pattern, settle, needs_ok):
        """Return the names of files that are written to their end, oldest first.

        :param settle: seconds for which nothing about the file has changed
        :param needs_ok: the file counts once ``NAME.ok`` (or ``NAME`` less its suffix) is there
        """
        names = set(os.listdir(self._fds[""]))
        found = []
        for name in names:
            status = self._regular(name)
            is_hidden = name.startswith(".") or name.lower().endswith(NOT_READY)
            if is_hidden or not status or not fnmatch.fnmatch(name.lower(), pattern.lower()):
                continue
            changed = max(status.st_mtime, status.st_ctime)
            if ok_names(name) & names if needs_ok else time.time() - changed >= settle:
                found.append((status.st_mtime, name))
        return [name for _time, name in sorted(found)]

    def _regular(self, name, place=""):
        """Return the status of a plain file that has no second name, None for anything else."""
        if not name or "/" in name or "\0" in name:
            return None
        try:
            status = os.stat(name, dir_fd=self._fds[place], follow_symlinks=False)
        except FileNotFoundError:
            return None
        return status if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 else None

    def exists(self, name, place=""):
        """Tell whether there is such a file."""
        return self._regular(name, place) is not None

    def open(self, name, place=WORK):
        """Return a binary stream."""
        descriptor = os.open(name, _FILE, dir_fd=self._fds[place])
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            os.close(descriptor)
            raise PermissionError(name)
        return os.fdopen(descriptor, "rb")

    def move(self, name, place, new_place, new_name=None):
        """Move a file; True when it was there."""
        try:
            os.rename(
                name,
                new_name or name,
                src_dir_fd=self._fds[place],
                dst_dir_fd=self._fds[new_place],
            )
        except FileNotFoundError:
            return False
        return True

    def names(self, place):
        """Return the names in a subfolder."""
        return sorted(os.listdir(self._fds[place]))

    def forget(self, place, days):
        """Delete what has been in a subfolder for more than some days."""
        limit = time.time() - days * 86_400
        for name in self.names(place):
            status = self._regular(name, place)
            if status and status.st_ctime < limit:
                self.remove(name, place)

    def write_text(self, name, place, text):
        """Write a small file, a former one of that name gives way."""
        self.remove(name, place)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o660, dir_fd=self._fds[place])
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)

    def remove(self, name, place=""):
        """Remove a file if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fds[place])

    def remove_ok(self, name):
        """Remove the marks that said that the file was whole."""
        for one in ok_names(name):
            self.remove(one)


def ok_names(name):
    """Return the names of the marks of a file.

    >>> sorted(ok_names("a.csv"))
    ['a.csv.ok', 'a.ok']
    """
    return {f"{name}.ok", f"{Path(name).stem}.ok"}
