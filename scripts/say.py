"""What set-up tells the person at the screen: one line per step, one line per trouble."""

import contextlib
import os
import sys
import threading
import time


class Trouble(Exception):
    """Something the reader can mend; its text is the one line that says how."""


def line(text=""):
    """Print at once, so that a pipe or a log shows progress too."""
    print(text, flush=True)


def duration(seconds):
    """Short human time.

    >>> duration(0.04), duration(12.3), duration(75)
    ('0.0 s', '12.3 s', '1 min 15 s')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


class Ticker:
    """A line that keeps moving on a terminal while a long step works."""

    def __init__(self, title):
        self.title = title
        self.detail = ""
        self.started = time.monotonic()
        self._done = threading.Event()
        self._thread = None

    @property
    def seconds(self):
        """Time since the step began."""
        return time.monotonic() - self.started

    def start(self):
        """Say what begins; animate only where a person watches."""
        if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
            self._thread = threading.Thread(target=self._animate, daemon=True)
            self._thread.start()
        else:
            line(f"  … {self.title}")

    def _animate(self):
        while not self._done.wait(0.3):
            text = f"  … {self.title}  {duration(self.seconds)}  {self.detail}"
            sys.stdout.write("\r\033[K" + text[:110])
            sys.stdout.flush()

    def stop(self, mark, note=""):
        """Replace the moving line by the result."""
        self._done.set()
        if self._thread:
            self._thread.join()
            sys.stdout.write("\r\033[K")
        tail = f"  ({note})" if note else ""
        line(f"  {mark} {self.title}  {duration(self.seconds)}{tail}")


@contextlib.contextmanager
def step(title):
    """Show a step with its time; yields the ticker whose `detail` may be updated."""
    ticker = Ticker(title)
    ticker.start()
    try:
        yield ticker
    except BaseException:
        ticker.stop("✗")
        raise
    ticker.stop("✓", ticker.detail)


@contextlib.contextmanager
def to_stderr():
    """Keep standard output for the answer of a command that is used in a pipe."""
    kept, sys.stdout = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout = kept
