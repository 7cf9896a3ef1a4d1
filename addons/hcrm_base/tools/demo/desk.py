"""One road for every visit: registered, treated, billed; some bookings come to nothing."""

from datetime import timedelta

from . import price_tables as prices
from .billing import Billing
from .care import Care
from .chronic_tables import CHECK_UP, CHILD_CHECK
from .visits import Reception

CANCELLED_SHARE = 0.05
NOSHOW_SHARE = 0.04


class Desk:
    """Joins reception, care and billing."""

    def __init__(self, dice, hospital, last_day):
        self._dice = dice
        self._hospital = hospital
        self._reception = Reception(dice, hospital, last_day)
        self._care = Care(dice, hospital)
        self._billing = Billing(dice, hospital)

    def visit(self, person, need, day, kind):
        """Add a visit with all that belongs to it; return (position, encounter)."""
        position, encounter, doctor = self._reception.register(person, need, day, kind)
        panels = need.panels.split()
        if kind in ("inpatient", "emergency") or need.fever:
            measured = ["vitals", *panels]
        else:
            measured = panels
        self._care.observe(person, need, position, encounter, measured)
        given = self._care.prescribe(person, need, position, encounter)
        self._bill(person, need, position, encounter, doctor, panels, given)
        if kind == "outpatient":
            self._miss_some(person, encounter, doctor)
        return position, encounter

    def book(self, person, department, starts_at, reason):
        doctor = self._reception.doctor(self._reception.clinic_near(department, person), person)
        state = "proposed" if self._dice.chance(0.06) else "booked"
        self._reception.book(person, "outpatient", starts_at, doctor, state, reason)

    def _bill(self, person, need, position, encounter, doctor, panels, given):
        if encounter.encounter_class == "inpatient":
            self._billing.stay(person, need, position, encounter, panels, given)
        elif need.code == CHECK_UP[0]:
            is_deluxe = self._dice.chance(0.06)
            item = prices.CHECK_UP_DELUXE if is_deluxe else prices.CHECK_UP
            self._billing.package(person, position, encounter, item)
        elif need.code == CHILD_CHECK[0]:
            self._billing.package(person, position, encounter, prices.CHILD_CHECK)
        else:
            self._billing.visit(person, need, position, encounter, doctor, panels, given)

    def _miss_some(self, person, encounter, doctor):
        """Add a booking of the days before that was called off or forgotten."""
        drawn = self._dice.random()
        if drawn >= CANCELLED_SHARE + NOSHOW_SHARE:
            return
        state = "cancelled" if drawn < CANCELLED_SHARE else "noshow"
        at = encounter.started_at - timedelta(days=self._dice.between(1, 9))
        if at.date() > person.birth_date:
            self._reception.book(person, "outpatient", at, doctor, state, encounter.reason)
