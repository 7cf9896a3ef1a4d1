"""What can be judged before a message is stored: structure, type, version, processing id."""

from . import lanes
from .ack import Verdict, refuse, refuse_for
from .hl7_reader import Hl7Error
from .hl7_time import to_utc
from .reasons import Reason

#: Supported messages and the segments each cannot do without.
REQUIRED = {
    **{f"ADT^{event}": ("PID", "PV1") for event in ("A01", "A02", "A03", "A04", "A11", "A13")},
    **{f"ADT^{event}": ("PID",) for event in ("A08", "A28", "A31")},
    "ADT^A40": ("PID", "MRG"),
    **{f"SIU^{event}": ("SCH", "PID") for event in ("S12", "S13", "S14", "S15", "S26")},
    "ORU^R01": ("PID", "OBX"),
    "DFT^P03": ("PID", "FT1"),
    "RDE^O11": ("PID", "RXE"),
}
FAMILIES = {name.split("^")[0] for name in REQUIRED}
#: Senders that leave out the event of a family with only one.
ONLY_EVENT = {"ORU": "R01", "DFT": "P03", "RDE": "O11"}
VERSIONS = frozenset(
    ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.9")
)
MAX_KEY = 199
#: Fields of MSH that nothing can be done without.
NEEDED = (
    (9, Reason("no_message_type", "MSH-9")),
    (10, Reason("no_control_id", "MSH-10")),
    (11, Reason("no_processing_id", "MSH-11")),
    (12, Reason("no_version", "MSH-12")),
)


def sender_code(header):
    """Return ``application|facility`` of MSH-3 and MSH-4.

    >>> from .hl7_reader import parse
    >>> sender_code(parse("MSH|^~\\\\&|HIS^1.2^ISO|RENAI").header)
    'HIS|RENAI'
    """
    return f"{header.text(3)}|{header.text(4)}"


def message_type(message):
    """Return ``ADT^A01``; the event may have to be looked up in MSH-9.3 or EVN-1.

    >>> from .hl7_reader import parse
    >>> message_type(parse("MSH|^~\\\\&|||||||ADT^^ADT_A01"))
    'ADT^A01'
    >>> message_type(parse("MSH|^~\\\\&|||||||ORU"))
    'ORU^R01'
    """
    header = message.header
    family, event = header.text(9), header.text(9, 2)
    if not event and "_" in header.text(9, 3):
        event = header.text(9, 3).partition("_")[2]
    if not event and family == "ADT":
        event_segment = message.first("EVN")
        event = event_segment.text(1) if event_segment else ""
    event = event or ONLY_EVENT.get(family, "")
    return f"{family}^{event}" if event else family


def judge(message, kind, accepts_test=False):
    """Return the :class:`Verdict` on a readable message of type ``kind``."""
    return (
        _judge_header(message.header)
        or _judge_type(kind)
        or _judge_mode(message.header, accepts_test)
        or _judge_segments(message, kind)
        or Verdict()
    )


def _judge_header(header):
    for number, reason in NEEDED:
        if not header.get(number):
            return refuse_for(reason)
    if len(header.text(10)) > MAX_KEY or len(sender_code(header)) > MAX_KEY:
        return refuse("too_long", "MSH-10", limit=MAX_KEY)
    try:
        to_utc(header.get(7), location="MSH-7")
    except Hl7Error as error:
        return refuse_for(error.reason)
    return None


def _judge_type(kind):
    family = kind.split("^")[0]
    if family not in FAMILIES:
        return refuse("unknown_type", "MSH-9")
    if kind not in REQUIRED:
        return refuse("unknown_event", "MSH-9")
    return None


def _judge_mode(header, accepts_test):
    mode = header.text(11)
    if mode not in ("P", "D", "T"):
        return refuse("unknown_mode", "MSH-11")
    if mode != "P" and not accepts_test:
        return refuse("no_test_messages", "MSH-11")
    if header.text(12) not in VERSIONS:
        return refuse("unknown_version", "MSH-12")
    return None


def _judge_segments(message, kind):
    present = {segment.name for segment in message.segments}
    for name in REQUIRED[kind]:
        if name not in present:
            return refuse("no_segment", name, segment=name)
    for name, number in (("PID", 3), ("MRG", 1))[: 2 if kind == "ADT^A40" else 1]:
        key = lanes.key_of(message.first(name).repeats(number), "")
        if not key:
            return refuse("no_patient_number", f"{name}-{number}")
        if len(key) > MAX_KEY:
            return refuse("too_long", f"{name}-{number}", limit=MAX_KEY)
    return None
