"""The staff: a head for each department, doctors of all titles, nurses, offices."""

from .department_tables import DEPARTMENTS, DOCTOR_TITLES, LOGINS, NURSE_TITLES, OTHER_TITLES
from .rows import Staff

FIRST_YEAR, LAST_YEAR = 1966, 1997


def make_staff(dice, identities):
    """Return all staff, the head of each department first in it."""
    staff = []
    logins = dict(LOGINS)
    for code, _parent, _nature, _name, _english, doctors, nurses, others in DEPARTMENTS:
        titles = [
            *(_spread(DOCTOR_TITLES, number) for number in range(doctors)),
            *(NURSE_TITLES[min(number, 2)] for number in range(nurses)),
            *OTHER_TITLES.get(code, ())[:others],
        ]
        for number, title in enumerate(titles):
            is_doctor = number < doctors
            login = _login(logins, code, title)
            sex, name = _person(dice, identities, is_doctor, title)
            code_of_staff = (
                f"{'D' if is_doctor else 'N' if '护' in title else 'S'}{len(staff) + 1:04d}"
            )
            staff.append(Staff(code_of_staff, name, sex, title, code, is_doctor, not number, login))
    return staff


def _spread(titles, number):
    """A department has one chief, then the titles in turn."""
    return titles[number] if number < len(titles) else titles[2]


def _login(logins, department, title):
    for login, wanted in logins.items():
        if wanted == (department, title):
            del logins[login]
            return login
    return None


def _person(dice, identities, is_doctor, title):
    women = 0.5 if is_doctor else 0.97 if "护" in title else 0.55
    sex = "female" if dice.chance(women) else "male"
    year = (
        dice.between(FIRST_YEAR, 1978)
        if title in DOCTOR_TITLES[:2]
        else dice.between(1978, LAST_YEAR)
    )
    return sex, identities.surname() + identities.given_name(sex, year)
