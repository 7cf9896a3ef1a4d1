"""A year in the life of each patient: acute episodes, long illnesses, stays, check-ups, births."""

from datetime import timedelta

from . import chronic_tables as tables
from . import price_tables as prices
from .almanac import clinic_time, utc
from .dice import Weighted
from .disease_tables import ACUTE
from .households import band_of
from .visits import Need

#: Acute episodes a year of the average patient of each age band.
EPISODES = (3.2, 2.8, 1.6, 1.2, 1.5, 2.1, 2.3)
PAEDIATRIC = frozenset(("RESP", "GAST", "INT", "NEUR", "UROL", "CARD", "ENDO"))
ANTENATAL_WEEKS = (12, 16, 20, 24, 28, 30, 32, 34, 36, 37, 38, 39)
LAPSE_SHARE = 0.12
STAYS_FACTOR = 1.7  # a hospital of higher level sees the graver cases
BOOKING_DAYS = 21


class Histories:
    """Sends persons through ``reception``, ``care`` and ``billing``."""

    def __init__(self, dice, hospital, almanac, desk):
        self._dice = dice
        self._hospital = hospital
        self._almanac = almanac
        self._desk = desk
        self._acute = {
            (band, sex): Weighted(
                (disease, disease.weights[band] * almanac.season_share(disease.season))
                for disease in ACUTE
                if disease.sex in ("", sex)
            )
            for band in range(len(EPISODES))
            for sex in ("male", "female")
        }

    def live(self, person, birth_given=None):
        """Add the history of a patient; ``birth_given`` is the day on which she became a mother."""
        self._busy = []
        self._bear(person, birth_given)
        for chronic in person.conditions:
            self._stay_for_chronic(person, chronic)
        if person.death_date and person.conditions:
            self._die(person)
        for chronic in person.conditions:
            self._follow_chronic(person, chronic)
        self._fall_ill(person)
        self._check_up(person)

    def _fall_ill(self, person):
        dice, band = self._dice, band_of(person.age_on(self._hospital.today))
        loyalty = dice.skewed(0.78, 0.7)
        for _i in range(dice.times(EPISODES[band] * loyalty * self._almanac.years)):
            disease = self._acute[band, person.sex].pick(dice)
            kind = self._kind_of(disease)
            day = self._almanac.day(dice, disease.season, at_any_time=kind == "emergency")
            need = self._need(person, disease, disease.drugs, disease.stay)
            self._visit(person, need, day, kind)
            if kind != "inpatient" and dice.chance(0.28):
                day = self._almanac.work_day(day + timedelta(days=dice.between(4, 15)))
                self._visit(person, need._replace(reason="复诊"), day, "outpatient")

    def _kind_of(self, disease):
        emergency, inpatient = disease.classes
        drawn = self._dice.random()
        if drawn < inpatient:
            return "inpatient"
        return "emergency" if drawn < inpatient + emergency else "outpatient"

    def _need(self, person, illness, drugs, stay, **values):
        department = illness.department
        if department in PAEDIATRIC and person.age_on(self._hospital.today) < 14:
            department = "PEDI"
        return Need(
            **{
                "code": illness.code,
                "name": illness.name,
                "department": department,
                "reason": self._reason(person, illness),
                "drugs": drugs,
                "panels": illness.panels,
                "imaging": illness.imaging,
                "surgery": illness.surgery,
                "stay": stay,
                "fever": getattr(illness, "fever", 0.0),
                **values,
            }
        )

    def _reason(self, person, illness):
        """A pensioner does not speak of the child's kindergarten, nor a child of its own child."""
        age = person.age_on(self._hospital.today)
        fitting = [
            reason
            for reason in illness.reasons
            if (age < 10 or not any(word in reason for word in ("孩子", "宝宝", "幼儿园", "哭闹")))
            and (age >= 60 or "老人" not in reason)
            and (7 <= age < 18 or not any(word in reason for word in ("班里", "黑板", "学校")))
        ]
        return self._dice.pick(fitting or ["身体不舒服，来看看"])

    def _follow_chronic(self, person, chronic):
        dice, almanac = self._dice, self._almanac
        stretch = 1 + 0.5 * (len(person.conditions) - 1)
        lapse = dice.chance(LAPSE_SHARE) and almanac.day(dice, "flat")
        day = almanac.first + timedelta(days=dice.between(0, int(chronic.interval * stretch)))
        while day <= almanac.last and not (lapse and day > lapse):
            kind = "home" if dice.chance(chronic.home) else "outpatient"
            self._visit(
                person, self._chronic_need(person, chronic, kind), almanac.work_day(day), kind
            )
            day += timedelta(days=max(7, int(dice.skewed(chronic.interval * stretch, 0.35))))
        if day > almanac.last:
            self._book(person, chronic.department, day, dice.pick(chronic.reasons))

    def _chronic_need(self, person, chronic, kind):
        others = self._other_diagnoses(person)
        measured = chronic.panels if self._dice.chance(0.45) else ""
        panels = f"pressure {measured}" if kind == "home" or chronic.code == "I10" else measured
        department = "COMM" if kind == "home" else chronic.department
        need = self._need(person, chronic, chronic.drugs, 0, others=others, refills=True)
        if department == "COMM":
            need = need._replace(department=department)
        return need._replace(panels=panels)

    def _other_diagnoses(self, person):
        return tuple(
            (other.code, other.name) for other in person.conditions if self._dice.chance(0.5)
        )

    def _stay_for_chronic(self, person, chronic):
        dice = self._dice
        severity = STAYS_FACTOR * max(0.3, 1 + 0.5 * person.frailty)
        for number in range(dice.times(chronic.stays * severity * self._almanac.years)):
            code, name = chronic.acute or (chronic.code, chronic.name)
            has_surgery = number == 0 and dice.chance(0.45)
            if has_surgery or code == "Z51.1" and number == 0:
                code, name = chronic.code, chronic.name
            need = self._need(
                person, chronic, chronic.drugs, chronic.stay_days, code=code, name=name,
                others=((chronic.code, chronic.name), *self._other_diagnoses(person)),
                surgery=chronic.surgery if has_surgery else "", refills=True,
            )  # fmt: skip
            need = need._replace(others=tuple(dict(need.others).items()))
            day = self._almanac.day(dice, chronic.season, at_any_time=True)
            self._visit(person, need, day, "inpatient")

    def _check_up(self, person):
        dice, age = self._dice, person.age_on(self._hospital.today)
        if person.employer and dice.chance(0.75):
            month = sum(map(ord, person.employer)) % 12 + 1
            days = [day for day in self._almanac.days if day.month == month]
            if days:
                self._examine(person, self._almanac.work_day(dice.pick(days)), prices.COMPANY)
        elif age >= 65 and "resident" in person.kinds and dice.chance(0.6):
            self._examine(person, self._almanac.day(dice, "spring"), person.payer)
        elif age < 7:
            for _i in range(dice.times((2.2 if age < 2 else 0.9) * self._almanac.years)):
                need = Need(*tables.CHILD_CHECK, "COMM", "儿童保健体检", panels="body")
                self._visit(person, need, self._almanac.day(dice, "flat"), "examination")

    def _examine(self, person, day, payer):
        panels = "body pressure glucose lipids liver kidney cbc uric"
        need = Need(*tables.CHECK_UP, "EXAM", "年度健康体检", panels=panels)
        own, person.payer = person.payer, payer
        self._visit(person, need, day, "examination")
        person.payer = own

    def _bear(self, person, birth_given):
        """Antenatal visits, the birth in hospital and the visit after 42 days."""
        dice, almanac = self._dice, self._almanac
        due = birth_given
        if not due and person.sex == "female" and 22 <= person.age_on(almanac.last) <= 40:
            if dice.chance(0.05):
                due = almanac.last + timedelta(days=dice.between(1, 190))
        if not due:
            return
        for week in ANTENATAL_WEEKS:
            day = almanac.work_day(due - timedelta(days=(40 - week) * 7 - dice.between(-2, 2)))
            need = Need(
                *tables.PREGNANCY, "OBGY", f"孕{week}周产检", "folate" if week < 20 else "iron",
                "pressure cbc" if week % 8 else "pressure cbc glucose urine", "ultrasound",
            )  # fmt: skip
            if day < due:
                self._visit(person, need, day, "outpatient")
                self._book(person, "OBGY", day, need.reason)
        self._deliver(person, due)

    def _deliver(self, person, due):
        is_caesarean = self._dice.chance(0.38)
        code, name = tables.CAESAREAN if is_caesarean else tables.BIRTH
        surgery = "caesarean" if is_caesarean else "birth"
        need = Need(
            code, name, "OBGY", "足月待产", "iron", "vitals cbc", "ultrasound", surgery,
            6 if is_caesarean else 3,
        )  # fmt: skip
        self._visit(person, need, due, "inpatient")
        after = self._almanac.work_day(due + timedelta(days=42))
        self._visit(
            person,
            Need(*tables.AFTER_BIRTH, "OBGY", "产后42天复查", "", "cbc"),
            after,
            "outpatient",
        )

    def _die(self, person):
        """The last stay ends with the death."""
        worst = max(person.conditions, key=lambda chronic: chronic.stays)
        need = self._need(person, worst, "", 6)._replace(reason="病情加重，家属送来")
        start = person.death_date - timedelta(days=self._dice.between(1, 9))
        position = self._visit(person, need, start, "inpatient")
        if position is None:
            return
        encounter = self._hospital.encounters[position]
        hour = clinic_time(self._dice, person.death_date)
        self._hospital.encounters[position] = encounter._replace(
            ended_at=utc(hour), state="finished", disposition="死亡"
        )

    def _visit(self, person, need, day, kind):
        """Let the visit happen unless the day is impossible; return its position or None."""
        if not self._is_free(person, day, kind):
            return None
        position, encounter = self._desk.visit(person, need, day, kind)
        end = encounter.ended_at.date() if encounter.ended_at else self._hospital.today
        self._busy.append((day, max(day, end)))
        if kind == "inpatient" and encounter.ended_at:
            self._see_again(person, need, end)
        return position

    def _is_free(self, person, day, kind):
        """Nobody comes before birth, after death, outside the period, or while in hospital."""
        if not self._almanac.first <= day <= self._almanac.last or day < person.birth_date:
            return False
        if person.death_date and day >= person.death_date:
            return False
        return not any(first <= day <= last for first, last in self._busy)

    def _see_again(self, person, need, end):
        day = self._almanac.work_day(end + timedelta(days=self._dice.between(7, 14)))
        again = Need(*tables.FOLLOW_UP, need.department, "出院复查", need.drugs, need.panels)
        again = again._replace(others=((need.code, need.name),))
        if self._dice.chance(0.7):
            if day <= self._almanac.last:
                self._visit(person, again, day, "outpatient")
            else:
                self._book(person, need.department, day, "出院复查")

    def _book(self, person, department, day, reason):
        """Book a visit of the next weeks; what is further away is not booked yet."""
        ahead = (day - self._hospital.today).days
        if not 0 <= ahead <= BOOKING_DAYS or person.death_date or self._dice.chance(0.2):
            return
        if department in PAEDIATRIC and person.age_on(day) < 14:
            department = "PEDI"
        slot = utc(clinic_time(self._dice, self._almanac.work_day(day)))
        self._desk.book(person, department, slot, reason)
