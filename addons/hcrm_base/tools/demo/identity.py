"""Names, numbers and addresses of invented persons."""

from . import name_tables, place_tables
from .dice import Weighted

try:
    from ..resident_id import check_character
except ImportError:  # run alone, with ``tools`` on the path
    from resident_id import check_character

SURNAMES = Weighted(name_tables.SURNAMES.items())
DISTRICTS = Weighted((code, row[1]) for code, row in place_tables.DISTRICTS.items())
ORIGINS = Weighted(place_tables.ORIGINS.items())
OCCUPATIONS = Weighted(name_tables.OCCUPATIONS.items())
EMAIL_SHARE = 0.25


class Identities:
    """Draws names and numbers; numbers that must be unique are never drawn twice.

    ``serial`` and ``order`` keep the numbers of two generators apart that fill one database.
    """

    def __init__(self, dice, serial=0, order=None):
        self._dice = dice
        self._orders = {}
        self._serial = serial
        self._first_order = order

    def surname(self):
        return SURNAMES.pick(self._dice)

    def given_name(self, sex, year):
        """Return one or two characters as parents chose them in that year."""
        dice = self._dice
        men, women, single = next(row[1:] for row in name_tables.GENERATIONS if year < row[0])
        characters = men if sex == "male" else women
        first = dice.pick(characters)
        if dice.chance(0.004):
            first = dice.pick(name_tables.RARE_CHARACTERS)
        if dice.chance(single):
            return first
        second = dice.pick(characters)
        return first if second == first and dice.chance(0.7) else first + second

    def resident_id(self, area, born, sex):
        """Return 18 characters with the right check; order numbers are dealt out in turn."""
        key = (area, born)
        order = self._orders.get((key, sex))
        if order is None:
            order = self._first_order
            if order is None:
                order = int(self._dice.random() * 400) * 2
            order += sex == "male"
        self._orders[key, sex] = (order + 2) % 1000
        first17 = f"{area}{born:%Y%m%d}{order:03d}"
        return first17 + check_character(first17)

    def old_resident_id(self, area, born, sex):
        """Return the 15 digits issued before 1999."""
        full = self.resident_id(area, born, sex)
        return full[:6] + full[8:17]

    def record_number(self):
        self._serial += 1
        return f"{self._serial:08d}"

    def insurance_number(self):
        self._serial += 1
        return f"3301{self._serial:08d}"

    def birth_certificate_number(self):
        """Return one letter and nine digits."""
        self._serial += 1
        return f"{chr(65 + self._serial % 26)}{self._serial * 7919 % 10**9:09d}"

    def health_record_number(self, area):
        """Return 17 digits: county 6, township 3, committee 3, serial 5."""
        dice = self._dice
        self._serial += 1
        township, committee = dice.between(1, 14), self._serial // 100000
        return f"{area}{township:03d}{committee + 1:03d}{self._serial % 100000:05d}"

    def mobile(self):
        prefix = self._dice.pick(place_tables.MOBILE_PREFIXES)
        return f"+86{prefix}{int(self._dice.random() * 1e8):08d}"

    def landline(self):
        return f"+86{place_tables.AREA_PHONE}8{int(self._dice.random() * 1e7):07d}"

    def email(self):
        self._serial += 1
        return f"customer{self._serial}@example.com"

    def home(self):
        """Return (area code, street)."""
        dice = self._dice
        code = DISTRICTS.pick(dice)
        district, _weight, roads = place_tables.DISTRICTS[code]
        estate = dice.pick(place_tables.ESTATES)
        room = f"{dice.between(1, 18)}{dice.between(1, 4):02d}"
        building = f"{dice.between(1, 42)}幢{dice.between(1, 4)}单元{room}室"
        return code, f"{district}{dice.pick(roads)}{dice.between(2, 688)}号{estate}{building}"

    def origin(self):
        return ORIGINS.pick(self._dice)

    def occupation(self, age, sex):
        if age < 7:
            return None
        if age < 19:
            return "学生"
        if age >= (60 if sex == "male" else 55):
            return "退休"
        if age < 23 and self._dice.chance(0.6):
            return "学生"
        return OCCUPATIONS.pick(self._dice)
