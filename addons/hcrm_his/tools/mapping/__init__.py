"""From a parsed HL7 message to a :class:`~..canonical.Event`; one module per message family."""

from datetime import timedelta

from ..canonical import Event
from ..header import message_type
from ..hl7_reader import Hl7Error
from ..hl7_time import to_utc
from . import adt, dft, oru, rde, siu
from .lengths import check_lengths

#: A clock may be that wrong; what is told later than that would shut out the news of years.
AHEAD = timedelta(minutes=10)
FAMILIES = {"ADT": adt, "SIU": siu, "ORU": oru, "DFT": dft, "RDE": rde}


def to_event(message, source, received_at):
    """Return what ``message`` says; raises Hl7Error when it cannot be used."""
    kind = message_type(message)
    family, _mark, trigger = kind.partition("^")
    if family not in FAMILIES:
        raise Hl7Error("unknown_type", "MSH-9")
    event = Event(source=source, time=event_time(message, source) or received_at)
    if event.time > received_at + AHEAD:
        event.time = received_at
        event.warn("future")
    FAMILIES[family].fill(event, message, trigger)
    check_lengths(event)
    return event


def event_time(message, source):
    """Return when the source knew this: EVN-2, else MSH-7."""
    segment = message.first("EVN")
    told = segment and to_utc(segment.get(2), source.zone, "EVN-2")
    return told or to_utc(message.header.get(7), source.zone, "MSH-7")
