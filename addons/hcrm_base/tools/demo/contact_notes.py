"""What staff noted of their contacts over the year: each desk about the people it deals with."""

from datetime import datetime, time, timedelta

from . import note_tables as tables
from .almanac import utc
from .rows import ContactNote

#: Notes of each desk for a hundred customers.
DESK_RATE, MANAGER_RATE, DOCTOR_RATE, HEAD_RATE, MARKETING_RATE = 14, 1.2, 1.0, 1.0, 3
AFTER_STAY_SHARE = 0.45
COMMUNITY_SHARE, VIP_SHARE, CLIENT_SHARE = 0.5, 0.9, 0.8
OVERDUE_DAYS = 10  # a next step is done by then
HEART = frozenset(("CARD", "W-CARD"))


class ContactNotes:
    """Writes the notes. It has dice of its own: the rest of the hospital stays as it was."""

    def __init__(self, dice, hospital, almanac):
        self._dice = dice
        self._hospital = hospital
        self._almanac = almanac
        self._people = [row for row in hospital.customers if not row.is_company]

    def write(self):  # pylint: disable=method-required-super
        living = [row for row in self._people if row.phone and not row.death_date]
        agreed = [row for row in living if row.marketing_allowed]
        at_heart = self._seen_at(HEART)
        for login, lines, people, rate in (
            ("officer", tables.DESK, living, DESK_RATE),
            ("service_manager", tables.MANAGER, living, MANAGER_RATE),
            ("doctor", tables.DOCTOR, self._seen_at({"ENDO"}), DOCTOR_RATE),
            ("department_head", tables.HEAD, at_heart, HEAD_RATE),
            ("marketing", tables.MARKETING, agreed, MARKETING_RATE),
        ):
            self._write_some(login, lines, people, rate)
        self._write_after_stays()
        self._write_of_owners()
        self._hospital.contact_notes.sort(key=lambda row: (row.noted_at, row.person))

    def _seen_at(self, departments):
        positions = {
            row.person for row in self._hospital.encounters if row.department in departments
        }
        people = (self._hospital.customers[position] for position in sorted(positions))
        return [row for row in people if not row.death_date]

    def _write_some(self, login, lines, people, rate):
        if not people:
            return
        for _i in range(round(len(self._people) * rate / 100)):
            self._note(login, self._dice.pick(people), lines, self._any_day())

    def _write_after_stays(self):
        """Nurses ring up some days after a discharge."""
        for row in self._hospital.encounters:
            person = self._hospital.customers[row.person]
            if row.encounter_class != "inpatient" or not row.ended_at or person.death_date:
                continue
            if self._dice.chance(AFTER_STAY_SHARE):
                day = row.ended_at.date() + timedelta(days=self._dice.between(2, 5))
                self._note("nurse", person, tables.NURSE, day)

    def _write_of_owners(self):
        for person in self._hospital.customers:
            if person.is_company:
                if "corporate" in person.kinds and self._dice.chance(CLIENT_SHARE):
                    for _i in range(self._dice.between(1, 4)):
                        self._note("service_manager", person, tables.CLIENT, self._any_day())
            elif person.owner == "community_worker" and self._dice.chance(COMMUNITY_SHARE):
                for _i in range(self._dice.between(1, 3)):
                    self._note(person.owner, person, tables.COMMUNITY, self._any_day())
            elif person.owner == "vip_desk" and self._dice.chance(VIP_SHARE):
                for _i in range(self._dice.between(2, 6)):
                    self._note(person.owner, person, tables.VIP, self._any_day())

    def _any_day(self):
        return self._almanac.work_day(self._dice.pick(self._almanac.days))

    def _note(self, login, person, lines, day):
        way, direction, summary, minutes, next_step = self._dice.pick(lines)
        local = datetime.combine(day, time(self._dice.between(8, 17), self._dice.between(0, 59)))
        if day > self._almanac.last or (person.birth_date and day <= person.birth_date):
            return
        next_on = day + timedelta(days=self._dice.between(1, 14)) if next_step else None
        is_open = next_on and (self._almanac.last - next_on).days < OVERDUE_DAYS
        self._hospital.contact_notes.append(
            ContactNote(
                person.position, login, way, direction, summary, utc(local), minutes,
                next_step, next_on, bool(is_open),
            )
        )  # fmt: skip
