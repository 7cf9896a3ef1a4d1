"""Families and persons that every demonstration has, whatever the seed: the odd cases."""

from datetime import date

from . import name_tables, place_tables
from .chronic_tables import CHRONIC
from .households import make_home
from .rows import Identifier, Relationship

#: (name, sex, years, months) of the family that shares one phone; the mother has the portal login.
FAMILY = (
    ("李建平", "male", 41, 2),
    ("王丽娜", "female", 38, 7),
    ("李思源", "male", 10, 4),
    ("李思雨", "female", 4, 9),
)
FAMILY_PHONE = "+8613857160000"
PORTAL_PERSON = "王丽娜"
PROTECTED_PERSON = "欧阳淼"
GRANDFATHER = ("李福根", "male", date(1943, 3, 12))
FORMER_NEIGHBOUR = ("沈阿珍", "female", date(1951, 8, 5))
AREA_OF_NOBODY = ("郑援朝", "male", date(1951, 2, 16), "160102")


class Showcase:
    """Adds the families told in detail to a household maker's hospital."""

    def __init__(self, dice, identities, hospital, households):
        self._dice = dice
        self._identities = identities
        self._hospital = hospital
        self._households = households

    def add(self):
        self._add_grandfather(self._add_family())
        self._add_abolished_areas()
        self._add_uyghur_couple()
        self._add_rare_names()
        self._add_foreigners()

    def _home(self, *people):
        home = make_home(self._dice, self._identities)
        for name, sex, born in people:
            home.member(name, sex, born)
        return home

    def _settle(self, home, *conditions):
        """All of them are patients; ``conditions`` are those of the first."""
        wanted = [chronic for chronic in CHRONIC if chronic.code in conditions]
        self._households.settle(home)
        for member in home.members:
            if "patient" not in member.kinds:
                member.kinds.add("patient")
                number = self._identities.record_number()
                self._hospital.identifiers.append(
                    Identifier(member.position, "HIS", number, "usual")
                )
        if wanted:
            home.members[0].conditions = wanted

    def _add_family(self):
        """Four people on one phone."""
        today = self._hospital.today
        home = self._home(
            *((name, sex, _ago(today, years, months)) for name, sex, years, months in FAMILY)
        )
        home.parents, home.children = home.members[:2], home.members[2:]
        for member in home.members:
            member.phone = FAMILY_PHONE
        self._settle(home)
        return home

    def _add_grandfather(self, family):
        """An old man with the 15 digits of his first card, looked after by his son's family."""
        name, sex, born = GRANDFATHER
        home = self._home((name, sex, born))
        home.members[0].phone = FAMILY_PHONE
        self._settle(home, "I10", "I25.1")
        old = self._identities.old_resident_id("330106", born, sex)
        self._replace_national_id(home.members[0], old, "no_check_digit")
        self._relate_grandfather(home.members[0].position, family)

    def _relate_grandfather(self, here, family):
        son, wife = (parent.position for parent in family.parents)
        self._hospital.relationships += [
            Relationship(here, son, "child", True, True),
            Relationship(here, wife, "carer", True, False),
            *(
                Relationship(child.position, here, "grandparent", False, False)
                for child in family.children
            ),
        ]

    def _add_abolished_areas(self):
        """A card of a district that is no more, and one of an area that no list knows."""
        name, sex, born = FORMER_NEIGHBOUR
        home = self._home((name, sex, born))
        self._settle(home, "E11.9", "I10")
        number = self._identities.resident_id(place_tables.FORMER_DISTRICT, born, sex)
        self._replace_national_id(home.members[0], number, None)
        name, sex, born, area = AREA_OF_NOBODY
        home = self._home((name, sex, born))
        self._settle(home, "J44.9")
        number = self._identities.resident_id(area, born, sex)
        self._replace_national_id(home.members[0], number, "area_unknown")

    def _add_uyghur_couple(self):
        dice, men, women = self._dice, name_tables.UYGHUR_MEN, name_tables.UYGHUR_WOMEN
        husband = f"{dice.pick(men)}·{dice.pick(men)}"
        wife = f"{dice.pick(women)}·{dice.pick(men)}"
        born = _ago(self._hospital.today, 44, 3)
        home = self._home(
            (husband, "male", born), (wife, "female", _ago(self._hospital.today, 40, 1))
        )
        home.parents = list(home.members)
        home.child(self._hospital.today, 12).name = f"{dice.pick(men)}·{husband.split('·')[0]}"
        self._settle(home)
        for member in home.members[:2]:
            origin = dice.pick(place_tables.XINJIANG_ORIGINS)
            number = self._identities.resident_id(origin, member.birth_date, member.sex)
            self._replace_national_id(member, number, None)

    def _add_rare_names(self):
        for index, name in enumerate(("王翀", "欧阳淼", "诸葛祎赟", "于丽", "解骎", "冯㛃")):
            sex = "female" if name in ("欧阳淼", "于丽", "冯㛃") else "male"
            self._settle(self._home((name, sex, _ago(self._hospital.today, 27 + 6 * index, index))))

    def _add_foreigners(self):
        for name, sex, year, passport in name_tables.FOREIGNERS:
            home = self._home(
                (name, sex, date(year, self._dice.between(1, 12), self._dice.between(1, 28)))
            )
            self._settle(home)
            person = home.members[0]
            person.payer = "商业健康保险"
            self._forget(person, "NNCHN", "MC")
            self._hospital.identifiers.append(
                Identifier(person.position, "PPN", passport, "official")
            )

    def _replace_national_id(self, person, number, warning):
        self._forget(person, "NNCHN")
        self._hospital.identifiers.append(
            Identifier(person.position, "NNCHN", number, "official", warning)
        )

    def _forget(self, person, *systems):
        self._hospital.identifiers = [
            row
            for row in self._hospital.identifiers
            if row.person != person.position or row.system not in systems
        ]


def _ago(today, years, months):
    return date.fromordinal(today.toordinal() - int(years * 365.2425 + months * 30.44))
