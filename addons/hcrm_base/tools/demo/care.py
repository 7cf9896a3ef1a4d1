"""What is measured and prescribed at a visit."""

from datetime import timedelta
from random import Random

from .almanac import UTC_OFFSET
from .drug_tables import DRUGS
from .lab_tables import ANALYTES, EFFECTS, PANELS
from .rows import Observation, Prescription

MAX_STAY_SETS = 3
#: Read at the bedside, known at once; the rest waits for the laboratory.
BEDSIDE = frozenset(
    ("sbp", "dbp", "pulse", "temperature", "spo2", "weight", "height", "bmi", "waist")
)
#: Minutes the laboratory takes, mostly, by class of the encounter.
LABORATORY = {"emergency": 38, "outpatient": 85, "examination": 900, "inpatient": 150, "home": 600}


def flag_of(analyte, value):
    """Return the HL7 abnormal flag of a value, None when it is normal.

    >>> flag_of(ANALYTES["k"], 6.4), flag_of(ANALYTES["k"], 5.5), flag_of(ANALYTES["k"], 4.0)
    ('HH', 'H', None)
    """
    panic_low, panic_high = analyte.panic
    if value < analyte.low:
        return "LL" if panic_low is not None and value <= panic_low else "L"
    if value > analyte.high:
        return "HH" if panic_high is not None and value >= panic_high else "H"
    return None


class Care:
    """Writes observations and prescriptions of encounters."""

    def __init__(self, dice, hospital):
        self._dice = dice
        self._hospital = hospital
        self._ranges = {
            key: f"{analyte.low:g}-{analyte.high:g}" for key, analyte in ANALYTES.items()
        }

    def observe(self, person, need, position, encounter, panels):
        """Measure ``panels``; during a stay again every three days."""
        keys = list(dict.fromkeys(key for panel in panels for key in PANELS.get(panel, ())))
        effects = self._effects(person, need)
        at = encounter.seen_at or encounter.started_at
        for number in range(self._sets(encounter)):
            released = at + laboratory_time(position, number, encounter)
            for key in keys:
                value = self._value(person, need, key, effects)
                self._note(person, position, key, value, at, released)
            at += timedelta(days=3)

    def prescribe(self, person, need, position, encounter):
        """Prescribe what the need asks for; return the drugs with their days."""
        given = []
        dice, today = self._dice, self._hospital.today
        start = ((encounter.ended_at or encounter.started_at) + UTC_OFFSET).date()
        for key in need.drugs.split():
            drug = DRUGS[key]
            if given and dice.chance(0.25):
                continue
            days = drug.days * 2 if need.refills and dice.chance(0.2) else drug.days
            is_over = start + timedelta(days=days) < today
            self._hospital.prescriptions.append(
                Prescription(
                    person.position, position, drug.code, drug.name, drug.dose, drug.unit,
                    drug.route, drug.frequency, max(1.0, round(drug.per_day * days)), drug.pack,
                    days, start, "completed" if is_over else "active",
                )
            )  # fmt: skip
            given.append((drug, days))
        return given

    def _sets(self, encounter):
        if encounter.encounter_class != "inpatient" or not encounter.ended_at:
            return 1
        return min(MAX_STAY_SETS, 1 + (encounter.ended_at - encounter.started_at).days // 3)

    def _effects(self, person, need):
        effects = {}
        for chronic in person.conditions:
            effects.update(EFFECTS.get(chronic.code, ()))
        effects.update(EFFECTS.get(need.code, ()))
        return effects

    def _value(self, person, need, key, effects):
        """A person's own level makes most of a value, so that repeated ones are alike."""
        analyte = ANALYTES[key]
        if key in ("height", "weight", "bmi"):
            return body_value(person, key, self._hospital.today)
        mean, spread = effects.get(key, (analyte.mean, analyte.spread))
        if key == "temperature" and need.fever and self._dice.chance(need.fever):
            mean, spread = 38.6, 0.5
        if key == "pulse" and person.age_on(self._hospital.today) < 7:
            mean = 108
        own = person.frailty * 0.65
        if key in ("hb", "egfr", "hdl", "lvef", "fev1", "fev1fvc", "spo2"):
            own = -own
        value = max(mean + spread * (own + self._dice.gauss(0, 0.75)), mean * 0.15)
        if key in ("spo2", "fev1fvc"):
            value = min(value, 100)
        return round(value, analyte.digits)

    def _note(self, person, position, key, value, at, released):
        analyte = ANALYTES[key]
        issued = at + timedelta(minutes=1) if key in BEDSIDE else released
        self._hospital.observations.append(
            Observation(
                person.position, position, analyte.code, analyte.name, value, analyte.unit,
                self._ranges[key], flag_of(analyte, value), at, issued,
            )
        )  # fmt: skip


def laboratory_time(position, number, encounter):
    """Return how long the results take; dice of its own, so that the rest of the year stays.

    Slower at the weekend, and one sample in forty is forgotten for a day or two.
    """
    dice = Random(f"laboratory:{position}:{number}")
    minutes = LABORATORY[encounter.encounter_class] * dice.lognormvariate(0, 0.5)
    if encounter.started_at.weekday() >= 5:
        minutes *= 1.5
    if dice.random() < 0.025:
        minutes += dice.uniform(1440, 2880)
    return timedelta(minutes=round(minutes))


def body_value(person, key, today):
    """Return a height, weight or body mass index that belong together and to the person's age."""
    age, is_male = person.age_on(today), person.sex == "male"
    if age < 18:
        height = 50 + 26 * min(age, 1) + 6.4 * max(0, age - 1)
        height = min(height, 172 if is_male else 160)
        index = 15.5 + max(0, age - 6) * 0.42 + person.frailty
    else:
        height = (171 if is_male else 159) + person.position % 13 - 6
        index = max(17.0, 23.6 + 2.6 * person.frailty)
    if key == "height":
        return round(height)
    weight = index * (height / 100) ** 2
    return round(weight if key == "weight" else index, 1)
