"""One visit or stay with its times; the rest of it follows in ``care`` and ``billing``."""

from datetime import timedelta
from typing import NamedTuple

from .almanac import clinic_time, emergency_time, utc
from .department_tables import EAST_CLINICS, WARDS
from .place_tables import EAST_AREAS
from .rows import Appointment, Diagnosis, Encounter

SERVICES = {"outpatient": "门诊", "examination": "体检", "home": "上门服务"}
NUMBER_LETTERS = {
    "outpatient": "O",
    "inpatient": "I",
    "emergency": "E",
    "examination": "P",
    "home": "H",
}
BOOKED_SHARE = 0.72


class Need(NamedTuple):
    """Why somebody comes: what ``Disease`` and ``Chronic`` have in common."""

    code: str
    name: str
    department: str
    reason: str
    drugs: str = ""
    panels: str = ""
    imaging: str = ""
    surgery: str = ""
    stay: int = 6
    fever: float = 0.0
    others: tuple = ()  # further diagnoses (code, name)
    refills: bool = False


class Reception:
    """Registers visits of one hospital: numbers, doctors, waiting times."""

    def __init__(self, dice, hospital, last_day):
        self._dice = dice
        self._hospital = hospital
        self._last_day = last_day
        self._number = 0
        self._doctors = {}
        for staff in hospital.staff:
            if staff.is_doctor:
                self._doctors.setdefault(staff.department, []).append(staff)

    @staticmethod
    def clinic_near(department, person):
        """Return the clinic of the campus where this person goes."""
        is_east = person.area_code in EAST_AREAS
        return EAST_CLINICS.get(department, department) if is_east else department

    def doctor(self, department, person):
        """Return the staff row who mostly sees this person."""
        doctors = self._doctors[department]
        favourite = person.position % len(doctors)
        return doctors[favourite] if self._dice.chance(0.7) else self._dice.pick(doctors)

    def register(self, person, need, day, kind):
        """Add the encounter and its diagnoses; return (position, encounter, doctor)."""
        department = "EMER" if kind == "emergency" else need.department
        if kind in ("outpatient", "examination"):
            department = self.clinic_near(department, person)
        doctor = self.doctor(department, person)
        times = getattr(self, f"_times_of_{kind}")(day, need)
        encounter = self._encounter(person, need, kind, doctor, times)
        position = len(self._hospital.encounters)
        self._hospital.encounters.append(encounter)
        self._diagnose(person, need, position, encounter)
        if encounter.booked_at:
            self._keep_appointment(person, encounter, doctor)
        return position, encounter, doctor

    def _encounter(self, person, need, kind, doctor, times):
        started, ended, booked, checked_in, called, seen = times
        is_open = ended is None
        self._number += 1
        return Encounter(
            person=person.position,
            visit_number=f"{NUMBER_LETTERS[kind]}{started:%y%m%d}{self._number:07d}",
            encounter_class=kind,
            state="in_progress" if is_open else "finished",
            started_at=utc(started),
            ended_at=None if is_open else utc(ended),
            department=doctor.department,
            doctor=doctor.code,
            location=self._location(need.department) if kind == "inpatient" else None,
            disposition=None if is_open or kind != "inpatient" else "医嘱离院",
            reason=need.reason,
            booked_at=booked and utc(booked),
            checked_in_at=checked_in and utc(checked_in),
            called_at=called and utc(called),
            seen_at=seen and utc(seen),
            left_at=None if is_open or not checked_in else utc(ended),
            payer=person.payer,
        )

    def _location(self, department):
        dice = self._dice
        return f"{WARDS[department]}^{dice.between(1, 12):02d}^{dice.between(1, 4)}"

    def _times_of_outpatient(self, day, need):
        """Return local (start, end, booked, checked in, called, seen)."""
        dice, slot = self._dice, clinic_time(self._dice, day)
        booked = None
        if dice.chance(BOOKED_SHARE):
            booked = slot - timedelta(days=dice.between(1, 12), minutes=dice.between(0, 600))
        here = slot - timedelta(minutes=dice.between(-8, 18))
        rush = 1.6 if slot.hour in (9, 10) else 1.0
        called = max(here, slot) + timedelta(seconds=int(dice.skewed(9 * rush, 0.7) * 60))
        seen = called + timedelta(seconds=dice.between(40, 260))
        left = seen + timedelta(seconds=int(dice.skewed(8, 0.45) * 60))
        return here, left, booked, here, called, seen

    _times_of_examination = _times_of_outpatient

    def _times_of_home(self, day, need):
        start, _end, _booked, *_others = self._times_of_outpatient(day, need)
        end = start + timedelta(minutes=self._dice.between(20, 70))
        return start, end, None, None, None, None

    def _times_of_emergency(self, day, need):
        dice, here = self._dice, emergency_time(self._dice, day)
        called = here + timedelta(seconds=int(dice.skewed(9, 0.8) * 60))
        seen = called + timedelta(seconds=dice.between(20, 180))
        left = seen + timedelta(minutes=int(dice.skewed(75, 0.7)) + 5)
        return here, left, None, here, called, seen

    def _times_of_inpatient(self, day, need):
        start = clinic_time(self._dice, day)
        nights = max(1, round(self._dice.skewed(need.stay, 0.45)))
        end = clinic_time(self._dice, day + timedelta(days=nights))
        return start, end if end.date() <= self._last_day else None, None, None, None, None

    def _diagnose(self, person, need, position, encounter):
        kind = "final" if encounter.state == "finished" else "admitting"
        at = encounter.seen_at or encounter.started_at
        add = self._hospital.diagnoses.append
        add(Diagnosis(person.position, position, need.code, need.name, kind, True, at))
        for code, name in need.others:
            if code != need.code:
                add(Diagnosis(person.position, position, code, name, kind, False, at))

    def _keep_appointment(self, person, encounter, doctor):
        slot = max(encounter.checked_in_at, encounter.booked_at)
        self.book(person, encounter.encounter_class, slot, doctor, "fulfilled", encounter.reason)

    def book(self, person, kind, starts_at, doctor, state, reason):
        """Add an appointment; ``starts_at`` in UTC."""
        starts_at = starts_at.replace(minute=starts_at.minute // 5 * 5, second=0)
        self._hospital.appointments.append(
            Appointment(
                person=person.position,
                service=f"{doctor.title}{SERVICES[kind]}",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=10),
                state=state,
                reason=reason,
                department=doctor.department,
                doctor=doctor.code,
            )
        )
