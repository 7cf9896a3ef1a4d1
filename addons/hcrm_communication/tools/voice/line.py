"""What the engine knows of a gateway and of a call; what it asks of whoever keeps them."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Line:
    """How to reach one Asterisk, and how it is to be used."""

    gateway_id: int
    url: str
    user: str
    secret: str = field(repr=False)
    app: str = "hcrm"
    sender: str = ""
    endpoint: str = ""
    region: str = "CN"
    ring_seconds: int = 35
    machine_context: str = ""  # of the dialplan: listens whether a machine picked up


@dataclass(frozen=True)
class Known:
    """A call as the engine needs it."""

    call_id: int
    channel_ref: str
    program: str
    state: str
    number: str = field(default="", repr=False)
    user_id: int = 0
    age: float = 0.0
    is_fresh: bool = False  # nothing has happened yet


class Desk(Protocol):
    """Where calls are kept. Each method is one short transaction, awaited before acting on it."""

    async def beat(self, line):
        """Somebody listens on this line."""

    async def find(self, line, channel_ref):
        """Return a :class:`Known` call, or None."""

    async def open_calls(self, line):
        """Return the calls of a line that are not over."""

    async def arrive(self, line, channel_ref, number, called):
        """Make an incoming call known; return it."""

    async def store(self, call_id, kind, data):
        """Keep one event; return its number."""

    async def next(self, call_id, event, number):
        """Ask the program; return verbs."""

    async def pending(self, call_id):
        """Return (verbs that were decided, [(number, event)] that nobody asked about yet)."""

    async def queue(self, call_id):
        """The call waits for a person."""

    async def wanted(self, call_id):
        """Return the user who took the waiting call, or 0."""

    async def endpoint(self, call_id, user_id):
        """Return the telephone of a user, or an empty text."""

    async def keep_recording(self, call_id, name, sound):
        """Store a recording with its call; return whether there is such a call."""
