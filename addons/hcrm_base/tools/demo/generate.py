"""Makes the hospital."""

from datetime import timedelta

from . import finish, organisations, vaccinations
from .almanac import Almanac
from .contact_notes import ContactNotes
from .desk import Desk
from .dice import Dice
from .histories import Histories
from .households import Households
from .identity import Identities
from .rows import Hospital
from .showcase import Showcase
from .staffing import make_staff

MONTH = 30.44
SHOWCASE_FROM = 100  # a smaller hospital, as tests make, does without the odd cases
TWINS_SHARE = 0.0075
NOTES_SEED = 360
PEOPLE_SERIAL, PEOPLE_ORDER = 10_000_000, 810


def hospital(customers=2000, seed=2026, months=12, today=None):
    """Return a :class:`Hospital` of exactly ``customers`` customers, organisations among them.

    :param today: the day of which the hospital is a picture; visits end the day before
    """
    dice = Dice(seed)
    identities = Identities(dice)
    made = Hospital(today=today)
    made.staff = make_staff(dice, identities)
    almanac = Almanac(today - timedelta(days=int(months * MONTH)), today - timedelta(days=1))
    twins = min(finish.DUPLICATES, int(customers * TWINS_SHARE))
    chosen = organisations.choose(customers)
    _settle_people(dice, identities, made, customers - twins, chosen)
    finish.let_some_die(dice, made, almanac)
    doubles = finish.add_duplicates(dice, made, identities, twins)
    _live(dice, made, almanac)
    finish.give_owners(dice, made)
    for double in doubles:
        double.owner = None
    finish.put_in_order(made)
    ContactNotes(Dice(seed + NOTES_SEED), made, almanac).write()
    return made


def people(seed, today, block=10_000):
    """Yield hospitals of about ``block`` persons without history; numbers never repeat.

    Nor are they those of :func:`hospital`, so that both fit into one database.
    """
    dice = Dice(seed)
    identities = Identities(dice, PEOPLE_SERIAL, PEOPLE_ORDER)
    while True:
        made = Hospital(today=today)
        households = Households(dice, identities, made)
        while len(made.customers) < block:
            households.add()
        yield made


def _settle_people(dice, identities, made, count, chosen):
    organisations.add(made, identities, chosen)
    households = Households(dice, identities, made, organisations.employers(chosen))
    if count >= SHOWCASE_FROM:
        Showcase(dice, identities, made, households).add()
    while len(made.customers) < count:
        households.add()
    _cut(made, count)


def _cut(made, count):
    """Let the last family lose the members that are too many."""
    del made.customers[count:]
    made.identifiers = [row for row in made.identifiers if row.person < count]
    made.relationships = [
        row for row in made.relationships if row.person < count and row.related < count
    ]


def _live(dice, made, almanac):
    histories = Histories(dice, made, almanac, Desk(dice, made, almanac.last))
    births = _births(made)
    for person in made.customers:
        if person.is_company:
            continue
        if "patient" in person.kinds:
            histories.live(person, births.get(person.position))
        vaccinations.vaccinate(dice, made, person)


def _births(made):
    """Return {mother: birth date} of the babies of this year."""
    births = {}
    for row in made.relationships:
        child, mother = made.customers[row.person], made.customers[row.related]
        is_baby = row.relation == "parent" and child.age_on(made.today) < 1
        if is_baby and mother.sex == "female":
            births[mother.position] = child.birth_date
    return births
