"""What a gateway is to the outbox: one small interface, no ORM and no database.

A provider is one class with a ``code`` and a ``send``; ``register`` makes it known. The outbox
gives it messages that are already claimed and allowed; it tells for each what became of it.
"""

import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

_logger = logging.getLogger(__name__)

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
    attempt: int = 0  # the number of this try, which receipts name
    signature: str = ""  # of reference and try, for receipts


@dataclass(frozen=True)
class Outcome:
    """What became of it. ``code`` is a word of ``tools/failures.py``, ``detail`` the far end's own.

    ``of_gateway``: the trouble is the gateway's, not this message's: it is left alone for a while,
    and a message that it has certainly not taken has not used up a try. ``unclear``: the words fit
    both; :func:`weigh` decides.
    """

    status: str
    code: str = ""
    detail: str = ""
    provider_ref: str = ""
    of_gateway: bool = False
    unclear: bool = False
    tried: bool = True  # False: it waited behind one that met trouble


@dataclass(frozen=True)
class Handed:
    """One try that was handed over; some find it by number and day. ``at`` is naive UTC."""

    ref: str
    to: str
    at: datetime
    attempt: int = 0


@dataclass(frozen=True)
class Report:
    """How a try ended that a gateway took: "delivered", "retry" or "undelivered"."""

    ref: str
    attempt: int
    kind: str
    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Settings:
    """How to reach a gateway; ``secret`` never shows in a text of the object."""

    url: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)
    sender: str = ""
    timeout: float = 15.0
    callback: str = ""  # where receipts go; {ref}, {attempt} and {sig} stand for the message
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

    def check(self) -> Outcome:
        """Ask, without handing anything over, whether messages of ours would be taken: settings,
        login, sender. Never raises.
        """
        return Outcome(ACCEPTED)

    def ask(self, refs: list[str]) -> dict[str, Outcome]:
        """Return what became of messages that were handed over, by reference, as far as the far
        end *knows*: accepted, or later for what it certainly never got. What it does not name
        stays uncertain.

        SMTP has no such question. Kannel has none either: it knows a message by a number that
        comes with its answer, which is just what is missing; receipts settle it.
        """
        return {}

    def ask_about(self, handed: list[Handed]) -> dict[str, Outcome]:
        """As :meth:`ask`, for a far end that knows single tries, or finds messages by number and
        day. An earlier try that arrived there says nothing about this one.
        """
        return self.ask([one.ref for one in handed])

    def reports(self, handed: list[Handed]) -> list[Report]:
        """Return how tries ended, where a gateway must be asked and sends no receipts: these, and
        whatever else is remembered there, perhaps for others. What is under way is not named.
        """
        return []

    def forget(self, reports: list[Report]):
        """These ends are ours and written down: nobody needs to remember them."""

    def close(self):
        """Leave politely."""


#: So many unclear answers without a single yes are the gateway's own trouble.
MOST_DOUBTS = 10

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

    def ask(self, refs):
        """Nothing ever left: all may go again."""
        return dict.fromkeys(refs, Outcome(LATER, "never_left"))


def send_all(gateways: list[Gateway], messages) -> Iterator[tuple[Outgoing, Outcome]]:
    """Hand ``messages`` over through several connections at once, and yield as answers come.

    When a gateway is in trouble the rest of its messages come back untried; so they do when the
    first ``MOST_DOUBTS`` answers are all unclear.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 only where threads are meant
    from queue import Empty, SimpleQueue  # noqa: PLC0415

    waiting, done = SimpleQueue(), SimpleQueue()
    for message in messages:
        waiting.put(message)
    mood = _Mood()

    def work(gateway):
        while not mood.trouble:
            try:
                message = waiting.get_nowait()
            except Empty:
                return
            outcome = _try(gateway, message)
            mood.note(outcome)
            done.put((message, outcome))

    if len(gateways) == 1:
        work(gateways[0])
    else:
        with ThreadPoolExecutor(len(gateways)) as pool:
            list(pool.map(work, gateways))
    while not done.empty():
        yield done.get()
    while not waiting.empty():
        yield waiting.get(), _untried(mood.trouble)


class _Mood:
    """What the threads of one batch have learnt about the gateway; a yes ends all doubts."""

    def __init__(self):
        self.certain, self.doubts, self.took_one = None, [], False

    @property
    def trouble(self):
        """The outcome for which the rest is not tried, or None."""
        many = len(self.doubts) >= MOST_DOUBTS and not self.took_one
        return self.certain or (self.doubts[0] if many else None)

    def note(self, outcome):
        """Learn from one more outcome."""
        self.took_one |= outcome.status == ACCEPTED
        if outcome.unclear:
            self.doubts.append(outcome)
        if outcome.of_gateway:
            self.certain = self.certain or outcome


def _try(gateway, message):
    try:
        return gateway.send(message)
    except Exception as error:  # pylint: disable=broad-except
        # a mistake of ours: nobody can say how far it came; its words may hold number and text
        where = "".join(traceback.format_tb(error.__traceback__))
        _logger.error("Gateway %s failed: %s\n%s", gateway.code, type(error).__name__, where)
        return Outcome(UNKNOWN, "gateway_broke", type(error).__name__, of_gateway=True)


def _untried(trouble):
    """Return the outcome of messages that were not even tried."""
    if trouble.status == UNKNOWN:
        return Outcome(LATER, "gateway_away", of_gateway=True, tried=False)
    return replace(_blamed(trouble), detail="", tried=False)


def _blamed(outcome):
    """Return an outcome as the gateway's trouble."""
    code = "gateway_refuses" if outcome.status == REFUSED else outcome.code
    return replace(outcome, status=LATER, code=code, of_gateway=True, unclear=False)


def weigh(pairs):
    """Decide whose trouble the unclear outcomes of one batch are, and return all pairs.

    Where another message was taken at the same time it is the message's own; where many were
    refused and none was taken, the gateway is left alone, and the messages stay due. Of few refused
    ones nobody knows: each is tried again at its own expense, and stays ``unclear``.

    >>> no, yes = Outcome(REFUSED, "rejected", unclear=True), Outcome(ACCEPTED)
    >>> [outcome.status for _message, outcome in weigh([(1, no), (2, yes)])]
    ['refused', 'accepted']
    >>> [(one.status, one.code, one.of_gateway) for _message, one in weigh([(1, no), (2, no)])]
    [('later', 'rejected', False), ('later', 'rejected', False)]
    >>> {(one.status, one.code, one.of_gateway)
    ...     for _message, one in weigh([(1, no)] * MOST_DOUBTS)}
    {('later', 'gateway_refuses', True)}
    """
    pairs = list(pairs)
    if any(outcome.status == ACCEPTED for _message, outcome in pairs):
        return pairs
    is_many = sum(outcome.unclear for _message, outcome in pairs) >= MOST_DOUBTS
    return [
        (message, _judged(outcome, is_many) if outcome.unclear else outcome)
        for message, outcome in pairs
    ]


def _judged(outcome, is_many):
    """Return an unclear outcome as it is where nothing was taken."""
    if outcome.status == REFUSED and not is_many:
        return replace(outcome, status=LATER)
    return _blamed(outcome)
