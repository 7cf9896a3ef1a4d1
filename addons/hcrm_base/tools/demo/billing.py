"""What a visit costs. Most visits are cheap, few stays are very dear."""

from datetime import timedelta

from . import price_tables as prices
from .price_tables import COMPANY, IMAGING, PANEL_PRICES, SURGERY
from .rows import Charge

DISCOUNTS = {COMPANY: 0.15}
REFUND_SHARE = 0.004
INTENSIVE_SHARE = 0.05


class Billing:
    """Writes the charges of encounters."""

    def __init__(self, dice, hospital):
        self._dice = dice
        self._hospital = hospital

    def visit(self, person, need, position, encounter, doctor, panels, given):
        """Bill everything but a stay."""
        bill = self._bill(person, position, encounter)
        if encounter.encounter_class == "emergency":
            bill(prices.EMERGENCY_FEE)
        elif encounter.encounter_class == "home":
            bill(prices.HOME_FEE)
        else:
            fees = prices.REGISTRATION
            bill(fees.get(doctor.title, fees[""]))
        self._tests(bill, need, panels)
        self._drugs(bill, given)
        if encounter.encounter_class == "emergency" or self._dice.chance(0.3):
            bill(prices.TREATMENT, factor=self._dice.skewed(1.0, 0.7))

    def package(self, person, position, encounter, item):
        self._bill(person, position, encounter)(item)

    def stay(self, person, need, position, encounter, panels, given):
        """Bill a stay up to its end, or up to yesterday."""
        dice, bill = self._dice, self._bill(person, position, encounter)
        until = encounter.ended_at or encounter.started_at + timedelta(days=2)
        nights = max(1, (until - encounter.started_at).days)
        weight = dice.skewed(1.0, 0.5)
        is_private = person.payer in ("自费", "商业健康保险") and dice.chance(0.25)
        bill(prices.VIP_BED if is_private else prices.BED, nights)
        bill(prices.NURSING, nights)
        bill(prices.WARD_TREATMENT, nights, weight)
        bill(prices.WARD_DRUGS, nights, weight * dice.skewed(1.0, 0.5))
        bill(prices.MATERIALS, nights, weight)
        self._tests(bill, need, panels)
        self._drugs(bill, given)
        if need.surgery:
            bill(SURGERY[need.surgery], 1, dice.skewed(1.0, 0.25))
        if need.code == "Z51.1":
            bill(prices.CHEMOTHERAPY, 1, dice.skewed(1.0, 0.6))
        if need.stay >= 7 and dice.chance(INTENSIVE_SHARE):
            bill(prices.INTENSIVE_CARE, max(1, int(dice.skewed(4, 0.8))))

    def _tests(self, bill, need, panels):
        for panel in panels:
            if panel in PANEL_PRICES:
                bill(PANEL_PRICES[panel])
        if need.imaging and self._dice.chance(0.65):
            bill(IMAGING[need.imaging])

    def _drugs(self, bill, given):
        for drug, days in given:
            bill((drug.code, drug.name, "药品费", drug.price, 0.98), days)

    def _bill(self, person, position, encounter):
        """Return a function that adds one line."""
        payer, at = encounter.payer, encounter.seen_at or encounter.started_at
        discount_share = DISCOUNTS.get(payer, 0)

        def bill(item, quantity=1, factor=1.0):
            code, name, category, price, cost_share = item
            amount = round(price * quantity * factor, 2)
            discount = round(amount * discount_share, 2)
            cost = round(amount * cost_share, 2)
            line = (code, name, category, float(quantity), amount, discount)
            paid = round(amount - discount, 2)
            add = self._hospital.charges.append
            add(Charge(person.position, position, at, "charge", *line, paid, cost, payer))
            if category == "药品费" and self._dice.chance(REFUND_SHARE):
                back = (code, name, category, -float(quantity), -amount, -discount)
                add(Charge(person.position, position, at, "credit", *back, -paid, -cost, payer))

        return bill
