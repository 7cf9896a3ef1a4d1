"""Last writer wins, per field: the state of a record is the same in whatever order messages arrive.

A record keeps one ``source_time`` (seconds) for all its fields, and ``times`` for those that were
told at another time, were deleted (an empty field with a time is not filled by older news), or are
guesses (time 0: anything told replaces them).
"""

from datetime import datetime, timezone

GUESS = 0


def seconds(moment):
    """Return a naive UTC datetime as whole seconds, None for nothing.

    >>> seconds(datetime(1970, 1, 1, 0, 1))
    60
    """
    return int(moment.replace(tzinfo=timezone.utc).timestamp()) if moment else None


def moment(value):
    """Return seconds as a naive UTC datetime, False for nothing."""
    return datetime.fromtimestamp(value, timezone.utc).replace(tzinfo=None) if value else False


class Registers:
    """Values of one record with the time each was told.

    >>> def arrive(*messages):
    ...     record = Registers({}, None, {})
    ...     for time, values in messages:
    ...         record.tell_all(values, time)
    ...     known = {name: value for name, value in record.values.items() if value}
    ...     return known, record.source_time, dict(sorted(record.times.items()))
    >>> a, b, c = (1, {"x": "a", "y": "a"}), (2, {"x": "b"}), (3, {"y": False, "z": "c"})
    >>> arrive(a, b, c) == arrive(c, b, a) == arrive(b, a, c) == arrive(c, a, b)
    True
    >>> arrive(a, b, c)
    ({'x': 'b', 'z': 'c'}, 3, {'x': 2, 'y': 3})
    """

    __slots__ = ("changed", "source_time", "times", "values")

    def __init__(self, values, source_time, times):
        self.values = values
        self.source_time = source_time
        self.times = dict(times or {})
        self.changed = set()

    def time_of(self, name):
        """Return when a field was told; None: never."""
        if name in self.times:
            return self.times[name]
        return self.source_time if self.values.get(name) else None

    def tell_all(self, values, time, guesses=()):
        """Take what was told at ``time`` (seconds); ``guesses`` only fill what is unknown."""
        is_newer = self.source_time is None or time > self.source_time
        if is_newer and set(values) - set(guesses):
            self._advance(time)
        for name, value in values.items():
            if name in guesses:
                self._guess(name, value)
            else:
                self._tell(name, value, time)
        self._compact()

    def hint_all(self, values):
        """Fill gaps with values of a source that is no authority."""
        for name, value in values.items():
            self._guess(name, value)

    def _advance(self, time):
        """Times that were implied by the old ``source_time`` become explicit."""
        old = self.source_time if self.source_time is not None else GUESS
        for name, value in self.values.items():
            if value and name not in self.times:
                self.times[name] = old
        self.source_time = time

    def _tell(self, name, value, time):
        known = self.time_of(name)
        if known is not None and time < known:
            return
        self.times[name] = time
        self._set(name, value)

    def _guess(self, name, value):
        if value and not self.values.get(name) and name not in self.times:
            self.times[name] = GUESS
            self._set(name, value)

    def _set(self, name, value):
        if (self.values.get(name) or False) != (value or False):
            self.values[name] = value
            self.changed.add(name)

    def _compact(self):
        for name in [name for name, time in self.times.items() if time == self.source_time]:
            if self.values.get(name):
                del self.times[name]
