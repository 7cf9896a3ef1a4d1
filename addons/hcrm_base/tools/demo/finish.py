"""What can only be said when all else is known: duplicates, owners, the order of events."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from .rows import Identifier

DUPLICATES = 15
OWN_SHARE = 0.55
VIP_SHARE = 0.015
CHRONIC_CODES = frozenset(("I10", "E11.9"))
#: Lists of a hospital whose rows point to an encounter.
DEPENDENT = ("diagnoses", "observations", "prescriptions", "charges")


def add_duplicates(dice, hospital, identities, count):
    """Register some patients a second time, as busy desks do; return the second records."""
    known = {row.person for row in hospital.identifiers if row.system == "NNCHN"}
    patients = [
        person
        for person in hospital.customers
        if "patient" in person.kinds and person.position in known and not person.death_date
    ]
    twins = []
    for person in dice.sample(patients, count):
        twin = replace(
            person,
            kinds={"patient"},
            conditions=[],
            email=None,
            street=person.street.split("号")[0] + "号",
            phone_other=None,
            marketing_allowed=False,
            position=len(hospital.customers),
        )
        hospital.customers.append(twin)
        number = identities.record_number()
        hospital.identifiers.append(Identifier(twin.position, "HIS", number, "usual"))
        twins.append(twin)
    return twins


def let_some_die(dice, hospital, almanac):
    """Old people with grave illnesses die in this year, some who were no patients too."""
    for person in hospital.customers:
        if person.is_company or person.age_on(hospital.today) < 58:
            continue
        grave = sum(chronic.stays for chronic in person.conditions)
        if dice.chance(0.012 + 0.06 * min(grave, 2)):
            person.death_date = almanac.day(dice, "cold", at_any_time=True)
            person.marketing_allowed = False


def give_owners(dice, hospital):
    """Assign residents to the community worker and the best payers to the VIP desk."""
    for person in hospital.customers:
        if "resident" not in person.kinds or person.death_date:
            continue
        is_chronic = any(chronic.code in CHRONIC_CODES for chronic in person.conditions)
        if (is_chronic or person.age_on(hospital.today) >= 65) and dice.chance(OWN_SHARE):
            person.owner = "community_worker"
    paid = defaultdict(float)
    for charge in hospital.charges:
        paid[charge.person] += charge.paid_amount
    best = sorted(paid, key=paid.get, reverse=True)[: max(1, int(len(paid) * VIP_SHARE))]
    for position in best:
        if not hospital.customers[position].death_date:
            hospital.customers[position].owner = "vip_desk"


def put_in_order(hospital):
    """Sort encounters and facts by time, as a real hospital would have written them."""
    encounters = hospital.encounters
    order = sorted(range(len(encounters)), key=lambda old: (encounters[old].started_at, old))
    new_of = dict(zip(order, range(len(order)), strict=True))
    hospital.encounters = _numbered(encounters[old] for old in order)
    for name in DEPENDENT:
        rows = [row._replace(encounter=new_of[row.encounter]) for row in getattr(hospital, name)]
        rows.sort(key=lambda row: row.encounter)
        setattr(hospital, name, rows)
    hospital.appointments.sort(key=lambda row: row.starts_at)
    hospital.immunizations.sort(key=lambda row: row.given_on)


def _numbered(encounters):
    """Give visit numbers that count through each day."""
    numbered, day, number = [], None, 0
    for encounter in encounters:
        local = encounter.started_at + timedelta(hours=8)
        if local.date() != day:
            day, number = local.date(), 0
        number += 1
        letter = encounter.visit_number[0]
        numbered.append(encounter._replace(visit_number=f"{letter}{day:%y%m%d}{number:04d}"))
    return numbered
