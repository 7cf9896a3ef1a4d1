"""What a benchmark gets: databases, servers, a clock and rows of one shape."""

import contextlib
import re
import time

from tests.support.hospital import Hospital


class Context:
    """One per benchmark; everything it made is removed afterwards."""

    def __init__(self, stack, ident, n):
        self.stack = stack
        self.ident = ident
        self.n = n
        self._hospitals = []
        self._databases = []

    def size(self, usual):
        """N of the command line, or the benchmark's own."""
        return self.n or usual

    def database(self, demo=False, name="", ours=True):
        """A fresh database with all our addons, with the demonstration hospital if wanted.

        Without ``ours`` it is Odoo as our addons find it: for peers that they would change.
        """
        db = f"{self.stack.settings.db}__bench_{self.ident.lower()}{name}"
        databases = self.stack.databases
        with self.stack.lock():
            source = databases.ensure_demo if demo else databases.ensure_bare
            databases.clone(source() if ours else databases.ensure_deps(), db)
        self._databases.append(db)
        return db

    def hospital(self, db):
        """A server (not started) and a listener over a database: `hospital.start()`."""
        running = Hospital(self.stack, db)
        self._hospitals.append(running)
        return running

    def shell(self, db, script):
        """Run a script in Odoo's shell and return what it printed."""
        return self.stack.odoo.shell(db, script)

    def sql(self, db, statement):
        """Rows as lines of text."""
        return self.stack.postgres.sql(statement, db=db)

    @contextlib.contextmanager
    def clock(self):
        """`with ctx.clock() as spent: …` then `spent()` gives the seconds."""
        started = time.perf_counter()
        ended = []
        yield lambda: (ended[0] if ended else time.perf_counter()) - started
        ended.append(time.perf_counter())

    def row(self, case, n, ours_s, beside, target, ratio=None, ok=None):
        """A result; without `ratio` it is ours over the fastest beside, judged by `target`.

        `target` reads "<= 3" or ">= 2"; anything else needs `ok`.
        """
        if ratio is None and beside:
            ratio = ours_s / min(beside.values())
        if ok is None:
            ok = judge(ratio, target)
        return {
            "id": self.ident,
            "case": case,
            "n": n,
            "ours_s": round(ours_s, 4),
            "beside": {name: round(seconds, 4) for name, seconds in beside.items()},
            "ratio": None if ratio is None else round(ratio, 3),
            "target": target,
            "ok": bool(ok),
        }

    def close(self):
        """Servers first, then their databases."""
        for hospital in self._hospitals:
            hospital.close()
        for db in self._databases:
            self.stack.databases.drop(db)


def judge(ratio, target):
    """Is the target met?

    >>> judge(2.5, "<= 3"), judge(2.5, ">= 3"), judge(None, "p95 <= 300 ms")
    (True, False, False)
    """
    found = re.fullmatch(r"(<=|>=)\s*([\d.]+).*", target)
    if ratio is None or not found:
        return False
    limit = float(found.group(2))
    return ratio <= limit if found.group(1) == "<=" else ratio >= limit
