"""Families: who lives together, who is related to whom, who shares a phone."""

from datetime import timedelta

from .chronic_tables import CHRONIC
from .dice import Weighted
from .disease_tables import BANDS
from .price_tables import COMMERCIAL, EMPLOYEE, RESIDENT, SELF_PAY
from .rows import Customer, Identifier, Relationship

#: The members of a household: "P" parents, "C" child, "G" grandparents, "B" newborn.
SHAPES = Weighted(
    (
        ("single", 17), ("couple", 15), ("couple_child", 21), ("couple_children", 11),
        ("single_parent", 4), ("old_couple", 19), ("old_single", 11), ("three_generations", 10),
        ("newborn", 3),
    )
)  # fmt: skip
ADULT = 18
EMPLOYER_SHARE = 0.28
NEVER_ILL = 0.12


def band_of(age):
    return next((index for index, limit in enumerate(BANDS) if age < limit), len(BANDS))


def day_of_birth(dice, today, age):
    """Return a day on which somebody was born who is ``age`` today (any day of that year)."""
    return today - timedelta(days=int((age + dice.random() * 0.998) * 365.2425) + 1)


class Households:
    """Makes families one after the other into ``hospital.customers`` and its lists."""

    def __init__(self, dice, identities, hospital, employers=()):
        self._dice = dice
        self._identities = identities
        self._hospital = hospital
        self._employers = employers

    def add(self):
        """Make one family; return its members."""
        home = _Home(self._dice, self._identities)
        make = getattr(self, f"_make_{SHAPES.pick(self._dice)}")
        make(home)
        self.settle(home)
        return home.members

    def settle(self, home):
        """Give the members of ``home`` what depends on the whole family, and add them."""
        self._share_phones(home)
        for member in home.members:
            self._settle_member(home, member)
        self._decide_kinds(home)
        for member in home.members:
            member.position = len(self._hospital.customers)
            self._hospital.customers.append(member)
            self._identify(member)
        self._relate(home)

    def _make_single(self, home):
        home.adult(self._today, self._dice.between(19, 58), self._dice.pick(("male", "female")))

    def _make_couple(self, home):
        age = self._dice.between(24, 59)
        home.couple(self._today, age)

    def _make_couple_child(self, home):
        home.couple(self._today, age := self._dice.between(25, 52))
        home.child(self._today, self._dice.between(max(age - 38, 1), min(age - 23, 26)))

    def _make_couple_children(self, home):
        home.couple(self._today, age := self._dice.between(29, 50))
        first = self._dice.between(max(age - 36, 3), min(age - 24, 24))
        home.child(self._today, first)
        home.child(self._today, max(first - self._dice.between(2, 7), 0))

    def _make_single_parent(self, home):
        sex = "female" if self._dice.chance(0.8) else "male"
        home.adult(self._today, age := self._dice.between(27, 50), sex)
        home.child(self._today, self._dice.between(max(age - 36, 1), min(age - 23, 20)))

    def _make_old_couple(self, home):
        home.couple(self._today, self._dice.between(60, 86))

    def _make_old_single(self, home):
        home.adult(
            self._today, self._dice.between(63, 94), self._dice.pick(("female", "female", "male"))
        )

    def _make_three_generations(self, home):
        home.couple(self._today, age := self._dice.between(29, 45))
        home.child(self._today, self._dice.between(max(age - 36, 1), age - 24))
        home.grandparents(self._today, age + self._dice.between(24, 31))

    def _make_newborn(self, home):
        home.couple(self._today, self._dice.between(24, 37))
        home.child(self._today, 0)

    @property
    def _today(self):
        return self._hospital.today

    def _settle_member(self, home, member):
        dice, age = self._dice, member.age_on(self._today)
        member.street, member.area_code = home.street, home.area
        member.occupation = member.occupation or self._identities.occupation(age, member.sex)
        works = age >= 22 and member.occupation not in (
            "退休",
            "学生",
            "农民",
            "个体经营",
            "自由职业",
        )
        if works and self._employers and dice.chance(EMPLOYER_SHARE):
            member.employer = dice.pick(self._employers)
        member.payer = member.payer if member.payer != SELF_PAY else self._payer(age, works)
        member.frailty = dice.gauss(0, 1)
        member.conditions += self._conditions(member, band_of(age))
        if age >= ADULT:
            member.marketing_allowed = dice.chance(0.22)
            member.email = self._identities.email() if dice.chance(0.25) else None

    def _payer(self, age, works):
        if self._dice.chance(0.10):
            return SELF_PAY
        if self._dice.chance(0.04):
            return COMMERCIAL
        if age < 22:
            return RESIDENT
        return EMPLOYEE if self._dice.chance(0.85 if works else 0.55) else RESIDENT

    def _conditions(self, member, band):
        if self._dice.chance(NEVER_ILL):
            return []
        sex = member.sex
        return [
            chronic
            for chronic in CHRONIC
            if (share := chronic.prevalence[band])
            and chronic.sex in ("", sex)
            and self._dice.chance(share / 100)
        ]

    def _share_phones(self, home):
        """Children and many old people are reached by the phone of the family."""
        dice, family_phone = self._dice, self._identities.mobile()
        for index, member in enumerate(home.members):
            if member.phone:
                continue
            age = member.age_on(self._today)
            shares = index == 0 or home.one_phone or age < 14 or dice.chance(age >= 75 and 0.4)
            member.phone = family_phone if shares else self._identities.mobile()
            if age >= 60 and dice.chance(0.3):
                member.phone_other = self._identities.landline()

    def _decide_kinds(self, home):
        """Patients come, their families are relatives, neighbours are enrolled as residents."""
        dice = self._dice
        resides = home.area == "330106" and dice.chance(0.7)
        for member in home.members:
            age = member.age_on(self._today)
            comes = 0.93 if member.conditions else 0.62 if 14 < age < 60 else 0.8
            if dice.chance(comes):
                member.kinds.add("patient")
            if resides:
                member.kinds.add("resident")
        has_patient = any("patient" in member.kinds for member in home.members)
        for member in home.members:
            if has_patient and len(home.members) > 1 and dice.chance(0.35):
                member.kinds.add("relative")
            if not member.kinds:
                member.kinds.add(
                    "relative" if has_patient and len(home.members) > 1 else "resident"
                )

    def _identify(self, member):
        dice, make, age = self._dice, self._identities, member.age_on(self._today)
        found = self._hospital.identifiers
        here = member.position
        if "patient" in member.kinds:
            found.append(Identifier(here, "HIS", make.record_number(), "usual"))
        if age < 1:
            found.append(Identifier(here, "BC", make.birth_certificate_number(), "temp"))
        elif dice.chance(0.96 if age >= 3 else 0.7):
            area = make.origin() if age > 20 else member.area_code
            number = make.resident_id(area, member.birth_date, member.sex)
            found.append(Identifier(here, "NNCHN", number, "official"))
        if member.payer in (EMPLOYEE, RESIDENT) and "patient" in member.kinds:
            found.append(Identifier(here, "MC", make.insurance_number(), "usual"))
        if "resident" in member.kinds:
            found.append(
                Identifier(here, "HR", make.health_record_number(member.area_code), "usual")
            )

    def _relate(self, home):
        self._hospital.relationships.extend(home.relations(self._today, self._dice))


