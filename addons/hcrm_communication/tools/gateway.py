"""What a gateway is to the outbox: one small interface, no ORM and no database.

A provider is one class with a ``code`` and a ``send``; ``register`` makes it known. The outbox
gives it messages that are already claimed and allowed; it tells for each what became of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

#: What may become of a message that was handed over.
ACCEPTED = "accepted"  # the gateway answers for it from now on
REFUSED = "refused"  # it will never take this message: another address, text or channel
LATER = "later"  # it certainly has not taken it, and may later
UNKNOWN = "unknown"  # it was handed over and nobody said yes or no


@dataclass(frozen=True)
class Outgoing:
    """One message on its way out. ``ref`` is the same at each try, so that a far end can tell."""

    number: int
    ref: str
    to: str
    text: str
    subject: str = ""
    html: str = ""
    purpose: str = "service"
    priority: int = 20
    sender: str = ""
    reply_to: str = ""
    headers: dict = field(default_factory=dict)
    files: tuple = ()  # (name, mimetype, bytes)
    signature: str = ""  # of the reference, for receipts


@dataclass(frozen=True)
class Outcome:
    """What became of it. ``code`` is a word of ``tools/failures.py``, ``detail`` the far end's own.

    ``of_gateway``: the trouble is the gateway's, not this message's: it is left alone for a while,
    and a message that it has certainly not taken has not used up a try.
    """

    status: str
    code: str = ""
    detail: str = ""
    provider_ref: str = ""
    of_gateway: bool = False


@dataclass(frozen=True)
class Settings:
    """How to reach a gateway; ``secret`` never shows in a text of the object."""

    url: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)
    sender: str = ""
    timeout: float = 15.0
    callback: str = ""  # where receipts go; {ref} and {sig} stand for the message
    connect: object = None  # a function that opens a session, where Odoo knows how
    options: dict = field(default_factory=dict)


class Gateway:
    """One connection to one provider; an object is used by one thread at a time."""

    code = ""
    channel = ""

    def __init__(self, settings: Settings):
        self.settings = settings

    def send(self, message: Outgoing) -> Outcome:
        """Hand over one message. Never raises: what went wrong is the outcome."""
        raise NotImplementedError

    def close(self):
        """Leave politely."""


GATEWAYS: dict[str, type[Gateway]] = {}


def register(gateway: type[Gateway]) -> type[Gateway]:
    """Make a provider known under its code."""
    GATEWAYS[gateway.code] = gateway
    return gateway


@register
class NullGateway(Gateway):
    """Takes everything and sends nothing: the sandbox, and the bare limit of the outbox."""

    code = "null"

    def send(self, message):
        """Accept it."""
        return Outcome(ACCEPTED, provider_ref=message.ref)


def send_all(gateways: list[Gateway], messages) -> Iterator[tuple[Outgoing, Outcome]]:
    """Hand ``messages`` over through several connections at once, and yield as answers come.

    When a gateway is in trouble the rest of its messages come back untried.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 only where threads are meant
    from queue import Empty, SimpleQueue  # noqa: PLC0415

    waiting, done = SimpleQueue(), SimpleQueue()
    for message in messages:
        waiting.put(message)
    trouble = []

    def work(gateway):
        while True:
            try:
                message = waiting.get_nowait()
            except Empty:
                return
            if trouble:
                known = trouble[0].status == LATER
                code = trouble[0].code if known else "gateway_away"
                done.put((message, Outcome(LATER, code, of_gateway=True)))
                continue
            try:
                outcome = gateway.send(message)
            except Exception as error:  # pylint: disable=broad-except
                # a mistake of ours: nobody can say how far it came
                outcome = Outcome(UNKNOWN, "gateway_broke", f"{type(error).__name__}: {error}")
            if outcome.of_gateway:
                trouble.append(outcome)
            done.put((message, outcome))

    if len(gateways) == 1:
        work(gateways[0])
    else:
        with ThreadPoolExecutor(len(gateways)) as pool:
            list(pool.map(work, gateways))
    while not done.empty():
        yield done.get()
