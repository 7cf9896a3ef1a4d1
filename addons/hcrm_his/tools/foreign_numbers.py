"""Which numbers a sender may speak for: its hospital's, shared ones, those allowed to it.

All hospitals of a database share one index of persons. What keeps them apart is that a record
number is only taken from the hospital that issues it.
"""

from dataclasses import replace
from typing import NamedTuple

from odoo.addons.hcrm_base.tools.issuers import SHARED_TYPES, is_shared

from .hl7_reader import Hl7Error


class Issuer(NamedTuple):
    """An identifier system: its hospital (0: shared by all) and its type."""

    company_id: int
    type_code: str


def sift(event, issuers):
    """Take the numbers out of ``event`` that its sender may not speak for.

    They are said in the warnings; Hl7Error where nothing usable is left, or a merge names one.

    :param issuers: {system code: Issuer}; a system nobody used yet is added for the sender
    """
    for system, type_code in systems_of(event):
        company_id = 0 if is_shared(system, type_code) else event.source.company_id
        issuers.setdefault(system, Issuer(company_id, type_code))
    if event.merges:
        _sift_merges(event, issuers)
        return
    for person in event.persons():
        foreign = _foreign(person.identifiers, event.source, issuers)
        is_named = person is not event.patient or person.partner_id
        if foreign and len(foreign) == len(person.identifiers) and not is_named:
            raise Hl7Error("numbers_elsewhere", "PID-3", system=foreign[0].system)
        for number in foreign:
            event.warn("number_elsewhere", system=number.system)
        kept = [number for number in person.identifiers if number not in foreign]
        person.identifiers = _as_issued(kept, issuers)


def systems_of(event):
    """Return the set of (system code, type) that an event names."""
    numbers = [number for person in event.persons() for number in person.identifiers]
    numbers += [number for merge in event.merges for number in merge.retired]
    return {(number.system, number.type_code) for number in numbers}


def _sift_merges(event, issuers):
    """A merge is obeyed about the hospital's own numbers only, or not at all."""
    for merge in event.merges:
        for numbers, location in ((merge.survivor.identifiers, "PID-3"), (merge.retired, "MRG-1")):
            foreign = _foreign(numbers, event.source, issuers)
            if foreign:
                raise Hl7Error("merge_elsewhere", location, system=foreign[0].system)
        merge.survivor.identifiers = _as_issued(merge.survivor.identifiers, issuers)
        # two numbers of the state are two persons; and one hospital must not merge another's by it
        own = _as_issued(merge.retired, issuers)
        merge.retired = [number for number in own if not is_shared(number.system, number.type_code)]
        if not merge.retired:
            raise Hl7Error("merge_by_shared_number", "MRG-1")


def _foreign(numbers, source, issuers):
    allowed = set(source.systems.values())
    return [
        number
        for number in numbers
        if issuers[number.system].company_id
        and issuers[number.system].company_id not in source.hospital_ids
        and number.system not in allowed
    ]


def _as_issued(numbers, issuers):
    """A resident ID stays one where a sender calls it a record number."""
    return [
        replace(number, type_code=issuers[number.system].type_code)
        if issuers[number.system].type_code in SHARED_TYPES
        else number
        for number in numbers
    ]