class _Home:
    """A household in the making."""

    def __init__(self, dice, identities):
        self._dice = dice
        self._identities = identities
        self.area, self.street = identities.home()
        self.members = []
        self.one_phone = dice.chance(0.06)
        self.parents, self.children, self.elders = [], [], []

    def member(self, name, sex, born):
        person = Customer(name=name, kinds=set(), sex=sex, birth_date=born)
        self.members.append(person)
        return person

    def adult(self, today, age, sex, surname=None):
        born = day_of_birth(self._dice, today, age)
        surname = surname or self._identities.surname()
        name = surname + self._identities.given_name(sex, born.year)
        self.parents.append(person := self.member(name, sex, born))
        return person

    def couple(self, today, age):
        self.adult(today, age, "male")
        self.adult(today, max(age - self._dice.between(-2, 5), 20), "female")

    def child(self, today, age):
        """Children carry the father's name; a baby of the last weeks may have none yet."""
        dice, sex = self._dice, self._dice.pick(("male", "female"))
        born = day_of_birth(dice, today, age)
        if (today - born).days < 40 and self.parents[-1].sex == "female" and dice.chance(0.6):
            name = self.parents[-1].name + ("之子" if sex == "male" else "之女")
        else:
            surname = _surname(self.parents[0].name)
            name = surname + self._identities.given_name(sex, born.year)
        self.children.append(child := self.member(name, sex, born))
        return child

    def grandparents(self, today, age):
        surname = _surname(self.parents[0].name)
        parents, self.parents = self.parents, []
        self.adult(today, age + 1, "male", surname)
        self.adult(today, age, "female")
        self.elders, self.parents = self.parents, parents

    def relations(self, today, dice):
        for pair in (self.parents, self.elders):
            if len(pair) == 2:
                first, second = (person.position for person in pair)
                yield Relationship(first, second, "spouse", True, dice.chance(0.6))
                yield Relationship(second, first, "spouse", True, dice.chance(0.6))
        for child in self.children:
            yield from self._relations_of_child(child, today)
        for elder in self.elders:
            yield Relationship(
                elder.position, self.parents[0].position, "child", True, dice.chance(0.4)
            )

    def _relations_of_child(self, child, today):
        """Under 14 the guardian decides; later nobody does in the child's place."""
        guardian = self.parents[-1].position
        is_young = child.age_on(today) < 14
        for parent in self.parents:
            gets_messages = is_young or parent is self.parents[-1]
            yield Relationship(child.position, parent.position, "parent", gets_messages, False)
        if child.age_on(today) < ADULT:
            yield Relationship(child.position, guardian, "guardian", True, is_young)
        for elder in self.elders:
            yield Relationship(child.position, elder.position, "grandparent", False, False)


def _surname(name):
    return name[:2] if name[:2] in ("欧阳", "诸葛", "上官", "司徒") else name[:1]


def make_home(dice, identities):
    """Return an empty household, for families told in detail (``showcase``)."""
    return _Home(dice, identities)
