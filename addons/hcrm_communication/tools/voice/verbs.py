"""What a program tells the engine of calls to do, and what it is told in turn: plain data, no ORM.

A program answers each event with verbs. The engine carries them out in their order; one that waits
for the caller (``Gather``, ``Record``, ``Connect``) ends the list, and what came of it is the next
event. A list that runs out is told as ``Finished``.
"""

from dataclasses import asdict, dataclass, fields

#: So long a caller may wait for a person, in seconds.
PATIENCE = 300.0


@dataclass(frozen=True)
class Say:
    """Speak a text."""

    text: str
    lang: str = "zh_CN"


@dataclass(frozen=True)
class Play:
    """Play a stored recording by its name: a file of the gateway's folder of sounds, no suffix."""

    file: str


@dataclass(frozen=True)
class Gather:
    """Speak, then wait for keys: tells ``Digits``, or ``Silence`` if none came in time.

    ``timeout``: seconds for each key, from the end of the words. ``interrupt``: a key ends them.
    """

    say: tuple = ()
    digits: int = 1
    timeout: float = 6.0
    finish: str = "#"
    interrupt: bool = True


@dataclass(frozen=True)
class Record:
    """Record what the caller says until a key, or so many seconds of silence: ``Recorded``."""

    max_seconds: int = 120
    silence: float = 4.0
    beep: bool = True
    kind: str = "message"


@dataclass(frozen=True)
class Connect:
    """Hand over to a person: ``Connected`` or ``NotConnected``, and ``Ended`` when they hung up.

    With ``user_id`` that user's phone rings; with ``queue`` the call waits in state *queued* until
    somebody takes it by ``call._connect(user)``.
    """

    queue: str = ""
    user_id: int = 0
    timeout: float = PATIENCE
    music: str = "default"


@dataclass(frozen=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True)
class Started:
    """The line is open. ``by``: ``person``, or ``machine`` where an answering machine was heard."""

    by: str = "person"


@dataclass(frozen=True)
class Digits:
    """Keys the caller pressed."""

    keys: str


@dataclass(frozen=True)
class Silence:
    """No key came in time; the words before were heard to the end."""


@dataclass(frozen=True)
class Recorded:
    """A recording is stored with the call under this name."""

    name: str
    seconds: int = 0


@dataclass(frozen=True)
class Connected:
    """The caller speaks with this user."""

    user_id: int


@dataclass(frozen=True)
class NotConnected:
    """Nobody took the call: ``timeout``, ``busy``, ``no_answer``, ``no_endpoint``, ``failed``."""

    reason: str


@dataclass(frozen=True)
class Finished:
    """All verbs were carried out and the line is open; without an answer the call is ended."""


@dataclass(frozen=True)
class Ended:
    """The call is over. ``cause``: of Q.850; 0 where nobody knows. ``is_lost``: the telephone
    system does not know the call any more and never said how it ended.
    """

    cause: int = 0
    is_lost: bool = False


VERBS = {verb.__name__: verb for verb in (Say, Play, Gather, Record, Connect, Hangup)}
EVENTS = {
    "started": Started,
    "digits": Digits,
    "silence": Silence,
    "recorded": Recorded,
    "connected": Connected,
    "not_connected": NotConnected,
    "finished": Finished,
    "ended": Ended,
}
_KINDS = {event: kind for kind, event in EVENTS.items()}


def kind_of(event):
    """Return the word under which an event is stored.

    >>> kind_of(NotConnected("busy"))
    'not_connected'
    """
    return _KINDS[type(event)]


def verb_data(verb):
    """Return a verb as JSON can keep it.

    >>> verb_data(Gather(say=(Say("您好"),), digits=2))["say"]
    [{'text': '您好', 'lang': 'zh_CN', 'verb': 'Say'}]
    """
    data = {name.name: getattr(verb, name.name) for name in fields(verb)}
    if isinstance(verb, Gather):
        data["say"] = [verb_data(one) for one in verb.say]
    return data | {"verb": type(verb).__name__}


def make_verb(data):
    """Return the verb that :func:`verb_data` kept.

    >>> some = (Say("再见"), Gather(say=(Say("您好"), Play("menu"))), Connect(), Hangup())
    >>> all(make_verb(verb_data(verb)) == verb for verb in some)
    True
    """
    values = {name: value for name, value in data.items() if name != "verb"}
    if "say" in values:
        values["say"] = tuple(make_verb(one) for one in values["say"])
    return VERBS[data["verb"]](**values)


def event_data(event):
    """Return what an event says beside its kind.

    >>> event_data(Digits("12")), event_data(Silence())
    ({'keys': '12'}, {})
    """
    return asdict(event)


def make_event(kind, data):
    """Return the event that was stored.

    >>> make_event("ended", {"cause": 17})
    Ended(cause=17, is_lost=False)
    """
    return EVENTS[kind](**(data or {}))
