"""Reads what an Odoo test run says in its log and counts."""

import re
from collections import Counter
from dataclasses import dataclass, field

ROW = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (\w+) (\S+) ([\w.]+): (.*)$")
TEST_LOGGER = re.compile(r"^odoo\.addons\.(\w+)\.tests\.")
STARTED = re.compile(r"^Starting (\S+) \.\.\.")
SKIPPED = re.compile(r"^skipped (.+?) : (.*)")
FAILED = re.compile(r"^(?:FAIL|ERROR): (?:Subtest )?((?:setUp|tearDown)\w+ \S+|\S+)")
# Odoo sums up at the level ERROR what was logged before
SUMMARY = re.compile(r"\d+ (failed|failures), \d+ error|^Failed to initialize database")


@dataclass
class Result:
    """Counts of one runner; `trouble` holds lines to show."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    trouble: list = field(default_factory=list)

    def __add__(self, other):
        return Result(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.trouble + other.trouble,
        )

    def fail(self, text):
        """Count one failure and keep its reason."""
        self.failed += 1
        self.trouble.append(text)

    def closing_line(self):
        """The line that stands alone at the end."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class OdooLog:
    """Fed line by line, so that progress can be shown meanwhile."""

    def __init__(self):
        self.started = {}
        self.skipped = {}
        self.failures = {}
        self.stray = []
        self._open = None

    def feed(self, text):
        """Take one line; a line without a head continues the one before."""
        row = ROW.match(text)
        if not row:
            if self._open is not None:
                self._open.append(text)
            return
        self._open = None
        level, _db, logger, message = row.groups()
        test = TEST_LOGGER.match(logger)
        if test and (found := STARTED.match(message)):
            self.started[(logger, found.group(1))] = test.group(1)
        elif test and (found := SKIPPED.match(message)):
            self.skipped[(logger, found.group(1))] = found.group(2)
        elif level in ("ERROR", "CRITICAL"):
            self._error(logger, message, text)

    def _error(self, logger, message, text):
        found = FAILED.match(message)
        if found:
            key = (logger, found.group(1))
            self._open = self.failures.setdefault(key, [])
            self._open.append(text)
        elif not SUMMARY.search(message):
            self._open = [text]
            self.stray.append((logger, self._open))

    def latest(self):
        """The test that runs now."""
        return next(reversed(self.started))[1] if self.started else ""

    def per_addon(self):
        """How many tests each addon started."""
        return Counter(self.started.values())

    def result(self):
        """Every test counts once; an error that no failing test explains counts by itself."""
        result = Result(skipped=len(self.skipped))
        for rows in self.failures.values():
            result.fail("\n".join(rows))
        loggers = {logger for logger, _name in self.failures}
        for logger, rows in self.stray:
            if not any(logger.startswith(failing) for failing in loggers):
                result.fail("\n".join(rows[:40]))
        settled = set(self.failures) | set(self.skipped)
        result.passed = len(set(self.started) - settled)
        return result
