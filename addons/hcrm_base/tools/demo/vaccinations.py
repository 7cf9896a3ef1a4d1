"""Vaccinations: the programme for children, flu and pneumococcus for the old."""

from datetime import date, timedelta

from . import vaccine_tables as tables
from .rows import Immunization

MONTH = 30.44
MISSED_SHARE = 0.015
CHILDREN_UNTIL = 15


def vaccinate(dice, hospital, person):
    """Add what this person has got up to yesterday."""
    age = person.age_on(hospital.today)
    if age < CHILDREN_UNTIL:
        for vaccine in _programme(person):
            _course(dice, hospital, person, vaccine)
    elif age >= 60 and "resident" in person.kinds:
        _protect_old(dice, hospital, person)


def _programme(person):
    yield from tables.PROGRAMME
    if person.sex == "female" and person.birth_date >= date(*tables.GIRLS_BORN_FROM):
        yield tables.GIRLS


def _course(dice, hospital, person, vaccine):
    """Give the doses of one vaccine, each some days after it is due, never in the future."""
    code, name, doses, site = vaccine
    delay = 0
    for number, months in doses:
        if months and dice.chance(MISSED_SHARE):
            return
        delay = max(0, delay // 2 + dice.between(0, 16)) if months else 0
        day = person.birth_date + timedelta(days=int(months * MONTH) + delay)
        if day >= hospital.today:
            return
        _give(dice, hospital, person, (code, name, number, site), day)


def _protect_old(dice, hospital, person):
    year = hospital.today.year - (hospital.today.month < 11)
    day = date(year, 10, 1) + timedelta(days=dice.between(8, 45))
    if dice.chance(0.42) and day < hospital.today and _lives(person, day):
        _give(dice, hospital, person, (*tables.FLU[:2], 1, tables.FLU[2]), day)
    day = hospital.today - timedelta(days=dice.between(10, 900))
    if dice.chance(0.15) and _lives(person, day):
        _give(dice, hospital, person, (*tables.PNEUMO[:2], 1, tables.PNEUMO[2]), day)


def _lives(person, day):
    return not person.death_date or day < person.death_date


def _give(dice, hospital, person, dose, day):
    code, name, number, site = dose
    lot = f"{day:%Y%m}{dice.between(1, 60):03d}"
    hospital.immunizations.append(Immunization(person.position, code, name, number, day, lot, site))
